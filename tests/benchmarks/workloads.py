"""What is asked of each server, and how the answers become figures."""

import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from data import BULK, PATCH, TEAM_SIZES, team, teams, user
from load import Load, measure
from servers import Server

SAMPLE = 300


@dataclass
class People:
    """What a loaded server holds, as far as the workloads need to know."""

    size: int
    users: list[tuple[str, int]] = field(default_factory=list)
    teams: dict[int, str] = field(default_factory=dict)

    def ids(self) -> list[str]:
        return [identifier for identifier, _ in self.users]


def fill(server: Server, size: int) -> People:
    """Create users and teams over HTTP: how the peers, which keep all in memory, are loaded."""
    ids = [server.create("/Users", user(number)) for number in range(size)]
    people = People(size, [(identifier, number) for number, identifier in enumerate(ids)])
    for name, members in teams(size):
        made = server.create("/Groups", team(name, [ids[number] for number in members]))
        if name.startswith("Team of "):
            people.teams[len(members)] = made
    return people


def find(server: Server, size: int) -> People:
    """Look up a sample of users, spread evenly at random, and the teams by name."""
    people = People(size)
    for number in random.Random(size).sample(range(size), min(size, SAMPLE)):
        people.users.append(
            (_one(server, "/Users", f'userName eq "user{number}@example.com"'), number)
        )
    for members in TEAM_SIZES:
        if members <= size:
            people.teams[members] = _one(server, "/Groups", f'displayName eq "Team of {members}"')
    return people


def _one(server: Server, path: str, condition: str) -> str:
    status, answer = server.call("GET", f"{path}?attributes=id&filter={quote(condition)}")
    if status != 200 or len(answer["Resources"]) != 1:
        raise SystemExit(f"{server.name}: {condition} answered {status}: {str(answer)[:300]}")
    return str(answer["Resources"][0]["id"])


def _patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def _query(path: str, condition: str) -> str:
    return f"{path}?filter={quote(condition, safe='{}')}"


def _active(*, value: bool) -> dict[str, Any]:
    return _patch({"op": "replace", "path": "active", "value": value})


def _bulk() -> dict[str, Any]:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": user(f"{{n}}x{n}")}
        for n in range(100)
    ]
    return {"schemas": [BULK], "Operations": operations}


def reads(people: People) -> dict[str, Load]:
    """Loads that change nothing."""
    names = [f"user{number}@example.com" for _, number in people.users]
    return {
        "GET user": Load("GET", "/Users/{id}", ids=people.ids()),
        "userName eq": Load("GET", _query("/Users", 'userName eq "{id}"'), ids=names),
        "externalId eq": Load(
            "GET",
            _query("/Users", 'externalId eq "{id}"'),
            ids=[f"ext-{number}" for _, number in people.users],
        ),
        "emails.value eq": Load(
            "GET", _query("/Users", 'emails.value eq "second.{id}"'), ids=names
        ),
        "displayName eq": Load(
            "GET",
            _query("/Groups", 'displayName eq "{id}"') + "&excludedAttributes=members",
            ids=[
                quote(f"Round {turn} team {start}")
                for turn in range(3)
                for start in range(0, 1000, 10)
            ],
        ),
        "list 100": Load("GET", "/Users?count=100", connections=2),
        "list 1000": Load("GET", "/Users?count=1000", connections=1),
    }


def writes(people: People) -> dict[str, Load]:
    """Loads that change users, or add some."""
    lines = [f"{identifier}\tuser{number}" for identifier, number in people.users]
    replaced = {**user("X"), "userName": "{name}@example.com", "externalId": "ext-{name}"}
    replaced["emails"] = [{"type": "work", "value": "{name}@example.com", "primary": True}]
    return {
        "create": Load("POST", "/Users", [user("{n}")], connections=4),
        "PUT": Load("PUT", "/Users/{id}", [{**replaced, "title": "{n}"}], lines, connections=4),
        "PATCH active": Load(
            "PATCH",
            "/Users/{id}",
            [_active(value=False), _active(value=True)],
            people.ids(),
            mode="pairs",
            connections=4,
        ),
        "Bulk 100": Load("POST", "/Bulk", [_bulk()], connections=1),
    }


def team_loads(people: People, size: int) -> dict[str, Load]:
    """Loads on the team of so many members."""
    path = f"/Groups/{people.teams[size]}"
    # The last users of the sample may be members; a removal first would then undo an addition.
    newcomer = {"op": "add", "path": "members", "value": [{"value": "{id}"}]}
    leaver = {"op": "remove", "path": 'members[value eq "{id}"]'}
    outsiders = [identifier for identifier, number in people.users if number >= size]
    members = [identifier for identifier, number in people.users if number < size]
    loads = {
        f"team {size}: rename": Load(
            "PATCH",
            path,
            [_patch({"op": "replace", "path": "displayName", "value": "Team {n}"})],
            connections=1,
        ),
        f"team {size}: GET without members": Load("GET", f"{path}?excludedAttributes=members"),
    }
    if people_to_move := outsiders or members:
        order = [newcomer, leaver] if outsiders else [leaver, newcomer]
        loads[f"team {size}: one member"] = Load(
            "PATCH",
            path,
            [_patch(order[0]), _patch(order[1])],
            people_to_move,
            mode="pairs",
            connections=1,
        )
    if size <= 1_000:
        loads[f"team {size}: GET"] = Load("GET", path, connections=2)
    return loads


def run(
    server: Server, loads: dict[str, Load], seconds: float, *, only: str, note: Callable[..., None]
) -> None:
    """Measure each load whose name holds ``only``."""
    for name, load in loads.items():
        if only.lower() in name.lower():
            rate = measure(server, load, seconds)
            note(name, rate.per_second, p50_ms=rate.p50_ms, p99_ms=rate.p99_ms)


def walk(server: Server, size: int, note: Callable[..., None], seconds: float) -> None:
    """Follow cursors to the end; compare a page near nine tenths of the way with the first."""
    cursor, seen, early, late = "", 0, "", ""
    began = time.perf_counter()
    while True:
        status, page = server.call("GET", f"/Users?count=1000&cursor={quote(cursor)}")
        if status != 200:
            raise SystemExit(f"{server.name}: cursor page answered {status}: {page}")
        seen += len(page["Resources"])
        cursor = page.get("nextCursor", "")
        early = early or cursor
        if seen >= size * 0.9 and not late:
            late = cursor
        if not cursor:
            break
    note("cursor walk, users/s", seen / (time.perf_counter() - began))
    if late:
        # A cursor goes on with the count it was made for.
        for name, place in (("early", early), ("late", late)):
            load = Load("GET", f"/Users?count=1000&cursor={quote(place)}", connections=2)
            rate = measure(server, load, seconds)
            note(f"cursor page, {name}", rate.per_second, p50_ms=rate.p50_ms)


def whole_team(server: Server, people: People, size: int, note: Callable[..., None]) -> None:
    """Read one team with all its members, and see what that does to memory."""
    before = server.peak_memory()
    began = time.perf_counter()
    status, answer = server.call("GET", f"/Groups/{people.teams[size]}")
    taken = time.perf_counter() - began
    if status != 200 or len(answer["members"]) < size - 1:
        raise SystemExit(f"{server.name}: GET team of {size} answered {status}")
    note(f"team {size}: whole GET, s", taken)
    note(f"team {size}: memory gained, MB", (server.peak_memory() - before) / 1e6)


def own_peak() -> float:
    """Return our own peak memory in MB; the harness should stay small beside what it measures."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
