"""Drafts become resources, resources documents; a PUT keeps what it must keep."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimserver.scim.errors import InvalidValueError, MutabilityError
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import default_folder, load
from scimserver.scim.resource import (
    Draft,
    Resource,
    complete,
    created,
    document,
    identity,
    parse,
    replaced,
)
from scimserver.scim.validate import canonical

TYPES = load(default_folder()).types
USER, GROUP = TYPES["User"], TYPES["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENERIC = Profile()


@pytest.fixture(scope="module")
def specimen(tmp_path_factory):
    """The test type with every combination of characteristics, and its required extension."""
    folder = tmp_path_factory.mktemp("schemas")
    for source in (default_folder(), default_folder() / "examples"):
        for path in source.glob("*.json"):
            (folder / path.name).write_bytes(path.read_bytes())
    return load(folder).types["Specimen"]


LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"


def whole(kind, **attributes):
    return complete(Draft(kind, attributes), GENERIC)


@pytest.mark.parametrize(
    ("kind", "attributes", "path"),
    [
        (USER, {}, "userName"),
        (USER, {"userName": " "}, "userName"),
        (GROUP, {}, "displayName"),
        (GROUP, {"displayName": "\t"}, "displayName"),
    ],
)
def test_required_attributes_are_there_and_not_blank(kind, attributes, path):
    with pytest.raises(InvalidValueError, match=f"^{path}: is required"):
        whole(kind, **attributes)


def test_required_parts_and_extensions_are_there(specimen):
    label = {LABEL: {"printed": "x"}}
    assert whole(specimen, label="a", **label).attributes == {"label": "a", **label}
    with pytest.raises(InvalidValueError, match=f"^{LABEL}: is required"):
        whole(specimen, label="a")
    with pytest.raises(InvalidValueError, match=f"^{LABEL}:printed: is required"):
        whole(specimen, label="a", **{LABEL: {"colours": ["red"]}})
    parts = [{"needed": "x"}, {"value": "y"}]
    with pytest.raises(InvalidValueError, match=r"^strictParts\[1\].needed: is required"):
        whole(specimen, label="a", strictParts=parts, **label)


def test_a_required_part_of_a_single_value_is_named_without_an_index(tmp_path):
    schema = {
        "id": "urn:example:Box",
        "name": "Box",
        "attributes": [
            {"name": "seen", "required": True, "mutability": "readOnly"},
            {"name": "size", "type": "complex", "subAttributes": [{"name": "w", "required": True}]},
        ],
        "x-scimserver": {"endpoint": "/Boxes"},
    }
    (tmp_path / "box.json").write_text(json.dumps(schema))
    box = load(tmp_path).types["Box"]
    assert whole(box).attributes == {}
    with pytest.raises(InvalidValueError, match=r"^size.w: is required"):
        whole(box, size={"h": "1"})


def test_equal_entries_are_one_and_the_later_parts_win():
    emails = [
        {"value": "a@x.test", "type": "work", "display": "old", "primary": True},
        {"value": "b@x.test"},
        {"value": "A@X.TEST", "type": "Work", "display": "new"},
        {"value": "a@x.test", "type": "home"},
    ]
    found = whole(USER, userName="a", emails=emails).attributes["emails"]
    assert found == [
        {"value": "A@X.TEST", "type": "Work", "display": "new", "primary": True},
        {"value": "b@x.test"},
        {"value": "a@x.test", "type": "home"},
    ]


def test_entries_without_a_value_are_told_apart_by_everything():
    addresses = [{"locality": "A", "type": "x"}, {"type": "x", "locality": "A"}, {"locality": "B"}]
    found = whole(USER, userName="a", addresses=addresses).attributes["addresses"]
    assert found == [{"locality": "A", "type": "x"}, {"locality": "B"}]


def test_equal_simple_values_are_one(specimen):
    found = whole(
        specimen,
        label="a",
        stringMany=["x", "X", "y"],
        integerMany=[1, 2, 1],
        **{LABEL: {"printed": "p", "colours": ["red", "RED"]}},
    ).attributes
    assert found["stringMany"] == ["x", "y"]
    assert found["integerMany"] == [1, 2]
    assert found[LABEL]["colours"] == ["red"]


def test_an_entry_is_known_by_type_and_value():
    emails = USER.find("emails")
    one = identity(emails, {"value": "A@x.test", "type": "WORK", "display": "x"})
    assert one == identity(emails, {"value": "a@x.test", "type": "work"})
    assert one != identity(emails, {"value": "a@x.test"})


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([{"value": "a", "primary": True}, {"value": "b", "primary": True}], "more than one"),
        ([{"value": str(i)} for i in range(101)], "more than 100"),
    ],
)
def test_lists_keep_their_rules_however_they_were_built(values, complaint):
    with pytest.raises(InvalidValueError, match=complaint):
        whole(USER, userName="a", emails=values)


def test_a_resource_has_a_largest_size():
    roles = [{"value": str(i) * 50, "display": "x" * 4_000} for i in range(80)]
    with pytest.raises(InvalidValueError, match="256 KiB"):
        whole(USER, userName="a", roles=roles)


def test_what_a_schema_no_longer_names_is_left_alone():
    gone = {"urn:gone": {"a": 1}, "list": [1, 1]}
    assert whole(USER, userName="a", **gone).attributes == {"userName": "a", **gone}


def test_a_new_user_is_active_unless_it_says_otherwise():
    assert created(Draft(USER, {"userName": "a"})).attributes["active"] is True
    inactive = Draft(USER, {"active": False})
    assert created(inactive) is inactive
    team = Draft(GROUP, {"displayName": "t"})
    assert created(team) is team
    assert Resource(USER, {}).active
    assert not Resource(USER, {"active": False}).active


def test_a_document_lists_the_schemas_that_have_values():
    attributes = {"userName": "a", ENTERPRISE: {"department": "d"}}
    text = document(Resource(USER, attributes), "7")
    assert json.loads(text) == {
        "schemas": [USER.schema.urn, ENTERPRISE],
        "id": "7",
        **attributes,
    }
    assert json.loads(document(Resource(GROUP, {}), "7"))["schemas"] == [GROUP.schema.urn]
    assert parse(USER, text) == attributes


def put(kind, before, external_id=None, **body):
    draft = canonical(kind, {"schemas": [kind.schema.urn], **body}, GENERIC)
    return replaced(draft, before, external_id=external_id)


def test_a_put_clears_what_it_leaves_out_and_keeps_what_it_must():
    before = {"userName": "a", "title": "t", "active": False, ENTERPRISE: {"department": "d"}}
    draft = put(USER, before, "x-1", userName="b")
    assert draft.attributes == {"userName": "b", "active": False}
    assert draft.external_id == "x-1"


def test_a_put_changes_what_it_names():
    draft = put(USER, {"userName": "a", "active": False}, "1", active=True, externalId="2")
    assert draft.attributes == {"active": True}
    assert draft.external_id == "2"


def test_a_put_clears_with_null():
    draft = put(USER, {"userName": "a", "active": False}, "1", active=None, externalId=None)
    assert draft.attributes == {}
    assert draft.external_id is None


def test_members_stay_unless_a_put_names_them():
    assert put(GROUP, {}, displayName="g").edges is None
    assert put(GROUP, {}, members=[]).edges == ()


def test_the_data_of_a_schema_that_was_taken_away_survives_a_put():
    before = {"userName": "a", "urn:gone": {"a": 1}}
    assert put(USER, before, userName="b").attributes == {"userName": "b", "urn:gone": {"a": 1}}


FIXED = {
    "label": "a",
    "immutableDefault": "once",
    "writeOnlyNever": "secret",
    "readOnlyDefault": "ours",
    "fixedPart": {"value": "v"},
    "part": {"value": "p", "fixed": "f", "secret": "s", "computed": "c"},
    "parts": [{"value": "p", "fixed": "f", "secret": "s"}, {"value": "q", "fixed": "g"}],
    "stringOne": "gone",
    LABEL: {"printed": "x"},
}


def test_immutable_values_secrets_and_our_own_outlive_a_put(specimen):
    draft = put(specimen, FIXED, label="b", part={"value": "n"}, parts=[{"value": "p"}])
    assert draft.attributes == {
        "label": "b",
        "immutableDefault": "once",
        "writeOnlyNever": "secret",
        "readOnlyDefault": "ours",
        "fixedPart": {"value": "v"},
        "part": {"value": "n", "fixed": "f", "secret": "s", "computed": "c"},
        "parts": [{"value": "p", "fixed": "f", "secret": "s"}],
    }


def test_an_immutable_part_keeps_its_parent(specimen):
    draft = put(specimen, FIXED, label="b")
    assert draft.attributes["part"] == {"fixed": "f"}
    assert "parts" not in draft.attributes


def test_the_same_immutable_value_passes(specimen):
    body = {
        "immutableDefault": "once",
        "fixedPart": {"value": "v"},
        "parts": [{"value": "q", "fixed": "g"}, {"value": "new", "fixed": "any"}],
        LABEL: {"printed": "y"},
    }
    attributes = put(specimen, FIXED, label="b", **body).attributes
    assert {name: attributes[name] for name in body} == body


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"immutableDefault": "twice"}, "immutableDefault"),
        ({"immutableDefault": None}, "immutableDefault"),
        ({"fixedPart": {"value": "w"}}, "fixedPart"),
        ({"part": {"value": "p", "fixed": "other"}}, "part.fixed"),
        ({"parts": [{"value": "p", "fixed": "other"}]}, "parts.fixed"),
    ],
)
def test_another_immutable_value_is_refused(specimen, body, path):
    with pytest.raises(MutabilityError, match=f"^{path}: cannot change"):
        put(specimen, FIXED, label="b", **body)


def test_an_immutable_value_can_be_set_while_unset(specimen):
    draft = put(specimen, {"label": "a"}, label="a", immutableDefault="now")
    assert draft.attributes["immutableDefault"] == "now"


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)


@given(
    TEXT.filter(lambda t: t.strip() == t),
    st.dictionaries(st.sampled_from(["title", "nickName", "displayName", "locale"]), TEXT),
    st.lists(st.fixed_dictionaries({"value": TEXT}, optional={"type": TEXT}), max_size=3),
)
def test_a_good_user_survives_the_round_trip(name, texts, roles):
    body = {"schemas": [USER.schema.urn], "userName": name, **texts, "roles": roles}
    resource = complete(canonical(USER, body, GENERIC), GENERIC)
    read = parse(USER, document(resource, "1"))
    assert read == resource.attributes
    again = canonical(USER, {"schemas": [USER.schema.urn], **read}, GENERIC)
    assert complete(again, GENERIC).attributes == read
    assert {key: read[key] for key in texts} == texts
