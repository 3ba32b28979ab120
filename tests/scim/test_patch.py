"""Operation by target (table C.2): what each cell does to the attributes."""

import copy

import pytest

from scimserver.scim.errors import (
    InvalidValueError,
    MutabilityError,
)
from tests.scim.patching import (
    CORE,
    ENTERPRISE,
    ENTRA,
    GENERIC,
    OKTA,
    STRICT,
    USER,
    patched,
)

WORK = {"type": "work", "value": "a@x.test"}
HOME = {"type": "home", "value": "b@x.test"}
BOTH = {"userName": "ann", "emails": [WORK, HOME]}
ANN = {"userName": "ann"}


def after(before, *operations, profile=GENERIC):
    frozen = copy.deepcopy(before)
    delta = patched(USER, before, *operations, profile=profile)
    assert before == frozen
    return {k: v for k, v in delta.attributes.items() if k != "userName"}


NAME = {"givenName": "A", "familyName": "B"}
TWO = {"emails": [WORK, HOME]}
OPS = {ENTERPRISE: {"department": "d"}}
CELLS = [
    # C20
    (
        {},
        ("add", None, {"title": "x", "name.givenName": "A"}),
        {"title": "x", "name": {"givenName": "A"}},
    ),
    ({"title": "y"}, ("replace", None, {"TITLE": "x"}), {"title": "x"}),
    ({}, ("add", None, OPS), OPS),
    ({}, ("add", None, {ENTERPRISE + ":department": "d"}), OPS),
    ({}, ("add", None, {CORE: {"title": "x"}}), {"title": "x"}),
    ({}, ("add", CORE, {"title": "x"}), {"title": "x"}),
    ({}, ("add", None, {CORE + ":title": "x"}), {"title": "x"}),
    ({}, ("add", None, {'emails[type eq "work"].value': "a@x.test"}), {"emails": [WORK]}),
    # C21, C22
    ({}, ("add", "title", "x"), {"title": "x"}),
    ({}, ("replace", "title", "x"), {"title": "x"}),
    ({}, ("remove", "title"), {}),
    ({"title": "y"}, ("add", "title", "x"), {"title": "x"}),
    ({"title": "y"}, ("replace", "Title", "x"), {"title": "x"}),
    ({"title": "y"}, ("remove", "title"), {}),
    ({"title": "y"}, ("remove", "title", "other"), {}),
    ({"title": "y"}, ("replace", "title", None), {}),
    ({"title": "y"}, ("add", "title", ""), {}),
    # C23
    ({}, ("add", "name", NAME), {"name": NAME}),
    ({"name": NAME}, ("add", "name", {"givenName": "C"}), {"name": {**NAME, "givenName": "C"}}),
    ({"name": NAME}, ("replace", "name", {"GIVENNAME": "C"}), {"name": {**NAME, "givenName": "C"}}),
    ({"name": NAME}, ("replace", "name", {"givenName": ""}), {"name": {"familyName": "B"}}),
    ({"name": NAME}, ("replace", "name", {}), {}),
    ({"name": NAME}, ("remove", "name"), {}),
    # C24
    ({}, ("add", "name.givenName", "A"), {"name": {"givenName": "A"}}),
    ({"name": NAME}, ("replace", "name.givenName", "C"), {"name": {**NAME, "givenName": "C"}}),
    ({"name": NAME}, ("remove", "name.givenName"), {"name": {"familyName": "B"}}),
    ({"name": {"givenName": "A"}}, ("remove", "name.givenName"), {}),
    ({"name": {"givenName": "A"}}, ("replace", "name.givenName", None), {}),
    ({}, ("remove", "name.givenName"), {}),
    # C26
    ({}, ("add", "emails", [WORK, HOME]), TWO),
    ({"emails": [WORK]}, ("add", "emails", HOME), TWO),
    (
        {"emails": [WORK]},
        ("add", "emails", [{**WORK, "display": "W"}]),
        {"emails": [{**WORK, "display": "W"}]},
    ),
    (
        {"emails": [WORK]},
        ("add", "emails", [{"value": "A@X.test"}]),
        {"emails": [{**WORK, "value": "A@X.test"}]},
    ),
    (
        {"emails": [WORK]},
        ("add", "emails", [{**WORK, "type": "home"}]),
        {"emails": [WORK, {**WORK, "type": "home"}]},
    ),
    ({"emails": [WORK]}, ("replace", "emails", [HOME]), {"emails": [HOME]}),
    ({"emails": [WORK]}, ("replace", "emails", [HOME, HOME]), {"emails": [HOME]}),
    ({"emails": [WORK]}, ("replace", "emails", []), {}),
    ({"emails": [WORK]}, ("replace", "emails", None), {}),
    ({"emails": [WORK]}, ("remove", "emails"), {}),
    ({}, ("remove", "emails"), {}),
    # C27
    (
        TWO,
        ("add", 'emails[type eq "work"]', {"display": "W"}),
        {"emails": [{**WORK, "display": "W"}, HOME]},
    ),
    (
        TWO,
        ("add", 'emails[type eq "work"]', [{"display": "W"}]),
        {"emails": [{**WORK, "display": "W"}, HOME]},
    ),
    (
        TWO,
        ("replace", 'emails[type eq "WORK"]', {"value": "c@x.test"}),
        {"emails": [{"type": "work", "value": "c@x.test"}, HOME]},
    ),
    (
        {"emails": [{**WORK, "display": "W"}]},
        ("replace", "emails[value pr]", {"value": "c@x.test"}),
        {"emails": [{"value": "c@x.test"}]},
    ),
    (TWO, ("replace", 'emails[type eq "work"]', None), {"emails": [HOME]}),
    (TWO, ("remove", 'emails[type eq "work"]'), {"emails": [HOME]}),
    (TWO, ("remove", 'emails[type eq "work" or type eq "home"]'), {}),
    # C28
    ({}, ("add", 'emails[type eq "work"]', {"value": "a@x.test"}), {"emails": [WORK]}),
    ({}, ("add", 'emails[type eq "work"]', None), {}),
    ({}, ("remove", 'emails[type eq "work"]'), {}),
    # C29
    (
        TWO,
        ("add", 'emails[type eq "work"].display', "W"),
        {"emails": [{**WORK, "display": "W"}, HOME]},
    ),
    (
        TWO,
        ("replace", "emails[type pr].display", "W"),
        {"emails": [{**WORK, "display": "W"}, {**HOME, "display": "W"}]},
    ),
    (
        {"emails": [{**WORK, "display": "W"}]},
        ("remove", 'emails[type eq "work"].display'),
        {"emails": [WORK]},
    ),
    ({"emails": [WORK]}, ("remove", 'emails[type eq "work"].display'), {"emails": [WORK]}),
    (TWO, ("remove", 'emails[type eq "work"].value'), {"emails": [HOME]}),
    (TWO, ("replace", 'emails[type eq "work"].value', ""), {"emails": [HOME]}),
    ({"emails": [{"type": "work"}]}, ("remove", 'emails[type eq "work"].type'), {}),
    # C30
    ({}, ("add", 'emails[type eq "work"].value', "a@x.test"), {"emails": [WORK]}),
    (
        {},
        ("add", 'emails[type eq "work" and display eq null].value', "a@x.test"),
        {"emails": [WORK]},
    ),
    ({}, ("add", 'emails[type eq "work"].value', ""), {}),
    ({}, ("replace", 'emails[type eq "work"].value', ""), {}),
    ({}, ("remove", 'emails[type eq "work"].value'), {}),
    # C31
    (
        TWO,
        ("add", "emails.display", "D"),
        {"emails": [{**WORK, "display": "D"}, {**HOME, "display": "D"}]},
    ),
    ({}, ("replace", "emails.value", "a@x.test"), {"emails": [{"value": "a@x.test"}]}),
    ({"emails": [WORK, {**HOME, "display": "D"}]}, ("remove", "emails.display"), TWO),
    (TWO, ("remove", "emails.value"), {}),
    # C32, C33
    ({}, ("add", ENTERPRISE, {"department": "d"}), OPS),
    (
        OPS,
        ("replace", ENTERPRISE.upper(), {"division": "e"}),
        {ENTERPRISE: {"department": "d", "division": "e"}},
    ),
    (OPS, ("remove", ENTERPRISE), {}),
    (OPS, ("replace", ENTERPRISE, {}), {}),
    ({}, ("remove", ENTERPRISE), {}),
    ({}, ("add", ENTERPRISE + ":department", "d"), OPS),
    (OPS, ("remove", ENTERPRISE + ":department"), {}),
    (OPS, ("remove", ENTERPRISE + ":manager"), OPS),
    ({}, ("add", "department", "d"), OPS),
    ({}, ("add", None, {"department": "d"}), OPS),
    # C37
    ({}, ("add", "password", "secret"), {}),
    ({}, ("replace", "password", None), {}),
    ({}, ("remove", "password"), {}),
    # C38
    (TWO, ("remove", "emails", WORK), {"emails": [HOME]}),
    (
        TWO,
        ("remove", "emails", [{"value": "A@X.TEST", "display": "?", "$ref": None}]),
        {"emails": [HOME]},
    ),
    (TWO, ("remove", "emails", "a@x.test"), {"emails": [HOME]}),
    (TWO, ("remove", "emails", [{"value": "a@x.test", "type": "home"}]), TWO),
    (TWO, ("remove", "emails", [{"type": "work"}]), {"emails": [HOME]}),
    (TWO, ("remove", "emails", []), TWO),
    (TWO, ("remove", "emails", None), {}),
    # C4: a bare comparison is a value path
    (TWO, ("remove", 'emails.type eq "work"'), {"emails": [HOME]}),
    (TWO, ("remove", 'emails eq "a@x.test"'), {"emails": [HOME]}),
    # C59
    (OPS, ("add", "schemas", [ENTERPRISE]), OPS),
    (OPS, ("remove", "schemas", ENTERPRISE.upper()), {}),
    (OPS, ("replace", "schemas", [CORE]), {}),
    (OPS, ("replace", "schemas", [CORE, ENTERPRISE]), OPS),
    # C40
    (
        {},
        (
            "replace",
            None,
            {"meta": {}, "groups": [], "schemas": ["?"], "meta.version": "1", "id": "7"},
        ),
        {},
    ),
]


