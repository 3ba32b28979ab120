"""The people of the benchmark: users in the shape Entra sends, and teams of chosen sizes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

TEAM_SIZES = (10, 1_000, 100_000, 200_000)

# Only so many users sit in three teams each: enough for a page of 1,000, whatever the size.
IN_TEAMS = 1_000


def user(number: int | str) -> dict[str, Any]:
    """Return one user of about 1 kB, with the enterprise extension."""
    name = f"user{number}@example.com"
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": f"ext-{number}",
        "userName": name,
        "active": True,
        "displayName": f"Given{number} Family{number}",
        "title": "Engineer",
        "preferredLanguage": "en-US",
        "emails": [
            {"type": "work", "value": name, "primary": True},
            {"type": "other", "value": f"second.{name}"},
        ],
        "name": {
            "formatted": f"Given{number} Family{number}",
            "familyName": f"Family{number}",
            "givenName": f"Given{number}",
        },
        "addresses": [
            {
                "type": "work",
                "primary": True,
                "formatted": "1 Main Street, Springfield",
                "streetAddress": "1 Main Street",
                "locality": "Springfield",
                "postalCode": "12345",
                "country": "US",
            }
        ],
        "phoneNumbers": [
            {"type": "work", "value": "+1 555 0100"},
            {"type": "mobile", "value": "+1 555 0101"},
        ],
        ENTERPRISE: {
            "employeeNumber": f"{number}",
            "department": "Research",
            "costCenter": "4130",
            "organization": "Universal",
        },
    }


def team(name: str, members: list[str]) -> dict[str, Any]:
    """Return a team of the members with these ids."""
    return {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": member} for member in members],
    }


def teams(users: int) -> Iterator[tuple[str, range]]:
    """Yield teams and their members' numbers: each of the first users is in three teams of ten."""
    people = min(users, IN_TEAMS)
    for turn in range(3):
        for start in range(0, people, 10):
            yield f"Round {turn} team {start}", range(start, start + 10)
    for size in TEAM_SIZES:
        if size <= users:
            yield f"Team of {size}", range(size)


def write_users(path: Path, start: int, end: int) -> None:
    """Write users as JSON Lines."""
    with path.open("w", encoding="utf-8") as lines:
        for number in range(start, end):
            lines.write(json.dumps(user(number)) + "\n")


def write_teams(path: Path, users: int) -> None:
    """Write the teams after their users: an id of a file is known in that file only."""
    with path.open("w", encoding="utf-8") as lines:
        for number in range(min(users, max(TEAM_SIZES))):
            lines.write(json.dumps({"id": f"u{number}", **user(number)}) + "\n")
        for name, members in teams(users):
            lines.write(json.dumps(team(name, [f"u{number}" for number in members])) + "\n")
