"""What clients really send (P1 to P19), tolerant and strict; recorded operations of each sender."""

import pytest

from scimserver.scim.delta import EdgeDelta
from scimserver.scim.errors import ScimError
from tests.scim.patching import (
    CORE,
    ENTERPRISE,
    ENTRA,
    GENERIC,
    GROUP,
    OKTA,
    STRICT,
    USER,
    patched,
)

ANN = {"userName": "ann", "active": True}
WORK = {"type": "work", "value": "a@x.test"}
MAIL = {**ANN, "emails": [WORK]}
TEAM = {"displayName": "Team"}
NAME = {**ANN, "name": {"givenName": "A", "familyName": "B"}}


def outcome(kind, before, operations, profile):
    """The changed attributes, or the scimType of the refusal."""
    try:
        delta = patched(kind, before, *operations, profile=profile)
    except ScimError as refusal:
        return refusal.scim_type
    if delta.edges:
        return delta.edges
    return {k: v for k, v in delta.attributes.items() if before.get(k) != v}


def edges(**expected):
    return EdgeDelta(**expected)


OLD_BOOLEAN = [{"value": "False"}]
QUALIFIED = {ENTERPRISE + ":department": "d"}
DEPARTMENT = {ENTERPRISE: {"department": "d"}}
MANAGER = ENTERPRISE + ":manager"
MANAGED = {ENTERPRISE: {"manager": {"value": "m"}}}
PAYLOADS = {
    "P1 capitalised": (USER, ANN, [("Replace", "title", "x")], {"title": "x"}, {"title": "x"}),
    "P2 text": (USER, ANN, [("Replace", "active", "False")], {"active": False}, "invalidValue"),
    "P2 list": (USER, ANN, [("add", "active", OLD_BOOLEAN)], {"active": False}, "invalidValue"),
    "P2 bare": (
        USER,
        ANN,
        [("add", None, {"active": "FALSE"})],
        {"active": False},
        "invalidSyntax",
    ),
    "P3 active": (
        USER,
        ANN,
        [("replace", None, {"active": False})],
        {"active": False},
        "invalidSyntax",
    ),
    "P3 rename": (
        GROUP,
        TEAM,
        [("replace", None, {"id": "1", "displayName": "N"})],
        {"displayName": "N"},
        "invalidSyntax",
    ),
    "P4 dotted": (
        USER,
        ANN,
        [("add", None, {"name.givenName": "A"})],
        {"name": {"givenName": "A"}},
        "invalidSyntax",
    ),
    "P4 urn": (USER, ANN, [("add", None, QUALIFIED)], DEPARTMENT, "invalidSyntax"),
    "P4 nested": (USER, ANN, [("add", None, DEPARTMENT)], DEPARTMENT, "invalidSyntax"),
    "P4 filter": (
        USER,
        ANN,
        [("add", None, {'emails[type eq "work"].value': "a@x.test"})],
        {"emails": [WORK]},
        "invalidSyntax",
    ),
    "P5": (
        USER,
        ANN,
        [
            ("add", 'emails[type eq "work"].value', "z@x.test"),
            ("add", 'emails[type eq "work"].value', "a@x.test"),
        ],
        {"emails": [WORK]},
        "noTarget",
    ),
    "P6": (
        USER,
        ANN,
        [
            ("add", 'addresses[type eq "work"].country', "DE"),
            ("add", 'addresses[type eq "work"].locality', "B"),
        ],
        {"addresses": [{"type": "work", "country": "DE", "locality": "B"}]},
        "noTarget",
    ),
    "P7": (
        USER,
        ANN,
        [("add", 'roles[primary eq "True"].value', "r")],
        {"roles": [{"primary": True, "value": "r"}]},
        "invalidFilter",
    ),
    "P8 text": (USER, ANN, [("add", MANAGER, "m")], MANAGED, "invalidValue"),
    "P8 object": (USER, ANN, [("add", MANAGER, {"value": "m"})], MANAGED, MANAGED),
    "P8 list": (
        USER,
        ANN,
        [("add", MANAGER, [{"$ref": "x", "value": "m"}])],
        MANAGED,
        "invalidValue",
    ),
    "P9": (
        GROUP,
        TEAM,
        [("Remove", "members", [{"$ref": None, "value": "a"}])],
        edges(removed=frozenset("a")),
        "invalidSyntax",
    ),
    "P10 some": (
        GROUP,
        TEAM,
        [("remove", 'members[value eq "a" or value eq "c"]')],
        edges(removed=frozenset("ac")),
        edges(removed=frozenset("ac")),
    ),
    "P10 all": (GROUP, TEAM, [("remove", "members")], edges(cleared=True), edges(cleared=True)),
    "P10 none": (
        GROUP,
        TEAM,
        [("replace", "members", [])],
        edges(cleared=True),
        edges(cleared=True),
    ),
    "P11": (
        GROUP,
        TEAM,
        [("add", "members", [{"value": "a"}, {"value": "a"}])],
        edges(added=("a",)),
        edges(added=("a",)),
    ),
    "P12": (
        GROUP,
        TEAM,
        [("replace", "members", [{"value": "b"}, {"value": "a"}])],
        edges(cleared=True, added=("b", "a")),
        edges(cleared=True, added=("b", "a")),
    ),
    "P13": (USER, ANN, [("add", "nope", "x")], "invalidPath", "invalidPath"),
    "P13 urn": (USER, ANN, [("add", "urn:x:y:z:nope", "x")], "invalidPath", "invalidPath"),
    "P14": (
        USER,
        MAIL,
        [("replace", CORE + ':emails[type eq "work"].value', "b@x.test")],
        {"emails": [{"type": "work", "value": "b@x.test"}]},
        {"emails": [{"type": "work", "value": "b@x.test"}]},
    ),
    "P15": (
        USER,
        {**ANN, "emails": [{**WORK, "primary": True}]},
        [("add", "emails", [{"type": "home", "value": "b@x.test", "primary": True}])],
        {
            "emails": [
                {**WORK, "primary": False},
                {"type": "home", "value": "b@x.test", "primary": True},
            ]
        },
        {
            "emails": [
                {**WORK, "primary": False},
                {"type": "home", "value": "b@x.test", "primary": True},
            ]
        },
    ),
    "P15 two": (
        USER,
        ANN,
        [("add", "emails", [{"value": "1", "primary": True}, {"value": "2", "primary": True}])],
        "invalidValue",
        "invalidValue",
    ),
    "P16 bare": (USER, ANN, [("remove", None)], "noTarget", "invalidSyntax"),
    "P16 required": (USER, ANN, [("remove", "userName")], "mutability", "mutability"),
    "P16 value": (USER, ANN, [("add", "title")], "invalidValue", "invalidValue"),
    "P17 null": (USER, {**ANN, "title": "x"}, [("replace", "title", None)], {}, {}),
    "P17 list": (USER, MAIL, [("replace", "emails", [])], {}, {}),
    "P18": (
        USER,
        NAME,
        [("replace", "name", {"givenName": "C"})],
        {"name": {"givenName": "C", "familyName": "B"}},
        {"name": {"givenName": "C"}},
    ),
    "P19": (
        USER,
        {**ANN, "emails": [WORK, WORK]},
        [("replace", "emails.display", "D")],
        {"emails": [{**WORK, "display": "D"}] * 2},
        {"emails": [{**WORK, "display": "D"}] * 2},
    ),
    "P19 filter": (
        USER,
        {**ANN, "emails": [WORK, WORK]},
        [("replace", 'emails[type eq "work"].display', "D")],
        {"emails": [{**WORK, "display": "D"}] * 2},
        "invalidFilter",
    ),
    "P21": (USER, ANN, [("replace", "active", False)], {"active": False}, {"active": False}),
}


