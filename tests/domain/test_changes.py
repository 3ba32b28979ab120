"""Differences between two states are attributes, with secrets masked."""

from scimserver.domain.changes import LISTED_MEMBERS, MASK, differences, edge_change
from scimserver.domain.commands import Change
from scimserver.scim.schema import (
    Attribute,
    Extension,
    Mutability,
    ResourceType,
    Schema,
    Type,
)

BADGE = "urn:example:badge"


def an_attribute(name, **more):
    return Attribute(name=name, urn="urn:example", location=(name,), path=name, **more)


def a_type():
    pin = an_attribute("pin", mutability=Mutability.WRITE_ONLY)
    keys = an_attribute(
        "keys",
        type=Type.COMPLEX,
        multi_valued=True,
        sub_attributes={"value": an_attribute("value"), "pin": pin},
    )
    lock = an_attribute("lock", type=Type.COMPLEX, sub_attributes={"pin": pin})
    core = {a.name.lower(): a for a in (an_attribute("title"), pin, keys, lock)}
    number = Attribute(name="number", urn=BADGE, location=(BADGE, "number"), path=f"{BADGE}:number")
    extension = Extension(Schema(BADGE, "Badge", "", {"number": number}, {}), required=False)
    schema = Schema("urn:example", "Thing", "", core, {})
    return ResourceType("Thing", "/Things", "", schema, core, {BADGE: extension})


def test_equal_states_differ_in_nothing():
    assert differences(a_type(), {"title": "a"}, {"title": "a"}) == ()


def test_a_changed_attribute_is_told_with_both_values():
    assert differences(a_type(), {"title": "a"}, {"title": "b"}) == (Change("title", "a", "b"),)


def test_an_extension_differs_attribute_by_attribute():
    after = {BADGE: {"number": "7"}}
    assert differences(a_type(), {}, after) == (Change(f"{BADGE}:number", None, "7"),)


def test_an_extension_that_is_there_differs_by_what_changed_in_it():
    before, after = {"title": "a", BADGE: {"number": "7"}}, {"title": "a"}
    assert differences(a_type(), before, after) == (Change(f"{BADGE}:number", "7", None),)


def test_what_no_schema_knows_is_not_told():
    assert differences(a_type(), {}, {"urn:gone": {"a": 1}, "title": "a"}) == (
        Change("title", None, "a"),
    )


def test_a_secret_is_masked_but_its_change_is_told():
    assert differences(a_type(), {}, {"pin": "1234"}) == (Change("pin", None, MASK),)
    assert differences(a_type(), {"pin": "1"}, {"pin": "2"}) == (Change("pin", MASK, MASK),)
    assert differences(a_type(), {"pin": "1"}, {}) == (Change("pin", MASK, None),)


def test_secrets_within_complex_values_are_masked():
    after = {"keys": [{"value": "a", "pin": "1234"}], "lock": {"pin": "9"}}
    assert differences(a_type(), {}, after) == (
        Change("keys", None, [{"value": "a", "pin": MASK}]),
        Change("lock", None, {"pin": MASK}),
    )


def test_a_member_change_lists_the_first_hundred_and_counts_them_all():
    many = tuple(str(n) for n in range(LISTED_MEMBERS + 5))
    change = edge_change("members", many, ("x",))
    assert change.after == {"added": list(many[:LISTED_MEMBERS]), "count": len(many)}
    assert change.before == {"removed": ["x"], "count": 1}