@pytest.mark.parametrize(("before", "operation", "expected"), CELLS)
def test_an_operation_does_what_its_cell_says(before, operation, expected):
    assert after({**ANN, **before}, operation) == expected


@pytest.mark.parametrize(("before", "operation", "expected"), CELLS)
def test_an_operation_that_changes_nothing_returns_the_very_same_attributes(
    before, operation, expected
):
    same = {**ANN, **before}
    delta = patched(USER, same, operation)
    assert (delta.attributes is same) == (expected == before)


@pytest.mark.parametrize(("before", "operation", "expected"), CELLS)
def test_a_replacement_repeated_changes_nothing_more(before, operation, expected):
    if operation[0] == "replace":
        assert after({**ANN, **before}, operation, operation) == expected


def test_changes_that_cancel_out_leave_the_very_same_attributes():
    before = {"userName": "ann", ENTERPRISE: {"department": "d"}}
    delta = patched(
        USER,
        before,
        ("replace", "department", "e"),
        ("add", "title", "x"),
        ("replace", "department", "d"),
        ("remove", "title"),
    )
    assert delta.attributes is before


def test_operations_build_on_one_another():
    assert after(
        ANN,
        ("add", 'emails[type eq "work"].primary', True),
        ("add", 'emails[type eq "work"].type', "work"),
        ("add", 'emails[type eq "work"].value', "a@x.test"),
    ) == {"emails": [{"type": "work", "primary": True, "value": "a@x.test"}]}