@pytest.mark.parametrize("row", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_has_the_answer_it_needs(row):
    kind, before, operations, tolerant, strict = row
    assert outcome(kind, before, operations, GENERIC) == tolerant
    assert outcome(kind, before, operations, ENTRA) == tolerant
    assert outcome(kind, before, operations, STRICT) == strict


def test_an_address_in_three_steps_is_one_address():
    path = 'emails[type eq "work"]'
    steps = [
        ("Replace", f"{path}.primary", "True"),
        ("Replace", f"{path}.type", "work"),
        ("Replace", f"{path}.value", "a@x.test"),
    ]
    assert outcome(USER, ANN, steps, ENTRA) == {"emails": [{**WORK, "primary": True}]}
    assert outcome(USER, ANN, steps, OKTA) == "noTarget"


def test_a_role_may_be_a_json_text():
    role = '{"id":"1","value":"Admin","displayName":"Admin"}'
    assert outcome(USER, ANN, [("Add", "roles", [{"value": role}])], ENTRA) == {
        "roles": [{"value": role}]
    }


def test_a_group_rename_names_its_own_id():
    operation = ("replace", None, {"id": "7", "displayName": "N"})
    delta = patched(GROUP, TEAM, operation, profile=OKTA, resource_id="7")
    assert delta.attributes == {"displayName": "N"}


def test_a_password_is_judged_and_dropped():
    delta = patched(USER, ANN, ("replace", None, {"password": "n3w-Pass"}), profile=OKTA)
    assert delta.attributes is ANN
    assert "n3w-Pass" not in repr(delta)


def test_several_attributes_change_at_once():
    delta = patched(
        USER,
        MAIL,
        ("Replace", "displayName", "P"),
        ("Replace", 'emails[type eq "work"].value', "b@x.test"),
        ("Replace", "name.givenName", "G"),
        ("Replace", "externalId", "E"),
        ("Replace", ENTERPRISE + ":employeeNumber", "5"),
        profile=ENTRA,
    )
    assert delta.external_id == "E"
    assert delta.attributes == {
        **ANN,
        "emails": [{"type": "work", "value": "b@x.test"}],
        "displayName": "P",
        "name": {"givenName": "G"},
        ENTERPRISE: {"employeeNumber": "5"},
    }
