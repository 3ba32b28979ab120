"""Members come and go by id: nobody asks who is in (C34 to C36, C38, C61)."""

import pytest

from scimserver.scim.delta import NO_EDGES, EdgeDelta
from scimserver.scim.errors import (
    InvalidFilterError,
    InvalidPathError,
    InvalidSyntaxError,
    InvalidValueError,
    MutabilityError,
    NoTargetError,
    PayloadTooLargeError,
)
from tests.scim.patching import DEVICE_TYPE, ENTRA, GENERIC, GROUP, OKTA, STRICT, patched

TEAM = {"displayName": "Team"}


def edges(*operations, profile=GENERIC):
    delta = patched(GROUP, TEAM, *operations, profile=profile)
    assert delta.attributes is TEAM
    return delta.edges


def ids(*names):
    return [{"value": name} for name in names]


def adds(*names, path="members"):
    return ("add", path, ids(*names))


CASES = [
    ([adds("a", "b", "a")], EdgeDelta(added=("a", "b"))),
    ([("add", "members", {"value": "a"})], EdgeDelta(added=("a",))),
    ([("add", "members", "a")], EdgeDelta(added=("a",))),
    ([("add", "members", ["a", "b"])], EdgeDelta(added=("a", "b"))),
    ([("add", None, {"members": ids("a")})], EdgeDelta(added=("a",))),
    ([("add", "members", [{"$ref": None, "value": "a"}])], EdgeDelta(added=("a",))),
    ([("add", "members", [])], NO_EDGES),
    ([("add", "members", None)], NO_EDGES),
    ([("replace", "members", ids("a"))], EdgeDelta(cleared=True, added=("a",))),
    ([("replace", "members", [])], EdgeDelta(cleared=True)),
    ([("replace", "members", None)], EdgeDelta(cleared=True)),
    ([("remove", "members")], EdgeDelta(cleared=True)),
    ([("remove", "members", None)], EdgeDelta(cleared=True)),
    ([("remove", "members", [])], NO_EDGES),
    ([("remove", "members", ids("a", "b"))], EdgeDelta(removed=frozenset("ab"))),
    ([("remove", "members", "a")], EdgeDelta(removed=frozenset("a"))),
    ([("remove", 'members[value eq "a"]')], EdgeDelta(removed=frozenset("a"))),
    ([("remove", 'members.value eq "a"')], EdgeDelta(removed=frozenset("a"))),
    ([("remove", 'members[value eq "a" or value eq "c"]')], EdgeDelta(removed=frozenset("ac"))),
    ([("add", 'members[value eq "a"]', {})], EdgeDelta(added=("a",))),
    ([("add", 'members[value eq "a"]', {"value": "a"})], EdgeDelta(added=("a",))),
    (
        [("add", 'members[value eq "a"]', {"type": "user"})],
        EdgeDelta(added=("a",), types={"a": "User"}),
    ),
    (
        [("add", 'members[value eq "a" and type eq "Group"]', None)],
        EdgeDelta(added=("a",), types={"a": "Group"}),
    ),
    (
        [("add", "members", [{"value": "a", "type": "User"}])],
        EdgeDelta(added=("a",), types={"a": "User"}),
    ),
    ([("replace", 'members[value eq "a"]', {"display": "A"})], EdgeDelta(expected=("a",))),
    ([adds("a"), ("replace", 'members[value eq "a"]', None)], EdgeDelta(added=("a",))),
    # The last word on an id counts.
    ([adds("a"), ("remove", 'members[value eq "a"]')], EdgeDelta(removed=frozenset("a"))),
    ([("remove", 'members[value eq "a"]'), adds("a")], EdgeDelta(added=("a",))),
    ([adds("a"), ("remove", "members")], EdgeDelta(cleared=True)),
    ([("remove", "members"), adds("a")], EdgeDelta(cleared=True, added=("a",))),
    ([("remove", "members"), ("remove", "members", ids("a"))], EdgeDelta(cleared=True)),
    ([("remove", "members"), ("remove", 'members[type eq "User"]')], EdgeDelta(cleared=True)),
]


@pytest.mark.parametrize(("operations", "expected"), CASES)
def test_operations_become_sets_of_ids(operations, expected):
    assert edges(*operations) == expected


@pytest.mark.parametrize(("operations", "expected"), CASES)
def test_the_same_operations_twice_come_to_the_same(operations, expected):
    if operations[-1][0] != "replace" or expected.cleared:
        assert edges(*operations, *operations[-1:]) == expected


def test_members_are_removed_by_a_test_on_what_they_are():
    delta = edges(adds("a"), ("remove", 'members[type eq "User"]'), adds("b"))
    (test,) = delta.removed_where
    assert delta.added == ("a", "b")
    assert delta.added_unless == {"a": (test,)}
    user = delta.settled({"a": {"value": "a", "type": "User"}})
    assert user.added == ("b",)
    assert user.removed == frozenset("a")
    group = delta.settled({"a": {"value": "a", "type": "Group"}})
    assert group.added == ("a", "b")
    assert group.added_unless == {}
    assert delta.settled({}).added == ("a", "b")


def test_adding_again_after_a_test_takes_the_condition_away():
    delta = edges(adds("a"), ("remove", 'members[type eq "User"]'), adds("a"))
    assert delta.added_unless == {}
    assert delta.removed_where