def test_the_external_id_is_kept_beside_the_document():
    changed = patched(USER, ANN, ("replace", "externalId", "e1"), external_id="e0")
    assert changed.external_id == "e1"
    assert changed.attributes is ANN
    assert patched(USER, ANN, ("remove", "externalId"), external_id="e0").external_id is None
    assert (
        patched(USER, ANN, ("add", None, {"externalid": None}), external_id="e0").external_id
        is None
    )
    assert patched(USER, ANN, ("add", "title", "x"), external_id="e0").external_id == "e0"


def test_an_id_in_a_value_must_be_that_of_the_resource():
    operation = ("replace", None, {"ID": "7", "title": "x"})
    assert patched(USER, ANN, operation, resource_id="7").attributes == {**ANN, "title": "x"}
    assert patched(USER, ANN, ("add", None, {"id": None}), resource_id="7").attributes is ANN
    with pytest.raises(MutabilityError, match=r"Operations\[0\]: id: not the id"):
        patched(USER, ANN, operation, resource_id="8")


def test_unknown_plain_keys_are_passed_over_and_named():
    delta = patched(
        USER, ANN, ("add", None, {"nope": 1, ENTERPRISE: {"nah": 1}, "name": {"no": 1}})
    )
    assert delta.attributes is ANN
    assert delta.ignored == ("nope", f"{ENTERPRISE}:nah"[:80], "name.no")


