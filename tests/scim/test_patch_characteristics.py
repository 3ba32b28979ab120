"""Immutable, required and simple multi-valued attributes, on a type that has every oddity."""

import pytest

from scimserver.scim.errors import InvalidPathError, InvalidValueError, MutabilityError
from tests.scim.patching import DEVICE_TYPE, patched

DEVICE = {"name": "d", "racks": [{"value": "r"}]}
ODD = [
    # C25
    ({}, ("add", "tags", ["a", "B", "b"]), {"tags": ["a", "B"]}),
    ({"tags": ["a"]}, ("add", "tags", "A"), {"tags": ["a"]}),
    ({"tags": ["a"]}, ("add", "tags", "b"), {"tags": ["a", "b"]}),
    ({"numbers": [1]}, ("add", "numbers", [1, 2]), {"numbers": [1, 2]}),
    ({"tags": ["a"]}, ("replace", "tags", ["b"]), {"tags": ["b"]}),
    ({"tags": ["a"]}, ("remove", "tags"), {}),
    ({"tags": ["a", "b"]}, ("remove", "tags", "A"), {"tags": ["b"]}),
    ({"numbers": [1, 2]}, ("remove", "numbers", [1]), {"numbers": [2]}),
    # B33
    ({"users": [{"value": "u"}]}, ("add", "users.$ref", "../Users/u"), {"users": [{"value": "u"}]}),
    ({}, ("add", "users", {"value": "u", "$ref": "../Users/u"}), {"users": [{"value": "u"}]}),
    # C51
    ({}, ("add", "serialNumber", "s"), {"serialNumber": "s"}),
    ({"serialNumber": "s"}, ("replace", "serialNumber", "s"), {"serialNumber": "s"}),
    ({}, ("remove", "serialNumber"), {}),
    ({}, ("remove", "sealed"), {}),
    (
        {"case": {"mould": "m", "shape": "s"}},
        ("add", "case", {"mould": "m"}),
        {"case": {"mould": "m", "shape": "s"}},
    ),
    ({"case": {"shape": "s"}}, ("add", "case.mould", "m"), {"case": {"shape": "s", "mould": "m"}}),
    ({"case": {"shape": "s"}}, ("add", "case", {"weight": 5}), {"case": {"shape": "s"}}),
    (
        {"ports": [{"value": "p", "serial": "1", "label": "l"}]},
        ("replace", 'ports[value eq "p"]', {"label": "m"}),
        {"ports": [{"serial": "1", "value": "p", "label": "m"}]},
    ),
]


@pytest.mark.parametrize(("before", "operation", "expected"), ODD)
def test_odd_attributes_follow_their_characteristics(before, operation, expected):
    delta = patched(DEVICE_TYPE, {**DEVICE, **before}, operation)
    assert delta.attributes == {**DEVICE, **expected}


PORT = {"value": "p", "serial": "1", "label": "l"}
HELD = {
    **DEVICE,
    "serialNumber": "s",
    "sealed": ["x"],
    "ports": [PORT],
    "case": {"mould": "m", "shape": "s"},
}


@pytest.mark.parametrize(
    ("operation", "detail"),
    [
        (("replace", "serialNumber", "t"), "serialNumber: immutable"),
        (("replace", "serialNumber", None), "serialNumber: immutable"),
        (("remove", "serialNumber"), "serialNumber: immutable"),
        (("remove", "sealed"), "sealed: immutable"),
        (("add", "sealed", ["y"]), "sealed: immutable"),
        (("remove", "racks"), "racks: required"),
        (("replace", "case.mould", "n"), "case.mould: immutable"),
        (("add", "case", {"mould": "n"}), "case.mould: immutable"),
        (("remove", "case.mould"), "case.mould: immutable"),
        (("remove", "case.shape"), "case.shape: required"),
        (("add", 'ports[value eq "p"].serial', "2"), "immutable"),
        (("add", "ports", [{"value": "p", "serial": "2", "label": "l"}]), "serial: immutable"),
        (("remove", 'ports[value eq "p"].label'), "label: required"),
        (("add", 'ports[value eq "p"].speed', 1), "read-only"),
    ],
)
def test_immutable_and_required_attributes_hold(operation, detail):
    with pytest.raises(MutabilityError, match=detail):
        patched(DEVICE_TYPE, HELD, operation)


def test_a_filter_on_a_simple_list_is_no_path():
    with pytest.raises(InvalidPathError, match="multi-valued complex"):
        patched(DEVICE_TYPE, DEVICE, ("remove", 'tags eq "x"'))


@pytest.mark.parametrize("value", [[None], [{}], [[]]])
def test_a_removed_simple_value_must_be_one(value):
    with pytest.raises(InvalidValueError):
        patched(DEVICE_TYPE, {**DEVICE, "tags": ["a"]}, ("remove", "tags", value))
