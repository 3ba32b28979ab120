"""PATCH of users over HTTP: every cell of tables C.2 and C.3 that is not about members."""

import pytest

from tests.requirements.client import ENTERPRISE, PATCH, USER, path_of
from tests.requirements.common import (
    DOMAIN,
    EVERY,
    TOLERANT,
    add,
    fresh,
    refused,
    remove,
    replace,
)

WORK = {"value": f"w@{DOMAIN}", "type": "work"}
HOME = {"value": f"h@{DOMAIN}", "type": "home"}
MAIN = {"value": f"m@{DOMAIN}", "type": "work", "primary": True}
WORK_PHONE = {"value": "1", "type": "work"}
HOME_PHONE = {"value": "2", "type": "home"}
SECOND_PHONE = {"value": "3", "type": "home"}
NAME = {"givenName": "Ann", "familyName": "Lee"}
PHONES = {"phoneNumbers": [WORK_PHONE, HOME_PHONE, SECOND_PHONE]}
STAFF = {"department": "Tools", "costCenter": "7"}
DEPARTMENT = f"{ENTERPRISE}:department"
WHOLE = {"complex_replace": "whole"}
CREATES = {"unmatched_replace": "create"}


def typed(entry, **more):
    return {**entry, **more}


# Id, what the user has before, the operations, and what it has afterwards; None: no value.
CHANGES = [
    # A path-less value is a list of paths.
    (
        "C20 P4 plain, dotted, filtered, qualified and whole extension",
        {"name": NAME, "emails": [HOME]},
        [
            add(
                None,
                {
                    "title": "T",
                    "name.givenName": "Bo",
                    'phoneNumbers[type eq "work"].value': "9",
                    f"{USER}:nickName": "N",
                    ENTERPRISE: {"costCenter": "7"},
                    DEPARTMENT: "Tools",
                },
            )
        ],
        {
            "title": "T",
            "nickName": "N",
            "name": {"givenName": "Bo", "familyName": "Lee"},
            "phoneNumbers": [{"type": "work", "value": "9"}],
            ENTERPRISE: STAFF,
        },
    ),
    (
        "C20 replace path-less",
        {"name": NAME, "phoneNumbers": [WORK_PHONE]},
        [
            replace(
                None,
                {
                    "name": {"givenName": "Bo"},
                    "NAME.familyName": "Ray",
                    'phoneNumbers[type eq "work"].value': "9",
                    ENTERPRISE: STAFF,
                },
            )
        ],
        {
            "name": {"givenName": "Bo", "familyName": "Ray"},
            "phoneNumbers": [typed(WORK_PHONE, value="9")],
            ENTERPRISE: STAFF,
        },
    ),
    ("C21 add unset", {}, [add("title", "T")], {"title": "T"}),
    ("C21 replace unset", {}, [replace("title", "T")], {"title": "T"}),
    ("C21 remove unset", {}, [remove("title")], {"title": None}),
    ("C22 add set", {"title": "S"}, [add("title", "T")], {"title": "T"}),
    ("C22 replace set", {"title": "S"}, [replace("title", "T")], {"title": "T"}),
    ("C22 remove set", {"title": "S"}, [remove("title")], {"title": None}),
    (
        "C23 add",
        {"name": NAME},
        [add("name", {"givenName": "Bo"})],
        {"name": {**NAME, "givenName": "Bo"}},
    ),
    (
        "C23 replace merges",
        {"name": NAME},
        [replace("name", {"givenName": "Bo"})],
        {"name": {**NAME, "givenName": "Bo"}},
    ),
    ("C23 remove", {"name": NAME}, [remove("name")], {"name": None}),
    (
        "C24 add to unset parent",
        {},
        [add("name.givenName", "Bo")],
        {"name": {"givenName": "Bo"}},
    ),
    (
        "C24 replace",
        {"name": NAME},
        [replace("name.givenName", "Bo")],
        {"name": {**NAME, "givenName": "Bo"}},
    ),
    (
        "C24 remove one",
        {"name": NAME},
        [remove("name.givenName")],
        {"name": {"familyName": "Lee"}},
    ),
    (
        "C24 remove the last",
        {"name": {"givenName": "Ann"}},
        [remove("name.givenName")],
        {"name": None},
    ),
    ("C26 add", {"emails": [WORK]}, [add("emails", [HOME])], {"emails": [WORK, HOME]}),
    (
        "C26 add with C14 merges the same (type, value)",
        {"emails": [WORK]},
        [add("emails", [{**WORK, "primary": True, "display": "D"}])],
        {"emails": [{**WORK, "primary": True, "display": "D"}]},
    ),
    (
        "C14 same value, other type",
        {"emails": [WORK]},
        [add("emails", [{**WORK, "type": "home"}])],
        {"emails": [WORK, {**WORK, "type": "home"}]},
    ),
    (
        "C14 no value: all sub-attributes",
        {"addresses": [{"type": "work", "country": "US"}]},
        [add("addresses", [{"type": "work", "country": "US"}, {"type": "work", "locality": "X"}])],
        {"addresses": [{"type": "work", "country": "US"}, {"type": "work", "locality": "X"}]},
    ),
    ("C26 replace", {"emails": [WORK]}, [replace("emails", [HOME])], {"emails": [HOME]}),
    ("C26 replace with nothing", {"emails": [WORK]}, [replace("emails", [])], {"emails": None}),
    ("C26 remove", {"emails": [WORK, HOME]}, [remove("emails")], {"emails": None}),
    (
        "C27 add merges into every match",
        PHONES,
        [add('phoneNumbers[type eq "home"]', {"display": "D"})],
        {
            "phoneNumbers": [
                WORK_PHONE,
                typed(HOME_PHONE, display="D"),
                typed(SECOND_PHONE, display="D"),
            ]
        },
    ),
    (
        "C27 replace keeps what the filter says",
        {"phoneNumbers": [WORK_PHONE, typed(HOME_PHONE, display="D")]},
        [replace('phoneNumbers[type eq "home"]', {"value": "9"})],
        {"phoneNumbers": [WORK_PHONE, {"type": "home", "value": "9"}]},
    ),
    (
        "C27 remove",
        PHONES,
        [remove('phoneNumbers[type eq "home"]')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    (
        "C28 add creates from the filter",
        {"phoneNumbers": [WORK_PHONE]},
        [add('phoneNumbers[type eq "fax" and display eq "F"]', {"value": "9"})],
        {"phoneNumbers": [WORK_PHONE, {"value": "9", "type": "fax", "display": "F"}]},
    ),
    (
        "C28 remove without a match",
        {"phoneNumbers": [WORK_PHONE]},
        [remove('phoneNumbers[type eq "fax"]')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    (
        "C29 add",
        PHONES,
        [add('phoneNumbers[type eq "home"].display', "D")],
        {
            "phoneNumbers": [
                WORK_PHONE,
                typed(HOME_PHONE, display="D"),
                typed(SECOND_PHONE, display="D"),
            ]
        },
    ),
    (
        "C29 replace",
        {"phoneNumbers": [WORK_PHONE, HOME_PHONE]},
        [replace('phoneNumbers[type eq "home"].value', "9")],
        {"phoneNumbers": [WORK_PHONE, typed(HOME_PHONE, value="9")]},
    ),
    (
        "C29 remove a sub-attribute",
        {"phoneNumbers": [typed(WORK_PHONE, display="D")]},
        [remove('phoneNumbers[type eq "work"].display')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    (
        "C29 remove value",
        PHONES,
        [remove('phoneNumbers[type eq "home"].value')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    (
        "C30 add creates",
        {},
        [add('emails[type eq "work"].value', WORK["value"])],
        {"emails": [WORK]},
    ),
    (
        "C30 remove without a match",
        {"phoneNumbers": [WORK_PHONE]},
        [remove('phoneNumbers[type eq "fax"].value')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    (
        "C31 add to every element",
        {"phoneNumbers": [WORK_PHONE, HOME_PHONE]},
        [add("phoneNumbers.display", "D")],
        {"phoneNumbers": [typed(WORK_PHONE, display="D"), typed(HOME_PHONE, display="D")]},
    ),
    (
        "C31 replace in every element",
        {"phoneNumbers": [WORK_PHONE, HOME_PHONE]},
        [replace("phoneNumbers.type", "other")],
        {"phoneNumbers": [typed(WORK_PHONE, type="other"), typed(HOME_PHONE, type="other")]},
    ),
    (
        "C31 none: creates one",
        {},
        [add("phoneNumbers.value", "1")],
        {"phoneNumbers": [{"value": "1"}]},
    ),
    (
        "C31 remove a sub-attribute",
        {"phoneNumbers": [WORK_PHONE, HOME_PHONE]},
        [remove("phoneNumbers.type")],
        {"phoneNumbers": [{"value": "1"}, {"value": "2"}]},
    ),
    ("C31 remove value", PHONES, [remove("phoneNumbers.value")], {"phoneNumbers": None}),
    (
        "C32 add",
        {ENTERPRISE: {"costCenter": "7"}},
        [add(ENTERPRISE, {"department": "Tools"})],
        {ENTERPRISE: STAFF},
    ),
    (
        "C32 replace",
        {ENTERPRISE: {"costCenter": "7"}},
        [replace(ENTERPRISE, {"department": "Tools"})],
        {ENTERPRISE: STAFF},
    ),
    (
        "C32 remove",
        {ENTERPRISE: STAFF},
        [remove(ENTERPRISE)],
        {ENTERPRISE: None, "schemas": [USER]},
    ),
    (
        "C33 add",
        {},
        [add(DEPARTMENT, "Tools")],
        {ENTERPRISE: {"department": "Tools"}, "schemas": [USER, ENTERPRISE]},
    ),
    (
        "C33 replace",
        {ENTERPRISE: {"department": "Old"}},
        [replace(DEPARTMENT, "Tools")],
        {ENTERPRISE: {"department": "Tools"}},
    ),
    (
        "C33 remove",
        {ENTERPRISE: {"department": "Tools"}},
        [remove(DEPARTMENT)],
        {ENTERPRISE: None, "schemas": [USER]},
    ),
    ("C37 add password", {}, [add("password", "Secret-9")], {"password": None}),
    ("C37 replace password", {}, [replace("password", "Secret-9")], {"password": None}),
    ("C37 remove password", {}, [remove("password")], {"password": None}),
    (
        "C38 object",
        PHONES,
        [remove("phoneNumbers", [{"value": "2"}])],
        {"phoneNumbers": [WORK_PHONE, SECOND_PHONE]},
    ),
    (
        "C38 string",
        PHONES,
        [remove("phoneNumbers", "2")],
        {"phoneNumbers": [WORK_PHONE, SECOND_PHONE]},
    ),
    (
        "C38 nulls and other keys ignored",
        PHONES,
        [remove("phoneNumbers", [{"value": "2", "display": "stale", "primary": None}])],
        {"phoneNumbers": [WORK_PHONE, SECOND_PHONE]},
    ),
    (
        "C38 type counts",
        PHONES,
        [remove("phoneNumbers", [{"value": "2", "type": "work"}])],
        PHONES,
    ),
    ("C38 never widened", PHONES, [remove("phoneNumbers", [])], PHONES),
    (
        "C40 read-only keys ignored",
        {},
        [replace(None, {"meta": {"version": "x"}, "groups": [], "schemas": [USER], "title": "T"})],
        {"title": "T"},
    ),
    ("C41 unknown plain key ignored", {}, [add(None, {"nope": 1, "title": "T"})], {"title": "T"}),
    (
        "C4 names, URNs and operators in any case",
        {"phoneNumbers": [WORK_PHONE]},
        [
            replace(f'{USER.upper()}:PHONENUMBERS[TYPE EQ "work"].VALUE', "9"),
            replace(f"{ENTERPRISE.upper()}:DEPARTMENT", "Tools"),
        ],
        {"phoneNumbers": [typed(WORK_PHONE, value="9")], ENTERPRISE: {"department": "Tools"}},
    ),
    (
        "C4 bare comparison (E-7122)",
        PHONES,
        [remove('phoneNumbers.type eq "home"')],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    ("C4 empty path", {}, [add("", {"title": "T"})], {"title": "T"}),
    (
        "C5 unqualified extension paths",
        {},
        [add("department", "Tools"), add(None, {"costCenter": "7"})],
        {ENTERPRISE: STAFF},
    ),
    (
        "C7 in order",
        {"title": "S"},
        [replace("title", "T"), remove("title"), add("title", "U")],
        {"title": "U"},
    ),
    (
        "C8 a later operation repairs",
        {"emails": [MAIN]},
        [replace("userName", ""), replace("userName", "repaired-{n}")],
        {"userName": "repaired-{n}"},
    ),
    ("C12 null unsets", {"title": "T"}, [replace("title", None)], {"title": None}),
    ("C12 empty string unsets", {"title": "T"}, [add("title", "")], {"title": None}),
    ("C12 empty object unsets", {"name": NAME}, [replace("name", {})], {"name": None}),
    ("C13 a lone element", {}, [add("emails", WORK)], {"emails": [WORK]}),
    (
        "B27 P15 a new primary clears the others",
        {"emails": [MAIN]},
        [add("emails", [{**HOME, "primary": True}])],
        {"emails": [{**MAIN, "primary": False}, {**HOME, "primary": True}]},
    ),
    (
        "C62 P6 primary, type, value make one element",
        {},
        [
            add('emails[type eq "work"].primary', True),
            add('emails[type eq "work"].type', "work"),
            add('emails[type eq "work"].value', WORK["value"]),
        ],
        {"emails": [{**WORK, "primary": True}]},
    ),
    (
        "P6 country, then locality",
        {},
        [
            add('addresses[type eq "work"].country', "US"),
            add('addresses[type eq "work"].locality', "Here"),
        ],
        {"addresses": [{"type": "work", "country": "US", "locality": "Here"}]},
    ),
    (
        "C63 P7 a JSON text as role, primary as a text",
        {},
        [
            add("roles", [{"primary": "True", "value": '{"id":"1","displayName":"User"}'}]),
            add('roles[primary eq "True"].display', "D"),
        ],
        {"roles": [{"primary": True, "value": '{"id":"1","displayName":"User"}', "display": "D"}]},
    ),
    (
        "P2 active as text",
        {},
        [{"op": "Replace", "path": "active", "value": "False"}],
        {"active": False},
    ),
    ("P2 active path-less", {}, [replace(None, {"active": "FALSE"})], {"active": False}),
    ("P2 T31 list of objects", {}, [replace("active", [{"value": "False"}])], {"active": False}),
    (
        "P14 core URN before the path",
        {"emails": [WORK]},
        [replace(f'{USER}:emails[type eq "work"].value', HOME["value"])],
        {"emails": [{"value": HOME["value"], "type": "work"}]},
    ),
    (
        "P19 without filter: all of them",
        {"phoneNumbers": [WORK_PHONE, HOME_PHONE]},
        [replace("phoneNumbers.display", "D")],
        {"phoneNumbers": [typed(WORK_PHONE, display="D"), typed(HOME_PHONE, display="D")]},
    ),
    ("P1 members in any case", {}, [{"OP": "ADD", "PATH": "title", "VALUE": "T"}], {"title": "T"}),
    ("C3 extra members ignored", {}, [{**add("title", "T"), "name": "x"}], {"title": "T"}),
    ("C59 add a known URN", {}, [add("schemas", [ENTERPRISE])], {"schemas": [USER]}),
    (
        "C59 remove an extension's URN",
        {ENTERPRISE: STAFF},
        [remove("schemas", [ENTERPRISE])],
        {"schemas": [USER], ENTERPRISE: None},
    ),
    ("externalId set", {}, [add("externalId", "x-{n}")], {"externalId": "x-{n}"}),
    (
        "B58 P8 T28 manager as text",
        {},
        [add(f"{ENTERPRISE}:manager", "somebody")],
        {ENTERPRISE: {"manager": {"value": "somebody"}}},
    ),
    (
        "B58 manager as list",
        {},
        [add("manager", [{"$ref": "x", "value": "somebody"}])],
        {ENTERPRISE: {"manager": {"value": "somebody"}}},
    ),
    (
        "B58 manager removed by an empty text",
        {ENTERPRISE: {"manager": {"value": "somebody"}}},
        [replace(f"{ENTERPRISE}:manager", "")],
        {ENTERPRISE: None},
    ),
]


def a_user(client, **attributes):
    schemas = [USER, ENTERPRISE] if ENTERPRISE in attributes else [USER]
    made = client.post("/Users", {"schemas": schemas, "userName": fresh("u"), **attributes})
    assert made.status == 201, made.body
    return made.body


def numbered(value, number):
    if isinstance(value, str):
        return value.replace("{n}", number)
    if isinstance(value, list):
        return [numbered(each, number) for each in value]
    if isinstance(value, dict):
        return {name: numbered(each, number) for name, each in value.items()}
    return value


def own(value, number):
    """Give every address of a case a local part of its own, since primary ones are unique."""
    if isinstance(value, str):
        return value.replace(f"@{DOMAIN}", f"{number}@{DOMAIN}").replace("{n}", number)
    if isinstance(value, list):
        return [own(each, number) for each in value]
    if isinstance(value, dict):
        return {own(name, number): own(each, number) for name, each in value.items()}
    return value


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [case[1:] for case in CHANGES],
    ids=[case[0] for case in CHANGES],
)
def test_operations_leave_the_user_as_the_table_says(common, before, operations, after):
    client, number = common.client(), fresh("")
    before, operations, after = own([before, operations, after], number)
    made = a_user(client, **before)
    answer = client.patch(path_of(made), *operations)
    assert answer.status == 200, answer.body
    for name, value in after.items():
        assert answer.body.get(name) == value, (name, answer.body)
    assert client.get(path_of(made)).body == answer.body
    same = {**made, "meta": None} == {**answer.body, "meta": None}
    assert answer.headers["ETag"] == ('W/"1"' if same else 'W/"2"')
    assert answer.headers["Content-Location"] == made["meta"]["location"]


# Id, profile, switches, what the user has before, the operations, and what it has afterwards.
BY_PROFILE = [
    (
        "C23 J4 complex_replace whole",
        "generic",
        WHOLE,
        {"name": NAME},
        [replace("name", {"givenName": "Bo"})],
        {"name": {"givenName": "Bo"}},
    ),
    (
        "J3.17 strict replaces a complex attribute whole",
        "strict-interop",
        {},
        {"name": NAME},
        [replace("name", {"givenName": "Bo"})],
        {"name": {"givenName": "Bo"}},
    ),
    (
        "J3.17 strict merges on add",
        "strict-interop",
        {},
        {"name": NAME},
        [add("name", {"givenName": "Bo"})],
        {"name": {**NAME, "givenName": "Bo"}},
    ),
    *[
        (
            f"C28 C30 {name} creates on replace",
            profile,
            switches,
            {},
            [replace('emails[type eq "work"].value', WORK["value"])],
            {"emails": [WORK]},
        )
        for name, profile, switches in (("entra", "entra", {}), ("a switch", "generic", CREATES))
    ],
    (
        "C28 whole element created on replace",
        "entra",
        {},
        {},
        [replace('phoneNumbers[type eq "work"]', {"value": "1"})],
        {"phoneNumbers": [WORK_PHONE]},
    ),
    ("C2 empty_operations", "entra", {}, {"title": "T"}, [], {"title": "T"}),
    (
        "strict: paths, arrays and one element",
        "strict-interop",
        {},
        {"emails": [WORK]},
        [
            replace('emails[type eq "work"].value', HOME["value"]),
            add("phoneNumbers", [WORK_PHONE]),
            remove('phoneNumbers[value eq "1"].value'),
            replace("active", False),
        ],
        {
            "emails": [{"value": HOME["value"], "type": "work"}],
            "phoneNumbers": None,
            "active": False,
        },
    ),
]


@pytest.mark.parametrize(
    ("profile", "switches", "before", "operations", "after"),
    [case[1:] for case in BY_PROFILE],
    ids=[case[0] for case in BY_PROFILE],
)
def test_profiles_change_what_operations_do(common, profile, switches, before, operations, after):
    client, number = common.client(profile, **switches), fresh("")
    before, operations, after = own([before, operations, after], number)
    made = a_user(client, **before)
    answer = client.patch(path_of(made), *operations)
    assert answer.status == 200, answer.body
    shown = {name: answer.body.get(name) for name in after}
    assert shown == after
    assert client.get(path_of(made)).body == answer.body


# Id, profile, operations, scimType, and what the detail must name.
REFUSALS = [
    ("C20 remove without path", "generic", [remove(None)], "noTarget", "path"),
    (
        "C20 P16 remove without path, strict",
        "strict-interop",
        [remove(None)],
        "invalidSyntax",
        "path",
    ),
    (
        "C28 replace without a match",
        "generic",
        [replace('phoneNumbers[type eq "fax"]', {"value": "9"})],
        "noTarget",
        "phoneNumbers[type eq",
    ),
    (
        "C30 P5 replace without a match",
        "okta",
        [replace('emails[type eq "other"].value', f"o@{DOMAIN}")],
        "noTarget",
        "emails[type eq",
    ),
    (
        "C30 J3.7 strict add without a match",
        "strict-interop",
        [add('emails[type eq "other"].value', f"o@{DOMAIN}")],
        "noTarget",
        "emails[type eq",
    ),
    (
        "C39 more than eq and and",
        "generic",
        [add('phoneNumbers[type eq "fax" or type eq "pager"].value', "9")],
        "noTarget",
        "phoneNumbers",
    ),
    ("C39 ne", "entra", [replace('phoneNumbers[type co "fax"].value', "9")], "noTarget", "phone"),
    (
        "C38 remove with value refused",
        "strict-interop",
        [remove("phoneNumbers", [{"value": "2"}])],
        "invalidSyntax",
        "phoneNumbers",
    ),
    ("C40 another id", "generic", [replace(None, {"id": "other"})], "mutability", "id"),
    ("C41 dotted unknown", "generic", [add(None, {"nope.sub": 1})], "invalidPath", "nope.sub"),
    ("C41 bracket unknown", "generic", [add(None, {'nope[a eq "b"].c': 1})], "invalidPath", "nope"),
    ("C41 URN unknown", "generic", [add(None, {"urn:x:y:z": 1})], "invalidPath", "urn:x:y:z"),
    (
        "C42 path-less in strict",
        "strict-interop",
        [add(None, {"title": "T"})],
        "invalidSyntax",
        "path",
    ),
    (
        "C42 empty path in strict",
        "strict-interop",
        [add("", {"title": "T"})],
        "invalidSyntax",
        "path",
    ),
    *[
        (f"C50 {path}", profile, [replace(path, value)], "mutability", path)
        for path, value in (
            ("id", "x"),
            ("meta", {}),
            ("meta.created", "2020-01-01T00:00:00Z"),
            ("groups", []),
            ('groups[value eq "x"].display', "y"),
        )
        for profile in ("generic", "strict-interop")
    ],
    ("C52 P16 userName removed", "generic", [remove("userName")], "mutability", "userName"),
    ("C12 userName null", "generic", [replace("userName", None)], "invalidValue", "userName"),
    ("C12 userName empty", "generic", [replace("userName", "")], "invalidValue", "userName"),
    ("J3.22 userName blank", "generic", [replace("userName", "  ")], "invalidValue", "userName"),
    *[
        (f"C53 P13 unknown {path} in {profile}", profile, [op], "invalidPath", path)
        for profile in EVERY
        for path, op in (
            ("nope", add("nope", 1)),
            (f"{ENTERPRISE}:nope", remove(f"{ENTERPRISE}:nope")),
        )
    ],
    ("C53 unknown URN", "generic", [add("urn:a:b:c", 1)], "invalidPath", "urn:a:b:c"),
    ("C53 unknown sub-attribute", "generic", [add("name.nope", 1)], "invalidPath", "name.nope"),
    *[
        (f"C54 {path}", "generic", [replace(path, "x")], "invalidPath", "")
        for path in (
            "emails[",
            "emails[]",
            "emails[0]",
            "emails[0].value",
            ".title",
            "title.",
            'name[givenName eq "x"].familyName',
            'title[value eq "x"]',
            "a b c",
            "name.givenName.more",
            "title]",
        )
    ],
    *[
        (f"C55 {path}", "generic", [replace(path, "x")], "invalidFilter", "")
        for path in (
            "emails[type eq].value",
            'emails[type xx "work"].value',
            'emails[nope eq "x"].value',
            "emails[type eq 'work'].value",
            'emails[type eq "work].value',
            'emails[type eq "a" and].value',
        )
    ],
    ("C56 number for a string", "generic", [replace("title", 5)], "invalidValue", "title"),
    ("C56 object for a string", "generic", [replace("title", {"a": 1})], "invalidValue", "title"),
    ("C56 scalar for a complex", "generic", [replace("name", "Ann")], "invalidValue", "name"),
    ("C56 number for a boolean", "generic", [replace("active", 1)], "invalidValue", "active"),
    ("C56 yes for a boolean", "generic", [replace("active", "yes")], "invalidValue", "active"),
    ("C56 list of numbers", "generic", [add("emails", [5])], "invalidValue", "emails"),
    ("C56 path-less scalar", "generic", [add(None, "x")], "invalidValue", "value"),
    ("C56 path-less list", "generic", [add(None, [{"title": "T"}])], "invalidValue", "value"),
    (
        "C57 two new primaries",
        "generic",
        [add("phoneNumbers", [{**WORK_PHONE, "primary": True}, {**HOME_PHONE, "primary": True}])],
        "invalidValue",
        "phoneNumbers",
    ),
    ("C12 no value", "generic", [{"op": "add", "path": "title"}], "invalidValue", "title"),
    (
        "C12 no value in replace",
        "entra",
        [{"op": "replace", "path": "title"}],
        "invalidValue",
        "title",
    ),
    ("C12 no value, no path", "generic", [{"op": "add"}], "invalidValue", "value"),
    ("C59 unknown URN", "generic", [add("schemas", ["urn:x"])], "invalidValue", "schemas"),
    ("C59 base URN", "generic", [remove("schemas", [USER])], "mutability", "schemas"),
    ("C59 all URNs", "generic", [remove("schemas")], "mutability", "schemas"),
    ("C5 unqualified refused", "okta", [add("department", "Tools")], "invalidPath", "department"),
    ("C13 strict wants arrays", "strict-interop", [add("emails", WORK)], "invalidValue", "emails"),
    (
        "J4.3 value path with a sub-attribute",
        "strict-interop",
        [remove('emails[type eq "work"]')],
        "invalidPath",
        "emails",
    ),
    (
        "J4.3 one element for each value filter",
        "strict-interop",
        [replace('phoneNumbers[type eq "home"].display', "D")],
        "invalidFilter",
        "phoneNumbers",
    ),
    ("J4.3 extra members", "strict-interop", [{**add("title", "T"), "x": 1}], "invalidSyntax", "x"),
    ("B16 unknown in strict", "strict-interop", [add("nope", 1)], "invalidPath", "nope"),
    (
        "string_booleans off",
        "strict-interop",
        [replace("active", "False")],
        "invalidValue",
        "active",
    ),
    (
        "manager_forms object",
        "okta",
        [replace(f"{ENTERPRISE}:manager", "x")],
        "invalidValue",
        "manager",
    ),
    (
        "B61 password of the wrong type",
        "generic",
        [replace("password", 5)],
        "invalidValue",
        "password",
    ),
    (
        "C50 manager.displayName",
        "generic",
        [add(f"{ENTERPRISE}:manager.displayName", "x")],
        "mutability",
        "displayName",
    ),
]


@pytest.mark.parametrize(
    ("profile", "operations", "scim_type", "naming"),
    [case[1:] for case in REFUSALS],
    ids=[case[0] for case in REFUSALS],
)
def test_a_refused_operation_changes_nothing(common, profile, operations, scim_type, naming):
    """C7: neither what came before it in the request, nor the version."""
    client, number = common.client(profile), fresh("")
    made = a_user(client, **own({"emails": [WORK], **PHONES}, number))
    first = replace("nickName", "changed before the refusal")
    answer = client.patch(path_of(made), first, *own(operations, number))
    refused(answer, scim_type, "Operations[1]", naming)
    assert client.get(path_of(made)).body == made


MESSAGES = [
    (
        "C1 schemas wrong",
        {"schemas": [USER], "Operations": [add("title", "T")]},
        TOLERANT,
        "schemas",
    ),
    ("C1 schemas missing", {"Operations": [add("title", "T")]}, ("strict-interop",), "schemas"),
    ("C2 no Operations", {"schemas": [PATCH]}, EVERY, "Operations"),
    ("C2 not an array", {"schemas": [PATCH], "Operations": "x"}, EVERY, "Operations"),
    (
        "C2 empty",
        {"schemas": [PATCH], "Operations": []},
        ("generic", "strict-interop"),
        "Operations",
    ),
    (
        "C2 one object",
        {"schemas": [PATCH], "Operations": add("title", "T")},
        ("okta",),
        "Operations",
    ),
    ("C3 no op", {"schemas": [PATCH], "Operations": [{"path": "title"}]}, EVERY, "op"),
    ("C3 op other", {"schemas": [PATCH], "Operations": [{"op": "move"}]}, EVERY, "op"),
    ("C3 op no text", {"schemas": [PATCH], "Operations": [{"op": 1}]}, EVERY, "op"),
    ("C3 no object", {"schemas": [PATCH], "Operations": [5]}, EVERY, "Operations[0]"),
]


@pytest.mark.parametrize(
    ("body", "profiles", "naming"), [case[1:] for case in MESSAGES], ids=[m[0] for m in MESSAGES]
)
def test_a_message_that_is_no_patch_is_refused(common, body, profiles, naming):
    made = a_user(common.client())
    for profile in profiles:
        answer = common.client(profile).call("PATCH", path_of(made), body)
        refused(answer, "invalidSyntax", naming)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"Operations": [add("title", "T")]}, id="C1 no schemas"),
        pytest.param({"schemas": [PATCH], "Operations": add("title", "T")}, id="C2 one object"),
        pytest.param({"SCHEMAS": [PATCH.upper()], "operations": [add("title", "T")]}, id="C3 case"),
    ],
)
def test_tolerant_connections_accept_a_message_written_loosely(common, body):
    client = common.client()
    made = a_user(client)
    answer = client.call("PATCH", path_of(made), body)
    assert (answer.status, answer.body["title"]) == (200, "T")


def test_an_unknown_id_is_not_found(common):
    """C60."""
    client = common.client()
    made = a_user(client)
    client.delete(path_of(made))
    for path in (path_of(made), "/Users/unknown", "/Groups/" + made["id"]):
        refused(client.patch(path, add("title", "T")), None, status=404)


def test_a_unique_value_in_use_is_a_conflict_and_a_repaired_one_is_not(common):
    """C58, C8."""
    client = common.client()
    taken, made = a_user(client), a_user(client)
    answer = client.patch(path_of(made), replace("userName", taken["userName"].upper()))
    refused(answer, "uniqueness", "userName", status=409)
    assert client.get(path_of(made)).body == made
    mine = fresh("mine")
    operations = replace("userName", taken["userName"]), replace("userName", mine)
    answer = client.patch(path_of(made), *operations)
    assert (answer.status, answer.body["userName"]) == (200, mine)


def test_doing_nothing_keeps_the_version(common):
    """C11, C40: no event, no new time, whatever the no-op looks like."""
    client, number = common.client(), fresh("")
    made = a_user(client, **own({"emails": [MAIN], "name": NAME, "title": "T"}, number))
    for operation in (
        replace("title", "T"),
        add("name", {"givenName": "Ann"}),
        add("emails", made["emails"]),
        replace("emails", made["emails"]),
        remove("nickName"),
        remove('emails[type eq "home"]'),
        remove("emails", [{"value": "nobody"}]),
        replace(None, {"id": made["id"], "title": "T"}),
        replace("active", True),
        add("password", "Secret-9"),
    ):
        answer = client.patch(path_of(made), operation)
        assert (answer.status, answer.body) == (200, made), operation


@pytest.mark.parametrize(
    ("profile", "user", "group"),
    [(profile, 200, 204 if profile == "entra" else 200) for profile in EVERY],
)
def test_patch_answers_as_the_profile_says(common, profile, user, group):
    """C9, C10: a 204 carries ETag and Content-Location, and a projection always gets a body."""
    client = common.client(profile)
    held = a_user(client)
    team = client.group(fresh("team"))
    assert client.patch(path_of(held), replace("displayName", "D")).status == user
    answer = client.patch(path_of(team), add("members", [{"value": held["id"]}]))
    assert answer.status == group
    assert answer.headers["ETag"] == 'W/"2"'
    assert answer.headers["Content-Location"] == team["meta"]["location"]
    for query in ({"attributes": "displayName"}, {"excludedAttributes": "members"}):
        answer = client.patch(path_of(team), replace("displayName", fresh("t")), query=query)
        assert answer.status == 200
        assert "members" not in answer.body


def test_a_connection_may_always_get_a_body(common):
    """J4 patch_response=body beside entra's 204."""
    client = common.client("entra", patch_response="body")
    team = client.group(fresh("team"))
    assert client.patch(path_of(team), replace("displayName", fresh("t"))).status == 200
    client = common.client("generic", patch_response="entra")
    assert client.patch(path_of(team), replace("displayName", fresh("t"))).status == 204


SPECIMEN = "urn:example:params:scim:schemas:Specimen"
LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"
LISTS = [
    ("C25 add", ["a"], [add("stringMany", ["b"])], ["a", "b"]),
    ("C25 add has no duplicates", ["a"], [add("stringMany", ["a", "b", "b"])], ["a", "b"]),
    ("C25 add a lone value", ["a"], [add("stringMany", "b")], ["a", "b"]),
    ("C25 replace", ["a", "b"], [replace("stringMany", ["c"])], ["c"]),
    ("C25 replace with nothing", ["a"], [replace("stringMany", [])], None),
    ("C25 remove", ["a", "b"], [remove("stringMany")], None),
    ("C38 remove a value", ["a", "b"], [remove("stringMany", ["a"])], ["b"]),
    ("C38 remove a lone value", ["a", "b"], [remove("stringMany", "b")], ["a"]),
]


def a_specimen(client, **attributes):
    body = {"schemas": [SPECIMEN, LABEL], "label": fresh("label"), LABEL: {"printed": "P"}}
    made = client.post("/Specimens", {**body, **attributes})
    assert made.status == 201, made.body
    return made.body


@pytest.mark.parametrize(
    ("before", "operations", "after"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS]
)
def test_a_list_of_plain_values_is_patched(common, before, operations, after):
    client = common.client()
    made = a_specimen(client, stringMany=before)
    answer = client.patch(path_of(made), *operations)
    assert (answer.status, answer.body.get("stringMany")) == (200, after)


def test_an_immutable_attribute_is_set_once(common):
    """C51, B30: the same value passes, another does not, and neither does its removal."""
    client = common.client()
    made = a_specimen(client)
    answer = client.patch(path_of(made), add("immutableDefault", "first"))
    assert (answer.status, answer.body["immutableDefault"]) == (200, "first")
    same = client.patch(path_of(made), replace("immutableDefault", "first"))
    assert (same.status, same.body) == (200, answer.body)
    for operation in (
        replace("immutableDefault", "second"),
        add(None, {"immutableDefault": "second"}),
        remove("immutableDefault"),
    ):
        refused(client.patch(path_of(made), operation), "mutability", "immutableDefault")