def test_tolerances_are_counted():
    delta = patched(USER, ANN, ("Add", None, {"active": "True", "department": "d", "emails": WORK}))
    assert set(delta.quirks) == {
        "lone-value",
        "op-case",
        "pathless-patch",
        "string-boolean",
        "unqualified-attribute",
    }


PRIMARY = {"value": "p@x.test", "primary": True}


@pytest.mark.parametrize(
    ("operation", "primaries"),
    [
        (("add", "emails", [{"value": "n@x.test", "primary": True}]), [False, None, True]),
        (("add", "emails", [{"value": "n@x.test"}]), [True, None, None]),
        (("add", 'emails[type eq "home"]', {"primary": True}), [False, True]),
        (("replace", 'emails[type eq "home"].primary', True), [False, True]),
        (("add", 'emails[type eq "other"].primary', True), [False, None, True]),
        (("replace", 'emails[type eq "home"].primary', False), [True, False]),
        (("add", "emails", [{**HOME, "primary": True}]), [False, True]),
    ],
)
def test_a_new_primary_replaces_the_old_one(operation, primaries):
    result = after({"userName": "ann", "emails": [PRIMARY, HOME]}, operation)
    assert [entry.get("primary") for entry in result["emails"]] == primaries


def test_a_later_operation_may_repair_an_earlier_one():
    delta = patched(USER, ANN, ("replace", "userName", ""), ("add", "userName", "bob"))
    assert delta.attributes == {"userName": "bob"}


@pytest.mark.parametrize("op", ["add", "replace"])
def test_an_unmatched_filter_creates_where_the_profile_says_so(op):
    delta = patched(USER, ANN, (op, 'emails[type eq "work"].value', "a@x.test"), profile=ENTRA)
    assert delta.attributes["emails"] == [WORK]
    assert "unmatched-create" in delta.quirks


MANAGED = {"userName": "ann", ENTERPRISE: {"manager": {"value": "m1"}}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"value": "m2"}, "m2"),
        ({"value": "m2", "$ref": "../Users/m2", "displayName": "M"}, "m2"),
        ({"$ref": "../Users/m2"}, "m1"),
        ("m2", "m2"),
        ([{"value": "m2", "$ref": "x"}], "m2"),
        ("", None),
        (None, None),
        ({"value": ""}, None),
        ([{"value": ""}], None),
        ([], None),
    ],
)
def test_a_manager_comes_in_many_forms(value, expected):
    result = after(MANAGED, ("replace", f"{ENTERPRISE}:manager", value))
    assert result == ({ENTERPRISE: {"manager": {"value": expected}}} if expected else {})


def test_what_is_computed_of_a_reference_is_passed_over():
    path = f"{ENTERPRISE}:manager.$ref"
    assert after(MANAGED, ("replace", path, "x")) == {ENTERPRISE: MANAGED[ENTERPRISE]}
    assert after(MANAGED, ("remove", path)) == {ENTERPRISE: MANAGED[ENTERPRISE]}
    with pytest.raises(InvalidValueError):
        patched(USER, MANAGED, ("replace", f"{ENTERPRISE}:manager", "m2"), profile=OKTA)


def test_strict_replaces_complex_values_whole():
    before = {"userName": "ann", "name": NAME}
    operation = ("replace", "name", {"givenName": "C"})
    assert after(before, operation, profile=STRICT) == {"name": {"givenName": "C"}}
    operation = ("add", "name", {"givenName": "C"})
    assert after(before, operation, profile=STRICT) == {"name": {**NAME, "givenName": "C"}}
