"""What holds for any operations: only ScimErrors, no trace of a failure, no drift on repetition."""

import copy
import cProfile
import pstats
import warnings
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimserver.scim import patch
from scimserver.scim.errors import InvalidValueError, ScimError
from scimserver.scim.resource import Draft, complete
from tests.scim.patching import (
    DEVICE_TYPE,
    ENTERPRISE,
    ENTRA,
    GENERIC,
    GROUP,
    STRICT,
    USER,
    patched,
)

BEFORE = {
    "User": {
        "userName": "ann",
        "active": True,
        "name": {"givenName": "A"},
        "emails": [{"value": "a@x.test", "type": "work", "primary": True}, {"value": "b@x.test"}],
        ENTERPRISE: {"department": "d", "manager": {"value": "m"}},
    },
    "Group": {"displayName": "Team"},
    "Device": {"name": "d", "racks": [{"value": "r"}], "case": {"shape": "s", "mould": "m"}},
}
KINDS = (USER, GROUP, DEVICE_TYPE)
PATHS = [
    "userName", "name", "name.givenName", "active", "emails", "emails.value", "emails.primary",
    'emails[type eq "work"]', 'emails[type eq "work"].value', "emails[value pr].primary",
    'emails[primary eq "true"].type', "emails[0]", "emails[", "externalId", "id", "meta", "groups",
    "schemas", ENTERPRISE, ENTERPRISE + ":manager", ENTERPRISE + ":manager.$ref", "manager",
    "department", "password", "displayName", "members", 'members[value eq "a"]', "members.value",
    'members[type eq "User"]', 'members[type eq "User" and value eq "a"]', "nope", "tags", "racks",
    "case", "case.mould", "ports", 'ports[value eq "p"].serial', "owners", "users", "addresses",
    'addresses[type eq "home"].country', USER.schema.urn, "x509Certificates", "roles", "a.b", "",
    " ", "\ud800", "\n" * 9000, "x" * 600 + "[", "x" * 600,
]  # fmt: skip
KEYS = st.sampled_from(
    ["value", "type", "primary", "$ref", "givenName", "serial", "label", "mould", "shape", "VALUE"]
) | st.sampled_from(PATHS)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["", "a", "work", "True", "a@x.test", "\0", "\ud800", "x" * 5000, "é"])
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OPERATIONS = st.lists(
    st.builds(
        patch.Operation,
        st.sampled_from(["add", "remove", "replace"]),
        st.none() | st.sampled_from(PATHS) | st.text(max_size=8),
        st.just(patch.ABSENT) | VALUES,
    ),
    max_size=4,
)
PROFILES = st.sampled_from([GENERIC, ENTRA, STRICT])


@contextmanager
def refused_politely():
    """A refusal is fine, as long as its detail is one printable line of a bounded length."""
    refusal = None
    try:
        yield
    except ScimError as raised:
        refusal = raised
    if refusal is not None:
        assert refusal.detail.isprintable()
        assert len(refusal.detail) <= 500


@given(st.sampled_from(KINDS), OPERATIONS, PROFILES)
@settings(deadline=None, max_examples=600)
def test_any_operations_apply_or_are_refused_and_never_write_to_what_they_got(
    kind, operations, profile
):
    before = BEFORE[kind.name]
    frozen = copy.deepcopy(before)
    with refused_politely():
        delta = patch.apply(kind, operations, before, "e", profile)
        complete(Draft(kind, delta.attributes, delta.external_id), profile)
    assert before == frozen


@given(VALUES, PROFILES)
@settings(deadline=None, max_examples=300)
def test_any_body_is_read_or_refused(body, profile):
    for each in (body, {"schemas": [patch.MESSAGE], "Operations": body}):
        with refused_politely():
            patch.read(each, profile)


