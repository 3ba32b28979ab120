"""Numbers, dates and the rest of what only custom schemas hold; keys of comparison."""

import json

import pytest

from scimserver.scim.errors import InvalidValueError
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import load
from scimserver.scim.resource import Draft, complete
from scimserver.scim.schema import fold, plain_width
from scimserver.scim.validate import canonical

PROFILE = Profile()
BOX = {
    "id": "urn:example:Box",
    "name": "Box",
    "attributes": [
        {"name": "count", "type": "integer"},
        {"name": "weight", "type": "decimal"},
        {"name": "made", "type": "dateTime"},
        {"name": "sizes", "type": "integer", "multiValued": True},
        {
            "name": "lid",
            "type": "complex",
            "subAttributes": [{"name": "kind", "required": True}, {"name": "colour"}],
        },
    ],
    "x-scimserver": {"endpoint": "/Boxes"},
}
STAMP = {
    "id": "urn:example:Stamp",
    "name": "Stamp",
    "attributes": [{"name": "place"}, {"name": "number", "mutability": "readOnly"}],
    "x-scimserver": {"extends": "Box"},
}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    for name, document in {"box": BOX, "stamp": STAMP}.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return load(folder).types["Box"]


def read(kind, **body):
    return canonical(kind, {"schemas": [kind.schema.urn], **body}, PROFILE).attributes


@pytest.mark.parametrize(
    "body",
    [
        {"count": 0},
        {"count": -(2**63)},
        {"count": 2**63 - 1},
        {"weight": 0.1},
        {"weight": 3},
        {"made": "2026-01-31T23:59:59.1234567+02:00"},
        {"sizes": [1, 2]},
        {"lid": {"kind": "flat"}},
    ],
)
def test_a_value_of_the_right_type_is_kept(box, body):
    assert read(box, **body) == body
    assert complete(Draft(box, body), PROFILE).attributes == body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"count": None, "weight": [], "made": {}}, {}),
        ({"count": [5]}, {"count": 5}),
        ({"weight": [{"value": 0.5}]}, {"weight": 0.5}),
        ({"made": ""}, {}),
        ({"sizes": 5}, {"sizes": [5]}),
        ({"place": "here", "number": 5}, {"urn:example:Stamp": {"place": "here"}}),
    ],
)
def test_what_is_odd_but_clear_is_understood(box, body, expected):
    assert read(box, **body) == expected


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"count": 1.0}, "count"),
        ({"count": True}, "count"),
        ({"count": "1"}, "count"),
        ({"count": ["1"]}, "count"),
        ({"count": 2**63}, "count"),
        ({"weight": "1"}, "weight"),
        ({"weight": True}, "weight"),
        ({"weight": ["1"]}, "weight"),
        ({"weight": 2**63}, "weight"),
        ({"weight": float("inf")}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"made": "2026-01-31"}, "made"),
        ({"made": 5}, "made"),
        ({"sizes": [1, "2"]}, "sizes[1]"),
    ],
)
def test_a_value_of_another_type_is_refused(box, body, path):
    with pytest.raises(InvalidValueError) as caught:
        read(box, **body)
    assert caught.value.detail.startswith(f"{path}: must be ")


def test_a_required_part_is_asked_for_where_its_parent_stands(box):
    with pytest.raises(InvalidValueError, match=r"^lid.kind: is required"):
        complete(Draft(box, {"lid": {"colour": "red"}}), PROFILE)


@pytest.mark.parametrize(
    ("one", "other", "exact", "equal"),
    [
        ("Ann", "aNN", False, True),
        ("Ann", "aNN", True, False),
        ("\u00e9", "e\u0301", True, True),
        ("\u00c9", "e\u0301", False, True),
        ("e", "\u00e9", False, False),
    ],
)
def test_texts_are_equal_by_their_key(one, other, exact, equal):
    assert (fold(one, case_exact=exact) == fold(other, case_exact=exact)) is equal


def test_only_a_user_name_maps_wide_letters_to_plain_ones():
    assert plain_width("ann") == "ann"
    assert plain_width("\uff21\uff4e\uff4e \uff71 \u00e9 \u2460") == "Ann \u30a2 \u00e9 \u2460"