def test_a_test_on_ids_alone_is_decided_at_once():
    delta = edges(
        adds("a", "b", "c"),
        ("remove", 'members[not (value eq "a") and (value eq "b" or value sw "x")]'),
        ("remove", 'members[value pr and value eq "c"]'),
    )
    assert delta.added == ("a",)
    assert delta.added_unless == {}
    assert len(delta.removed_where) == 2


def test_a_test_that_holds_for_all_or_none_is_carried_along():
    delta = edges(adds("a"), ("remove", "members[value ne null]"))
    assert delta.added == ()
    for test in ("value eq null", "value gt null"):
        assert edges(adds("a"), ("remove", f"members[{test}]")).added == ("a",)


def test_a_thousand_mixed_operations_come_out_in_order():
    operations = []
    for n in range(500):
        operations += [adds(f"m{n}"), ("remove", f'members[value eq "m{n - 1}"]')]
    delta = edges(*operations)
    assert delta.added == ("m499",)
    assert delta.removed == frozenset(f"m{n}" for n in range(-1, 499))


def test_replacing_what_is_gone_has_no_target():
    path = 'members[value eq "a"]'
    for before in (("remove", "members"), ("remove", path)):
        with pytest.raises(NoTargetError, match="not a member any more"):
            edges(before, ("replace", path, {}))
        delta = patched(GROUP, TEAM, before, ("replace", path, {}), profile=ENTRA)
        assert delta.edges.added == ("a",)
        assert "unmatched-create" in delta.quirks


def test_replacing_a_stranger_adds_it_where_the_profile_creates():
    delta = edges(("replace", 'members[value eq "a"]', {}), profile=ENTRA)
    assert delta == EdgeDelta(added=("a",))


REFUSALS = [
    (("add", 'members[value eq "a"].type', "x"), MutabilityError, "cannot be changed"),
    (("replace", "members.value", "x"), MutabilityError, "cannot be changed"),
    (("remove", 'members[value eq "a"].type'), MutabilityError, "cannot be changed"),
    (("add", 'members[value eq "a"]', {"value": "b"}), MutabilityError, "cannot be changed"),
    (("replace", 'members[value eq "a"]', [{"value": "b"}]), MutabilityError, "cannot be changed"),
    (("add", 'members[type eq "User"]', {}), NoTargetError, "name the member"),
    (("add", 'members[value sw "a"]', {}), NoTargetError, "name the member"),
    (("add", "members", [{}]), InvalidValueError, "by its value"),
    (("add", "members", [{"value": ""}]), InvalidValueError, "by its value"),
    (("add", "members", [{"value": None}]), InvalidValueError, "by its value"),
    (("add", "members", [5]), InvalidValueError, r"members\[0\]: expected an object"),
    (("add", "members", [{"value": 5}]), InvalidValueError, r"members\[0\].value"),
    (("add", "members", [{"value": "a\0"}]), InvalidValueError, "control character"),
    (("add", "members", [{"value": "a", "type": "Dog"}]), InvalidValueError, "User or Group"),
    (("add", 'members[value eq "a" and type eq "Dog"]', {}), InvalidValueError, "User or Group"),
    (("remove", "members", [{"display": "Ann"}]), InvalidValueError, "by its value"),
    (("remove", "members", {}), InvalidValueError, "by its value"),
    (("remove", "members", ""), InvalidValueError, "by its value"),
    (("add", "members[nope eq 1]", {}), InvalidFilterError, "nope"),
    (("add", "members[0]", {}), InvalidPathError, "members"),
]


@pytest.mark.parametrize(("operation", "error", "detail"), REFUSALS)
def test_what_names_no_member_is_refused(operation, error, detail):
    with pytest.raises(error, match=detail):
        edges(operation)


def test_strict_takes_arrays_and_value_paths():
    assert edges(adds("a"), profile=STRICT).added == ("a",)
    path = 'members[value eq "a"]'
    assert edges(("remove", path), profile=STRICT).removed == frozenset("a")
    for value in ({"value": "a"}, "a", ["a"]):
        with pytest.raises(InvalidValueError):
            edges(("add", "members", value), profile=STRICT)
    with pytest.raises(InvalidSyntaxError, match="takes no value"):
        edges(("remove", "members", ids("a")), profile=STRICT)
    with pytest.raises(InvalidValueError, match="expected an object"):
        edges(("add", "members", ["a"]), profile=OKTA)


def test_more_than_ten_thousand_member_values_are_too_large():
    half = [{"value": str(n)} for n in range(5_000)]
    assert len(edges(("add", "members", half), ("add", "members", half)).added) == 5_000
    with pytest.raises(PayloadTooLargeError, match="10000"):
        edges(("add", "members", half), ("add", "members", half), adds("a"))


def test_more_than_fifty_tests_are_too_large():
    test = ("remove", 'members[type eq "User"]')
    assert len(edges(*[test] * 50).removed_where) == 50
    with pytest.raises(PayloadTooLargeError, match="50 removals"):
        edges(*[test] * 51)


def test_the_edge_of_any_type_works_the_same():
    delta = patched(DEVICE_TYPE, {"name": "d"}, ("add", "owners", [{"value": "u", "type": "Dog"}]))
    assert delta.edges == EdgeDelta(added=("u",))


def test_a_delta_is_true_when_it_changes_something():
    assert not NO_EDGES
    assert EdgeDelta(expected=("a",))
