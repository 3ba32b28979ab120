"""What cannot apply is refused: where, what, and with which index (C.3, J4.3)."""

import copy

import pytest

from scimserver.scim.errors import (
    InvalidFilterError,
    InvalidPathError,
    InvalidSyntaxError,
    InvalidValueError,
    MutabilityError,
    NoTargetError,
)
from tests.scim.patching import (
    CORE,
    ENTERPRISE,
    STRICT,
    USER,
    patched,
)

WORK = {"type": "work", "value": "a@x.test"}
HOME = {"type": "home", "value": "b@x.test"}
PRIMARY = {"value": "p@x.test", "primary": True}
BOTH = {"userName": "ann", "emails": [WORK, HOME]}
REFUSALS = [
    (("remove", None), NoTargetError, "path: missing"),
    (("add", "title"), InvalidValueError, "title: add and replace need a value"),
    (("add", None), InvalidValueError, "value: add and replace need a value"),
    (("add", None, "x"), InvalidValueError, "value: expected an object"),
    (("add", None, {"title": "a", "TITLE": "b"}), InvalidSyntaxError, "'TITLE' is given twice"),
    (("add", None, {"no.pe": 1}), InvalidPathError, "no.pe"),
    (("add", None, {"name.nope": 1}), InvalidPathError, "name.nope"),
    (("add", None, {'emails[nope eq "x"].value': 1}), InvalidFilterError, "nope"),
    (("add", None, {"urn:x:y": {}}), InvalidPathError, "urn:x:y"),
    (("add", None, {ENTERPRISE: 5}), InvalidValueError, "expected an object"),
    (("add", "name", {"givenName": "a", "givenname": "b"}), InvalidSyntaxError, "given twice"),
    # C50
    (("add", "id", "1"), MutabilityError, "id: read-only"),
    (("replace", "meta.version", "1"), MutabilityError, "meta.version: read-only"),
    (("remove", "groups"), MutabilityError, "groups: read-only"),
    (("add", "manager.displayName", "x"), MutabilityError, "read-only"),
    # C52
    (("remove", "userName"), MutabilityError, "userName: required"),
    (("replace", "userName", ""), InvalidValueError, "userName: required"),
    (("replace", None, {"userName": None}), InvalidValueError, "userName: required"),
    (("remove", CORE), MutabilityError, "cannot be removed"),
    # C53
    (("add", "nope", "x"), InvalidPathError, "nope: User has no such attribute"),
    (("add", "name.nope", "x"), InvalidPathError, "no sub-attribute 'nope'"),
    (("add", "title.value", "x"), InvalidPathError, "no sub-attribute 'value'"),
    (("add", "urn:x:y:title", "x"), InvalidPathError, "no such attribute"),
    (("add", ENTERPRISE + ":nope", "x"), InvalidPathError, "no such attribute"),
    # C54
    (("add", "emails[0]", WORK), InvalidPathError, "emails"),
    (("add", "emails[0].value", "x"), InvalidPathError, "emails"),
    (("add", "emails[", "x"), InvalidPathError, "emails"),
    (("add", "a.b.c", "x"), InvalidPathError, "a.b.c"),
    (("add", " ", "x"), InvalidPathError, "path"),
    (("add", "emails pr", "x"), InvalidPathError, "not a path"),
    (("add", 'name[givenName eq "x"]', {}), InvalidPathError, "multi-valued"),
    (("add", 'userName eq "x"', "y"), InvalidPathError, "multi-valued"),
    (("add", 'schemas[value eq "x"]', "y"), InvalidPathError, "multi-valued"),
    (("add", "x" * 8193, "y"), InvalidPathError, "longer than 8192"),
    # C55
    (("add", "emails[type eq work].value", "x"), InvalidFilterError, "column"),
    (("add", 'emails[nope eq "work"].value', "x"), InvalidFilterError, "nope"),
    (("add", 'emails[primary eq "maybe"].value', "x"), InvalidFilterError, "primary"),
    # C56
    (("add", "name", "x"), InvalidValueError, "name: must be a JSON object"),
    (("add", "title", {"a": 1}), InvalidValueError, "title: must be a string"),
    (("add", "active", "maybe"), InvalidValueError, "active: must be true or false"),
    (("add", 'emails[type eq "work"]', "x"), InvalidValueError, "expected an object"),
    (
        ("add", 'emails[type eq "work"].value', 5),
        InvalidValueError,
        r'emails\[type eq "work"\].value',
    ),
    (("add", "password", 5), InvalidValueError, "password"),
    # C57
    (("add", "emails", [PRIMARY, {**HOME, "primary": True}]), InvalidValueError, "primary"),
    (("add", "emails.primary", True), InvalidValueError, "primary"),
    # C28, C30, C39
    (("replace", 'emails[type eq "other"].value', "x"), NoTargetError, "nothing matches"),
    (("replace", 'emails[type eq "other"]', {"value": "x"}), NoTargetError, "nothing matches"),
    (("add", 'emails[type co "other"].value', "x"), NoTargetError, "describes no value"),
    (("add", 'emails[type eq "a" or type eq "b"].value', "x"), NoTargetError, "describes no value"),
    (
        ("add", 'emails[not (type eq "work")  and type ne "home"].value', "x"),
        NoTargetError,
        "describes",
    ),
    (
        ("add", 'emails[type eq "a" and type eq "b"].value', "x"),
        NoTargetError,
        "describes no value",
    ),
    (("add", 'emails[type eq "\\u0001"].value', "x"), NoTargetError, "describes no value"),
    # C38
    (("remove", "emails", [{}]), InvalidValueError, "name the element by its value"),
    (("remove", "emails", [{"value": None}]), InvalidValueError, "name the element"),
    (("remove", "emails", [{"value": ""}]), InvalidValueError, "name the element"),
    (("remove", "emails", [None]), InvalidValueError, "name the element"),
    (("remove", "emails", [{"value": {"a": 1}}]), InvalidValueError, r"emails\[0\].value"),
    (("remove", "emails", ["x"] * 101), InvalidValueError, "more than 100"),
    (("remove", "emails.value", "a@x.test"), InvalidSyntaxError, "takes no value here"),
    # C59
    (("add", "schemas", ["urn:x"]), InvalidValueError, "unknown schema"),
    (("add", "schemas", [5]), InvalidValueError, "unknown schema"),
    (("remove", "schemas"), MutabilityError, "cannot be removed"),
    (("remove", "schemas", [CORE]), MutabilityError, "cannot be removed"),
    (("replace", "schemas", [ENTERPRISE]), MutabilityError, "cannot be removed"),
    (("replace", "schemas", None), MutabilityError, "cannot be removed"),
    (("add", 'schemas eq "urn:x"', "x"), InvalidPathError, "multi-valued"),
    # B63
    (("add", "emails", [{"value": f"{n}@x.test"} for n in range(99)]), InvalidValueError, "100"),
]