SET = st.sampled_from(
    [
        ("title", st.text(min_size=1, max_size=5)),
        ("name", st.fixed_dictionaries({"givenName": st.text("ab", min_size=1)})),
        ("name.familyName", st.text("ab", min_size=1)),
        ("emails", st.lists(st.fixed_dictionaries({"value": st.text("ab", min_size=1)}))),
        ('emails[type eq "work"].display', st.text("ab", min_size=1)),
        (ENTERPRISE + ":department", st.text("ab", min_size=1)),
    ]
).flatmap(lambda row: st.tuples(st.just(row[0]), row[1]))


@given(SET)
@settings(deadline=None)
def test_replacing_twice_is_replacing_once(row):
    try:
        once = patched(USER, BEFORE["User"], ("replace", *row)).attributes
    except ScimError:
        return
    assert patched(USER, once, ("replace", *row)).attributes is once


NEW = st.sampled_from(
    ["title", "nickName", "name.familyName", "phoneNumbers", "tags", ENTERPRISE + ":division"]
)


@given(NEW, st.text("ab", min_size=1))
@settings(deadline=None)
def test_removing_what_was_added_leaves_the_very_same_attributes(path, text):
    kind = DEVICE_TYPE if path == "tags" else USER
    before = BEFORE[kind.name]
    delta = patched(kind, before, ("add", path, text), ("remove", path))
    assert delta.attributes is before


def oracle():
    """The library's own user type, built from the same schemas."""
    from scim2_models import Extension, Resource, Schema

    def model(schema, base):
        return base.from_schema(Schema.model_validate(dict(schema.document)))

    extension = USER.extensions[ENTERPRISE.lower()].schema
    return model(USER.schema, Resource)[model(extension, Extension)]


SIMPLE = ["title", "nickName", "displayName", "name.givenName", "name.familyName", "active"]
ROW = st.tuples(
    st.sampled_from(["add", "replace", "remove"]),
    st.sampled_from([*SIMPLE, ENTERPRISE + ":department", ENTERPRISE + ":costCenter"]),
    st.text("abc", min_size=1, max_size=3),
).map(lambda row: (row[0], row[1], row[2] != "a" if row[1] == "active" else row[2]))


@pytest.fixture(scope="module")
def peer():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return oracle()


@given(rows=st.lists(ROW, min_size=1, max_size=4))
@settings(deadline=None)
def test_simple_attributes_change_as_in_the_library(peer, rows):
    from scim2_models import Context, PatchOp

    start = {"userName": "ann", "title": "t", "name": {"givenName": "g"}, "active": True}
    held = peer.model_validate({"schemas": [USER.schema.urn, ENTERPRISE], "id": "1", **start})
    operations = [
        {"op": op, "path": path, **({} if op == "remove" else {"value": value})}
        for op, path, value in rows
    ]
    message = {"schemas": [patch.MESSAGE], "Operations": operations}
    PatchOp[peer].model_validate(message, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(held)
    theirs = held.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    ours = patch.apply(USER, patch.read(message, GENERIC), start, None, GENERIC).attributes
    for name in ("schemas", "id", "meta"):
        theirs.pop(name, None)
    assert ours == {name: value for name, value in theirs.items() if value not in ({}, None)}


def calls(kind, before, operations):
    """Return how many calls the operations take: the same number on every machine."""
    read = patch.read({"schemas": [patch.MESSAGE], "Operations": operations}, GENERIC)
    profile = cProfile.Profile()
    profile.runcall(patch.apply, kind, read, before, None, GENERIC)
    return pstats.Stats(profile).total_calls


def test_member_operations_cost_the_same_each():
    def rows(count):
        return [
            {"op": "add", "path": "members", "value": [{"value": str(n)}]} for n in range(count)
        ]

    calls(GROUP, {}, rows(1))
    few, many = calls(GROUP, {}, rows(100)), calls(GROUP, {}, rows(1_000))
    assert many < few * 11


def test_no_list_grows_past_its_limit_by_many_operations():
    operations = [("add", "emails", [{"value": f"{n}@x.test"}]) for n in range(200)]
    with pytest.raises(InvalidValueError, match=r"Operations\[98\]: emails"):
        patched(USER, BEFORE["User"], *operations)
