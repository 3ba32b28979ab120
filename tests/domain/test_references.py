"""References in documents are found and forgotten."""

import pytest

from scimserver.domain.references import forget, redirect, targets
from scimserver.scim.schema import Attribute, Extension, ResourceType, Schema, Type

WORK = "urn:example:work"


def a_type():
    owner = Attribute("owner", "urn:example", ("owner",), "owner", Type.COMPLEX, targets=("User",))
    peers = Attribute(
        "peers",
        "urn:example",
        ("peers",),
        "peers",
        Type.COMPLEX,
        multi_valued=True,
        targets=("User",),
    )
    boss = Attribute("boss", WORK, (WORK, "boss"), f"{WORK}:boss", Type.COMPLEX, targets=("User",))
    extension = Extension(Schema(WORK, "Work", "", {"boss": boss}, {}), required=False)
    core = {"owner": owner, "peers": peers}
    schema = Schema("urn:example", "Thing", "", core, {})
    return ResourceType(
        "Thing", "/Things", "", schema, core, {WORK: extension}, references=(owner, peers, boss)
    )


def test_every_reference_is_found():
    attributes = {
        "owner": {"value": "a"},
        "peers": [{"value": "b"}, {"display": "no id"}, {"value": "c"}],
        WORK: {"boss": {"value": "d"}},
    }
    found = [(attribute.name, id) for attribute, id in targets(a_type(), attributes)]
    assert found == [("owner", "a"), ("peers", "b"), ("peers", "c"), ("boss", "d")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"owner": {"value": "x"}, "title": "t"}, {"title": "t"}),
        ({"owner": {"value": "other"}}, {"owner": {"value": "other"}}),
        ({"peers": [{"value": "x"}, {"value": "y"}]}, {"peers": [{"value": "y"}]}),
        ({"peers": [{"value": "x"}]}, {}),
        ({WORK: {"boss": {"value": "x"}, "desk": "1"}}, {WORK: {"desk": "1"}}),
        ({WORK: {"boss": {"value": "x"}}}, {}),
        ({}, {}),
    ],
)
def test_a_reference_to_one_who_has_gone_is_forgotten(before, after):
    assert forget(a_type(), before, "x") == after


def test_references_are_pointed_elsewhere_and_nothing_else_changes():
    kind = a_type()
    attributes = {
        "owner": {"value": "a", "note": "kept"},
        "peers": [{"value": "b"}, {"value": "c"}],
        "title": "x",
        WORK: {"boss": {"value": "d"}, "room": 7},
    }
    before = {**attributes, WORK: dict(attributes[WORK])}
    assert redirect(kind, attributes, {"a": "1", "c": "3", "d": "4"}) == {
        "owner": {"value": "1", "note": "kept"},
        "peers": [{"value": "b"}, {"value": "3"}],
        "title": "x",
        WORK: {"boss": {"value": "4"}, "room": 7},
    }
    assert attributes == before
    assert redirect(kind, {"title": "x"}, {"a": "1"}) == {"title": "x"}


def test_who_refers_to_nobody_has_no_targets():
    assert list(targets(a_type(), {"title": "a"})) == []
