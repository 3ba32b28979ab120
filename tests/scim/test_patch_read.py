"""PatchOp messages: structure, names in any case, and what strict refuses (C1 to C4)."""

import pytest

from scimserver.scim import patch
from scimserver.scim.errors import InvalidPathError, InvalidSyntaxError, PayloadTooLargeError
from tests.scim.patching import ENTRA, GENERIC, OKTA, STRICT

SCHEMAS = [patch.MESSAGE]
OP = {"op": "add", "path": "title", "value": "x"}


def test_operations_keep_their_order_and_index():
    body = {"schemas": SCHEMAS, "Operations": [OP, {"op": "remove", "path": "title"}]}
    first, second = patch.read(body, STRICT)
    assert first == patch.Operation("add", "title", "x", 0)
    assert second == patch.Operation("remove", "title", patch.ABSENT, 1)
    assert repr(second.value) == "ABSENT"


def test_names_and_ops_are_read_in_any_case():
    body = {
        "SCHEMAS": [patch.MESSAGE.upper()],
        "operations": [{"OP": "Add", "PATH": "", "Value": {}}],
    }
    (operation,) = patch.read(body, GENERIC)
    assert operation == patch.Operation("add", None, {}, 0, ("op-case",))


@pytest.mark.parametrize("schemas", [{}, {"schemas": None}, {"schemas": []}])
def test_missing_schemas_are_accepted_or_refused(schemas):
    body = {**schemas, "Operations": [OP]}
    assert patch.read(body, GENERIC)[0].quirks == ("missing-schemas",)
    with pytest.raises(InvalidSyntaxError, match="schemas: missing"):
        patch.read(body, STRICT)


@pytest.mark.parametrize("schemas", [["urn:x"], "urn:x", 5, {}, [5], [None]])
def test_wrong_schemas_are_refused(schemas):
    with pytest.raises(InvalidSyntaxError, match="schemas"):
        patch.read({"schemas": schemas, "Operations": [OP]}, GENERIC)


def test_schemas_may_be_one_text_where_lists_may_be_scalars():
    assert patch.read({"schemas": patch.MESSAGE, "Operations": [OP]}, GENERIC)
    with pytest.raises(InvalidSyntaxError):
        patch.read({"schemas": patch.MESSAGE, "Operations": [OP]}, OKTA)


def test_more_schemas_than_one_are_refused_in_strict():
    body = {"schemas": [*SCHEMAS, "urn:x"], "Operations": [OP]}
    assert patch.read(body, GENERIC)
    with pytest.raises(InvalidSyntaxError, match="alone"):
        patch.read(body, STRICT)


def test_one_operation_may_stand_without_an_array():
    body = {"schemas": SCHEMAS, "Operations": OP}
    assert patch.read(body, GENERIC)[0].quirks == ("lone-operation",)
    with pytest.raises(InvalidSyntaxError, match="array"):
        patch.read(body, OKTA)


@pytest.mark.parametrize("sent", [None, "x", 5, True])
def test_operations_must_be_an_array(sent):
    with pytest.raises(InvalidSyntaxError, match="Operations: expected"):
        patch.read({"schemas": SCHEMAS, "Operations": sent}, GENERIC)


def test_no_operations_are_refused_unless_the_profile_accepts_them():
    with pytest.raises(InvalidSyntaxError, match="empty"):
        patch.read({"schemas": SCHEMAS, "Operations": []}, GENERIC)
    assert patch.read({"schemas": SCHEMAS, "Operations": []}, ENTRA) == ()


def test_more_than_a_thousand_operations_are_too_large():
    assert len(patch.read({"schemas": SCHEMAS, "Operations": [OP] * 1_000}, GENERIC)) == 1_000
    with pytest.raises(PayloadTooLargeError, match="1000"):
        patch.read({"schemas": SCHEMAS, "Operations": [OP] * 1_001}, GENERIC)


@pytest.mark.parametrize("op", [None, "", "move", 5, ["add"], {}])
def test_an_unknown_op_is_refused_with_its_index(op):
    body = {"schemas": SCHEMAS, "Operations": [OP, {**OP, "op": op}]}
    with pytest.raises(InvalidSyntaxError, match=r"Operations\[1\]\.op"):
        patch.read(body, GENERIC)


@pytest.mark.parametrize("sent", [None, "x", 5, []])
def test_an_operation_must_be_an_object(sent):
    with pytest.raises(InvalidSyntaxError, match=r"Operations\[0\]: expected an object"):
        patch.read({"schemas": SCHEMAS, "Operations": [sent]}, GENERIC)


@pytest.mark.parametrize("sent", [None, [], "x"])
def test_a_body_must_be_an_object(sent):
    with pytest.raises(InvalidSyntaxError, match="body"):
        patch.read(sent, GENERIC)


@pytest.mark.parametrize("path", [5, [], {}, True])
def test_a_path_must_be_text(path):
    with pytest.raises(InvalidPathError, match=r"Operations\[0\]\.path"):
        patch.read({"schemas": SCHEMAS, "Operations": [{**OP, "path": path}]}, GENERIC)


def test_a_name_given_twice_is_refused():
    with pytest.raises(InvalidSyntaxError, match="twice"):
        patch.read({"schemas": SCHEMAS, "Operations": [{**OP, "OP": "remove"}]}, GENERIC)


def test_extra_members_are_refused_in_strict_alone():
    body = {"schemas": SCHEMAS, "Operations": [{**OP, "name": "addMember"}]}
    assert patch.read(body, GENERIC)
    with pytest.raises(InvalidSyntaxError, match="unknown member 'name'"):
        patch.read(body, STRICT)
    with pytest.raises(InvalidSyntaxError, match="body: unknown member"):
        patch.read({"schemas": SCHEMAS, "Operations": [OP], "id": "1"}, STRICT)
