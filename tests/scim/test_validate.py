"""Bodies become drafts: names matched, values typed, the unset left out, tolerances counted."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimserver.codec import Packed
from scimserver.scim.errors import (
    InvalidSyntaxError,
    InvalidValueError,
    PayloadTooLargeError,
    ScimError,
)
from scimserver.scim.quirks import PROFILES, Profile
from scimserver.scim.readers import MAX_VALUES, Notes
from scimserver.scim.registry import default_folder, load
from scimserver.scim.validate import (
    UNSET,
    canonical,
    canonical_entry,
    canonical_value,
    check_text,
)

TYPES = load(default_folder()).types
USER, GROUP = TYPES["User"], TYPES["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENERIC = Profile()
STRICT = PROFILES["strict-interop"]
OKTA = PROFILES["okta"]


def user(profile=GENERIC, **attributes):
    return canonical(USER, {"schemas": [USER.schema.urn], **attributes}, profile)


def group(members, profile=GENERIC):
    return canonical(GROUP, {"schemas": [GROUP.schema.urn], "members": members}, profile)


def test_names_are_matched_in_any_case_and_written_as_the_schema_does():
    draft = user(USERNAME="ann", Name={"FAMILYNAME": "Young"}, EMAILS=[{"VALUE": "a@x.test"}])
    assert draft.attributes == {
        "userName": "ann",
        "name": {"familyName": "Young"},
        "emails": [{"value": "a@x.test"}],
    }


def test_read_only_values_are_passed_over():
    draft = user(
        userName="ann",
        id="1",
        meta={"location": "relative"},
        groups=[{"value": "g"}],
        **{ENTERPRISE: {"manager": {"value": "m", "displayName": "Max", "$ref": "../x"}}},
    )
    assert draft.attributes == {"userName": "ann", ENTERPRISE: {"manager": {"value": "m"}}}
    assert draft.ignored == ()


def test_a_password_is_checked_and_dropped():
    assert user(password="x").attributes == {}
    with pytest.raises(InvalidValueError) as caught:
        user(password="secret\x00")
    assert caught.value.detail.startswith("password: ")
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_empty_values_mean_unset(empty):
    draft = user(title=empty, externalId=empty, profileUrl=empty)
    assert draft.attributes == {}
    assert draft.external_id is None
    assert draft.cleared == {"title", "externalId", "profileUrl"}


@pytest.mark.parametrize("empty", [None, [], {}])
def test_empty_lists_and_objects_mean_unset(empty):
    draft = user(emails=empty, active=empty, name=empty, **{ENTERPRISE: empty})
    assert draft.attributes == {}
    assert draft.cleared == {"emails", "active", "name", ENTERPRISE}


def test_what_is_left_out_is_not_cleared():
    draft = user(userName="ann", externalId="1")
    assert draft.cleared == frozenset()
    assert draft.external_id == "1"
    assert draft.edges is None


def test_entries_without_a_value_disappear():
    assert user(emails=[None, {}, {"value": None}, {"value": ""}]).attributes == {}


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({"userName": 5}, "userName"),
        ({"userName": " ann"}, "userName"),
        ({"userName": "ann\t"}, "userName"),
        ({"userName": "x" * 513}, "userName"),
        ({"externalId": "x" * 513}, "externalId"),
        ({"externalId": "a\nb"}, "externalId"),
        ({"title": "x" * 4_097}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"title": "a\x07"}, "title"),
        ({"title": "a\ud800"}, "title"),
        ({"title": "a\x85"}, "title"),
        ({"title": {"a": 1}}, "title"),
        ({"title": ["a", "b"]}, "title"),
        ({"title": [["a"]]}, "title"),
        ({"title": [5]}, "title"),
        ({"active": "maybe"}, "active"),
        ({"active": ""}, "active"),
        ({"active": 1}, "active"),
        ({"active": [1]}, "active"),
        ({"active": [[True]]}, "active"),
        ({"active": {"value": True}}, "active"),
        ({"name": "Ann"}, "name"),
        ({"name": ["Ann"]}, "name"),
        ({"name": {"familyName": 5}}, "name.familyName"),
        ({"NAME": {"FamilyName": 5}}, "NAME.FamilyName"),
        ({"emails": [{"value": "a"}, {"value": 5}]}, "emails[1].value"),
        ({"emails": [{"value": "a\nb"}]}, "emails[0].value"),
        ({"emails": [{"value": "x" * 513}]}, "emails[0].value"),
        ({"emails": [["a"]]}, "emails[0]"),
        ({"emails": 5}, "emails[0].value"),
        ({"emails": [{"value": str(i)} for i in range(MAX_VALUES + 1)]}, "emails"),
        ({"emails": [{"value": "a", "primary": True}, {"primary": True}]}, "emails"),
        ({"x509Certificates": [{"value": "*"}]}, "x509Certificates[0].value"),
        ({"x509Certificates": [{"value": "A" * 16_388}]}, "x509Certificates[0].value"),
        ({ENTERPRISE: "x"}, ENTERPRISE),
        ({ENTERPRISE: {"department": 5}}, f"{ENTERPRISE}:department"),
        ({ENTERPRISE: {"manager": {"value": 5}}}, f"{ENTERPRISE}:manager.value"),
        ({ENTERPRISE: {"manager": ["a", "b"]}}, f"{ENTERPRISE}:manager"),
        ({"department": 5}, "department"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(attributes, path):
    with pytest.raises(InvalidValueError) as caught:
        user(**attributes)
    assert caught.value.detail.startswith(f"{path}: ")
    assert caught.value.context == {"path": path}
    assert len(caught.value.detail) <= 500


@pytest.mark.parametrize(
    "attributes",
    [
        {"title": "tab\t, line\r\nbreak"},
        {"title": "  kept as sent  "},
        {"displayName": "A\u030angstro\u0308m \U0001f600 \u202e\u05e9\u05dc\u05d5\u05dd \u00a0"},
        {"profileUrl": "no uri at all"},
        {"locale": "??"},
        {"timezone": "Nowhere"},
        {"addresses": [{"country": "Neverland", "streetAddress": "1\n2"}]},
        {"roles": [{"value": '{"id":"1","value":"x"}'}]},
        {"phoneNumbers": [{"value": "tel:+1-555", "type": "satellite"}]},
        {"x509Certificates": [{"value": "QQ=="}, {"value": "QUI"}]},
        {"emails": [{"value": "a@x.test"}, {"value": "a@x.test", "type": "work"}]},
        {"active": False},
    ],
)
def test_values_come_back_exactly_as_sent(attributes):
    assert user(**attributes).attributes == attributes


@pytest.mark.parametrize(
    ("attributes", "canonical_form", "quirk", "refusing"),
    [
        ({"active": "True"}, {"active": True}, "string-boolean", STRICT),
        ({"active": "FALSE"}, {"active": False}, "string-boolean", STRICT),
        ({"active": [{"value": "False"}]}, {"active": False}, "unwrapped-list", OKTA),
        ({"active": [True]}, {"active": True}, "unwrapped-list", OKTA),
        ({"title": ["a"]}, {"title": "a"}, "unwrapped-list", OKTA),
        (
            {"emails": {"value": "a@x.test"}},
            {"emails": [{"value": "a@x.test"}]},
            "scalar-to-list",
            OKTA,
        ),
        ({"roles": ["admin"]}, {"roles": [{"value": "admin"}]}, "scalar-to-list", OKTA),
        ({"roles": "admin"}, {"roles": [{"value": "admin"}]}, "scalar-to-list", OKTA),
        ({"roles": [""]}, {}, "scalar-to-list", OKTA),
        (
            {ENTERPRISE: {"manager": "m"}},
            {ENTERPRISE: {"manager": {"value": "m"}}},
            "manager-form",
            OKTA,
        ),
        (
            {ENTERPRISE: {"manager": ["m"]}},
            {ENTERPRISE: {"manager": {"value": "m"}}},
            "manager-form",
            OKTA,
        ),
        (
            {ENTERPRISE: {"manager": [{"value": "m"}]}},
            {ENTERPRISE: {"manager": {"value": "m"}}},
            "manager-form",
            OKTA,
        ),
        ({ENTERPRISE: {"manager": ""}}, {}, "manager-form", OKTA),
    ],
)
def test_a_tolerance_is_used_counted_and_can_be_off(attributes, canonical_form, quirk, refusing):
    draft = user(**attributes)
    assert draft.attributes == canonical_form
    assert quirk in draft.quirks
    with pytest.raises(InvalidValueError):
        user(refusing, **attributes)


@pytest.mark.parametrize("profile", [GENERIC, OKTA, STRICT])
def test_a_manager_is_removed_by_an_empty_value(profile):
    draft = user(profile, userName="a", **{ENTERPRISE: {"manager": {"value": ""}}})
    assert draft.attributes == {"userName": "a"}


def test_extension_attributes_may_stand_among_the_core_ones():
    draft = user(department="Sales", manager="m", costCenter=None, organization="no")
    assert draft.attributes == {
        ENTERPRISE: {"department": "Sales", "manager": {"value": "m"}, "organization": "no"}
    }
    assert "unqualified-attribute" in draft.quirks


def test_the_qualified_value_wins():
    draft = user(department="loose", **{ENTERPRISE: {"department": "qualified"}})
    assert draft.attributes == {ENTERPRISE: {"department": "qualified"}}


def test_unqualified_attributes_are_unknown_where_that_is_off():
    assert user(OKTA, department="Sales").ignored == ("department",)
    with pytest.raises(InvalidSyntaxError, match="department: there is no such attribute"):
        user(STRICT, department="Sales")


def test_unknown_attributes_are_noted():
    draft = user(favouriteColour="red", name={"suffix": "x"}, **{ENTERPRISE: {"wing": "N"}})
    assert draft.ignored == ("favouriteColour", "name.suffix", f"{ENTERPRISE}:wing")
    assert draft.attributes == {}


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({"favouriteColour": "red"}, "favouriteColour"),
        ({"emails": [{"value": "a", "note": "x"}]}, "emails[0].note"),
        ({ENTERPRISE: {"wing": "N"}}, f"{ENTERPRISE}:wing"),
        ({"x" * 300: 1}, "x" * 80 + "…"),
        ({"a\x00b": 1}, "a?b"),
    ],
)
def test_unknown_attributes_are_refused_in_strict(attributes, path):
    with pytest.raises(InvalidSyntaxError) as caught:
        user(STRICT, **attributes)
    assert caught.value.detail.startswith(f"{path}: ")


def test_notes_are_bounded():
    draft = user(**{f"unknown{i}\x00": i for i in range(1000)})
    assert len(draft.ignored) == 50
    assert draft.ignored[0] == "unknown0?"


@pytest.mark.parametrize(
    "schemas",
    [
        [USER.schema.urn],
        [ENTERPRISE, USER.schema.urn.upper(), USER.schema.urn],
    ],
)
@pytest.mark.parametrize("profile", [GENERIC, STRICT])
def test_schemas_may_stand_in_any_order_case_and_number(schemas, profile):
    draft = canonical(USER, {"Schemas": schemas, "userName": "a"}, profile)
    assert draft.attributes == {"userName": "a"}
    assert draft.quirks == ()


@pytest.mark.parametrize("schemas", [{}, {"schemas": None}, {"schemas": []}])
def test_missing_schemas_are_derived_or_refused(schemas):
    assert canonical(USER, schemas, GENERIC).quirks == ("missing-schemas",)
    with pytest.raises(InvalidSyntaxError, match="schemas: is missing"):
        canonical(USER, schemas, STRICT)


def test_a_lone_schema_urn_is_a_list():
    assert canonical(USER, {"schemas": USER.schema.urn}, GENERIC).quirks == ("scalar-to-list",)
    with pytest.raises(InvalidSyntaxError):
        canonical(USER, {"schemas": USER.schema.urn}, OKTA)


def test_unknown_schemas_are_passed_over_or_refused():
    body = {"schemas": [USER.schema.urn, "http://example.com/ADSCIM/2.0/Group"]}
    assert canonical(USER, body, GENERIC).quirks == ("unknown-schema",)
    with pytest.raises(InvalidSyntaxError, match="schemas: names a schema"):
        canonical(USER, body, STRICT)


@pytest.mark.parametrize("schemas", [["urn:x:y"], [ENTERPRISE], [5], 5, {"a": 1}])
def test_schemas_must_name_the_type(schemas):
    with pytest.raises(InvalidSyntaxError, match=r"schemas: must"):
        canonical(USER, {"schemas": schemas}, GENERIC)


@pytest.mark.parametrize("body", [[], None, "x", 5])
def test_a_body_is_an_object(body):
    with pytest.raises(InvalidSyntaxError):
        canonical(USER, body, GENERIC)


def test_suggested_values_bind_only_where_they_are_closed():
    assert user(emails=[{"value": "a", "type": "yacht"}]).attributes
    closed = Profile(canonical_types="closed")
    assert user(closed, emails=[{"value": "a", "type": "WORK"}]).attributes
    with pytest.raises(InvalidValueError, match=r"emails\[0\].type: must be one of work, home"):
        user(closed, emails=[{"value": "a", "type": "yacht"}])


CERTIFICATE = "MAIwAA=="
LONG_CERTIFICATE = "MIGDMIGAAAAA" + "A" * 164


@pytest.mark.parametrize(
    ("attributes", "accepted"),
    [
        ({"profileUrl": "https://x.test/~ann"}, True),
        ({"profileUrl": "../ann"}, False),
        ({"locale": "en-US"}, True),
        ({"locale": "English, of course"}, False),
        ({"preferredLanguage": "da, en-gb;q=0.8"}, True),
        ({"preferredLanguage": "!"}, False),
        ({"timezone": "America/Argentina/Buenos_Aires"}, True),
        ({"timezone": "/etc"}, False),
        ({"addresses": [{"country": "US"}]}, True),
        ({"addresses": [{"country": "USA"}]}, False),
        ({"x509Certificates": [{"value": CERTIFICATE}]}, True),
        ({"x509Certificates": [{"value": CERTIFICATE.rstrip("=")}]}, True),
        ({"x509Certificates": [{"value": "MAIwADA="}]}, False),
        ({"x509Certificates": [{"value": "MAICAA=="}]}, False),
        ({"x509Certificates": [{"value": "QQ=="}]}, False),
        ({"x509Certificates": [{"value": "QUFB"}]}, False),
        ({"x509Certificates": [{"value": "MIECMAA="}]}, True),
    ],
)
def test_formats_are_enforced_only_where_that_is_on(attributes, accepted):
    assert user(**attributes).attributes == attributes
    strict = Profile(strict_formats=True)
    if accepted:
        assert user(strict, **attributes).attributes == attributes
    else:
        with pytest.raises(InvalidValueError):
            user(strict, **attributes)


@pytest.mark.parametrize("text", ["*", "A", "AAAAA", "QQ=", "Q===", "QQ==\n", "QQ QQ", "Q-_Q", "="])
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(InvalidValueError, match="must be base64"):
        user(x509Certificates=[{"value": text}])


@pytest.mark.parametrize(
    ("members", "edges", "types"),
    [
        ([{"value": "b"}, {"value": "a"}, {"value": "b"}], ("b", "a"), {}),
        ([{"VALUE": "a", "Type": "user", "display": "A", "$ref": None}], ("a",), {"a": "User"}),
        ([{"value": "a", "type": None}], ("a",), {}),
        ([{"value": "a", "nick": "x"}], ("a",), {}),
        (["a", "b"], ("a", "b"), {}),
        ({"value": "a"}, ("a",), {}),
        ("a", ("a",), {}),
    ],
)
def test_members_become_ids(members, edges, types):
    draft = group(members)
    assert (draft.edges, draft.edge_types) == (edges, types)
    assert "members" not in draft.attributes
    assert draft.cleared == frozenset()


def test_packed_members_become_ids_as_others_do():
    members = Packed()
    members.extend([{"value": "a"}, {"value": "b", "type": "User"}])
    members.extend([{"value": "a"}])
    draft = group(members)
    assert (draft.edges, draft.edge_types) == (("a", "b"), {"b": "User"})


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_members_can_be_cleared(empty):
    draft = group(empty)
    assert draft.edges == ()
    assert draft.cleared == {"members"}


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ([{"value": "a"}, {"value": 5}], "members[1].value"),
        ([{"value": "a"}, {"value": ""}], "members[1]"),
        ([{"display": "a"}], "members[0]"),
        ([None], "members[0]"),
        ([["a"]], "members[0]"),
        ([{"value": "a\x00"}], "members[0].value"),
        ([{"value": "a", "type": "Robot"}], "members[0].type"),
        ([{"value": "a", "type": 5}], "members[0].type"),
        (5, "members[0]"),
    ],
)
def test_a_wrong_member_is_refused_with_its_place(members, path):
    with pytest.raises(InvalidValueError) as caught:
        group(members)
    assert caught.value.detail.startswith(f"{path}: ")


@pytest.mark.parametrize("members", [{"value": "a"}, ["a"], "a"])
def test_members_are_an_array_of_objects_where_that_is_demanded(members):
    with pytest.raises(InvalidValueError):
        group(members, OKTA)


def test_unknown_parts_of_members_are_refused_in_strict():
    with pytest.raises(InvalidSyntaxError, match=r"members\[0\]"):
        group([{"value": "a", "nick": "x"}], STRICT)


def test_a_group_has_a_largest_size():
    with pytest.raises(PayloadTooLargeError, match="250,000"):
        group([{"value": "a"}] * 250_001)


def test_one_element_may_stand_for_an_array_in_a_patch_but_not_in_strict():
    emails = USER.find("emails")
    entry = {"value": "a@x.test", "type": "work"}
    for profile in (GENERIC, OKTA):
        assert canonical_value(emails, entry, profile, "emails") == [entry]
    with pytest.raises(InvalidValueError, match=r"path/emails: must be an array"):
        canonical_value(emails, entry, STRICT, "path/emails")
    assert canonical_entry(emails, {"VALUE": "a"}, STRICT, "emails[0]") == {"value": "a"}


@pytest.mark.parametrize("name", ["emails", "title", "name", "active"])
@pytest.mark.parametrize("empty", [None, [], {}])
def test_an_empty_value_of_a_patch_is_unset(name, empty):
    assert canonical_value(USER.find(name), empty, GENERIC, name) is UNSET
    assert repr(UNSET) == "UNSET"


def test_a_patch_collects_what_was_passed_over():
    notes = Notes(GENERIC)
    value = {"familyName": "A", "nick": "x"}
    read = canonical_value(USER.find("name"), value, GENERIC, "name", notes)
    assert read == {"familyName": "A"}
    assert list(notes.ignored) == ["name.nick"]


def test_a_text_can_be_checked_alone():
    check_text(USER.find("title"), "fine\n", "title")
    for text in ("x" * 4_097, "a\x00"):
        with pytest.raises(InvalidValueError, match=r"^here: "):
            check_text(USER.find("title"), text, "here")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "type", "primary", "Name", "x"]), inner)
    ),
    max_leaves=8,
)
NAMES = [each.name for kind in (USER, GROUP) for each in kind.attributes.values()]


@given(
    st.sampled_from([USER, GROUP]),
    st.dictionaries(st.sampled_from([*NAMES, ENTERPRISE, "manager", "x", ""]), JSON, max_size=6),
    st.sampled_from(sorted(PROFILES)),
)
def test_any_json_is_read_or_refused_as_scim(kind, body, name):
    refusal = None
    try:
        draft = canonical(kind, body, PROFILES[name])
    except ScimError as raised:
        refusal = raised
    if refusal is None:
        assert not draft.attributes.keys() & {"id", "meta", "schemas", "externalId", "members"}
    else:
        assert refusal.status == 400
        assert len(refusal.detail) <= 500


@given(st.text(alphabet=string.printable + "äß\u0301😀", min_size=1, max_size=50))
def test_a_text_is_refused_or_kept_exactly(text):
    try:
        assert user(nickName=text).attributes == {"nickName": text}
    except InvalidValueError:
        assert set(text) & {"\x0b", "\x0c"}