@pytest.mark.parametrize(("operation", "error", "detail"), REFUSALS)
def test_what_cannot_apply_is_refused_with_its_index_and_leaves_no_trace(operation, error, detail):
    before = copy.deepcopy(BOTH)
    with pytest.raises(error, match=detail) as refusal:
        patched(USER, before, ("replace", "title", "x"), operation)
    assert refusal.value.detail.startswith("Operations[1]: ")
    assert len(refusal.value.detail) <= 500
    assert before == BOTH


@pytest.mark.parametrize("odd", ["\n", "\x07", "\u200b", "\u2028"])
def test_a_refusal_is_one_line_however_odd_the_path(odd):
    with pytest.raises(InvalidPathError) as refusal:
        patched(USER, BOTH, ("add", f"no{odd}pe", "x"))
    assert refusal.value.detail.startswith("Operations[0]: no?pe: ")


STRICTLY = [
    (("add", None, {"title": "x"}), InvalidSyntaxError, "path: missing"),
    (("remove", None), InvalidSyntaxError, "path: missing"),
    (("add", "emails", WORK), InvalidValueError, "expected an array"),
    (("remove", "emails", WORK), InvalidSyntaxError, "takes no value"),
    (("add", 'emails[type eq "work"]', {"display": "x"}), InvalidPathError, "name a sub-attribute"),
    (("remove", 'emails[type eq "work"]'), InvalidPathError, "name a sub-attribute"),
    (("add", "emails[value pr].display", "x"), InvalidFilterError, "selects 2 elements"),
    (("add", 'emails[type eq "other"].value', "x"), NoTargetError, "nothing matches"),
    (("replace", 'emails[type eq "other"].value', "x"), NoTargetError, "nothing matches"),
    (("add", "department", "x"), InvalidPathError, "no such attribute"),
    (("add", "active", "True"), InvalidValueError, "true or false"),
    (("add", "active", [True]), InvalidValueError, "true or false"),
    (("add", "name", {"nope": "x"}), InvalidSyntaxError, "name.nope"),
    (("add", f"{ENTERPRISE}:manager", "m"), InvalidValueError, "manager"),
]


@pytest.mark.parametrize(("operation", "error", "detail"), STRICTLY)
def test_strict_tolerates_nothing(operation, error, detail):
    with pytest.raises(error, match=detail):
        patched(USER, BOTH, operation, profile=STRICT)
