"""Users with values of every kind, the same in every database, and the oracle's view of them."""

import json
import random
import string

from scimserver.ids import new_id
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Resource, document
from scimserver.storage.folded import folded
from scimserver.storage.writer import Entry
from tests.factories import NOW

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "urn:example:custom:1.0:Thing"
TEXTS = [
    "a", "A", "ab", "AB", "Abc", "b", "bjensen", "x%y", "x_y", "x\\y", "%", "_", "\\", '"q"', "é",
    "É", "e\u0301", "ß", "SS", "İ", "été", "日本", "😀", "work", "home", "Work", "1", "x@y.z",
    "ann@example.com", "Z", "zz", "\ue000", "\ud7ff", "\U0010ffff", "a\U0010ffff", "o'hara", "true",
]  # fmt: skip
NUMBERS = [0, 1, -1, 5, 42, 3.14, 1e3, 1e300, -2.5, 2**53 + 1, 2**62]
DATES = [
    "2011-05-13T04:42:34Z",
    "2011-05-13T06:42:34+02:00",
    "2011-05-13T04:42:34.5Z",
    "1999-12-31T23:59:59.999999-11:30",
]
BINARY = ["aGk=", "aGk", "AAEC", "_-8="]


def a_mapping(rng: random.Random) -> dict:
    """Return random attributes of a user, canonical and sparse."""

    def text():
        return rng.choice(TEXTS)

    def entries():
        found = [
            {
                key: value
                for key, value in {
                    "value": text(),
                    "type": rng.choice(["work", "home", "Work", "other"]),
                    "display": text(),
                    "primary": rng.random() < 0.3,
                }.items()
                if rng.random() < 0.75
            }
            for _ in range(rng.randint(1, 3))
        ]
        return [each for each in found if each]

    makers = {
        **dict.fromkeys(("displayName", "title", "a", "b", "c", "nullable", "exact"), text),
        "active": lambda: rng.random() < 0.5,
        "x": lambda: rng.choice(NUMBERS),
        "size": lambda: rng.choice([n for n in NUMBERS if isinstance(n, int)]),
        "born": lambda: rng.choice(DATES),
        "cert": lambda: rng.choice(BINARY[:3:2]),
        "site": lambda: "https://example.com/" + rng.choice(string.ascii_letters),
        "tags": lambda: [text() for _ in range(rng.randint(1, 3))],
        "scores": lambda: [rng.choice([0, 1, 5, 42]) for _ in range(rng.randint(1, 3))],
        "name": lambda: {"familyName": text()},
        "emails": entries,
        "ims": entries,
        "entries": lambda: [
            {"kind": text(), "weight": rng.choice([0, 5]), "since": rng.choice(DATES)},
            {"kind": text(), "labels": [text(), text()]},
        ],
        ENTERPRISE: lambda: {"employeeNumber": text(), "manager": {"value": text()}},
        CUSTOM: lambda: {"foo-bar_baz": {"x": text()}},
    }
    made = {name: make() for name, make in makers.items() if rng.random() < 0.5}
    return {name: value for name, value in made.items() if value}


def a_population(size: int) -> dict[str, dict]:
    """Return attributes by id, always the same but for the ids."""
    rng = random.Random(7)
    people = {}
    for number in range(size):
        name = f"{rng.choice(TEXTS)}-{number}"
        people[new_id()] = {"userName": name, **a_mapping(rng)}
    return people


def an_entry(kind, id: str, attributes: dict, **given) -> Entry:
    """Return what the writer takes."""
    made = Resource(kind, attributes, given.pop("external_id", None))
    return Entry(
        id=id,
        resource=made,
        document=document(made, id),
        folded=folded(made),
        version=1,
        connection_id=given.pop("connection_id", None),
        profile=given.pop("profile", Profile(unique_emails=False)),
        created_at=given.pop("created_at", NOW),
        updated_at=given.pop("updated_at", NOW),
    )


def without_index(folder, target):
    """Copy schema files without their index, so that everything reads the document."""
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text())
        content["x-scimserver"].pop("index", None)
        (target / path.name).write_text(json.dumps(content))
    return target
