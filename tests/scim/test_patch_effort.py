"""How much comparing a PATCH may ask for: each bound holds alone, and this one their product."""

import pytest

from scimserver.scim.effort import MAX_COMPARISONS
from scimserver.scim.errors import PayloadTooLargeError
from scimserver.scim.patch_edges import MAX_TERMS
from tests.scim.patching import GROUP, USER, patched

EMAILS = [{"value": f"u{n}@x.test", "type": "work"} for n in range(100)]
BEFORE = {"userName": "ann", "emails": EMAILS}


def any_of(terms, kind="co"):
    return " or ".join(f'value {kind} "zz{n}"' for n in range(terms))


def test_what_a_directory_sends_is_far_within():
    one = ("replace", 'emails[type eq "work" and value sw "u"].display', "x")
    assert patched(USER, BEFORE, *[one] * 100).attributes["emails"][0]["display"] == "x"


@pytest.mark.parametrize(
    "operation",
    [
        ("remove", f"emails[{any_of(200)}].display"),
        ("remove", f'emails[not ({any_of(200)}) and type eq "home"].display'),
        ("remove", "emails", [{"value": f"zz{n}"} for n in range(100)]),
    ],
)
def test_long_filters_over_many_values_are_refused_before_they_cost_minutes(operation):
    assert patched(USER, BEFORE, operation).attributes is BEFORE
    with pytest.raises(PayloadTooLargeError, match=f"{MAX_COMPARISONS:,} comparisons"):
        patched(USER, BEFORE, *[operation] * 21)


def test_members_that_come_and_go_by_a_filter_are_refused_when_they_are_too_many():
    members = [{"value": str(n)} for n in range(9_000)]
    tests = [("remove", f"members[{any_of(12)}]")] * 2
    with pytest.raises(PayloadTooLargeError, match="comparisons"):
        patched(GROUP, {"displayName": "t"}, ("add", "members", members), *tests)


def test_the_terms_all_members_are_looked_at_for_are_bounded_together():
    half = ("remove", f"members[{any_of(MAX_TERMS // 2)}]")
    assert len(patched(GROUP, {"displayName": "t"}, half, half).edges.removed_where) == 2
    with pytest.raises(PayloadTooLargeError, match=f"{MAX_TERMS} terms"):
        patched(GROUP, {"displayName": "t"}, half, half, half)
