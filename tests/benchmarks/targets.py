"""The targets, and the table that says which were reached."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

FULL, NORMAL, POSTGRES = "SQLite full", "SQLite normal", "PostgreSQL"
TWO, BARE, SCIM2, SCIMMY = "PostgreSQL, 2 workers", "bare Flask", "scim2-server", "SCIMMY"
DRIVER = "driver loop"

Figures = dict[tuple[str, int, str], dict[str, float]]


@dataclass(frozen=True)
class Verdict:
    """One target: what was wanted and what came out."""

    target: str
    wanted: float
    got: float
    met: bool


def _value(figures: Figures, server: str, size: int, workload: str) -> float | None:
    figure = figures.get((server, size, workload))
    return figure["value"] if figure else None


# workload, ours, other, at least this ratio; all at the smallest size.
AT_LEAST = (
    ("GET user", FULL, SCIM2, 2.0),
    ("GET user", FULL, SCIMMY, 1.5),
    ("GET user", FULL, BARE, 0.3),
    ("userName eq", FULL, BARE, 0.25),
    ("create", NORMAL, SCIM2, 1.5),
    ("create", NORMAL, SCIMMY, 1.2),
    ("create", FULL, NORMAL, 0.7),
    ("create", FULL, DRIVER, 0.4),
    ("list 1000", FULL, SCIM2, 40.0),
    ("PATCH active", FULL, SCIM2, 1.5),
    ("GET user", TWO, POSTGRES, 1.7),
)

# What may cost at most so much more at the larger size.
FLAT_TEAMS = ("one member", "rename", "GET without members")
FLAT_USERS = ("userName eq", "externalId eq", "emails.value eq", "displayName eq")


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """Judge every target for which there are figures."""
    sizes = sorted({size for _, size, _ in figures})
    if not sizes:
        return
    small, large = sizes[0], sizes[-1]

    def value(server: str, size: int, workload: str) -> float | None:
        return _value(figures, server, size, workload)

    for workload, ours, other, wanted in AT_LEAST:
        # The bare response is the same whatever is asked of it.
        asked = "GET user" if other == BARE else workload
        mine, theirs = value(ours, small, workload), value(other, small, asked)
        if mine and theirs:
            yield _at_least(f"{workload}: {ours} / {other}", wanted, mine / theirs)
    yield from _flat(value, small, large, sizes)
    yield from _limits(value, large)


def _flat(
    value: Callable[..., float | None], small: int, large: int, sizes: list[int]
) -> Iterator[Verdict]:
    teams = [team for team in (10, 1_000, 100_000, 200_000) if team <= large]
    for workload in FLAT_TEAMS:
        few = value(FULL, large, f"team {teams[0]}: {workload}")
        many = value(FULL, large, f"team {teams[-1]}: {workload}")
        if few and many:
            yield _at_most(f"{workload}: cost at {teams[-1]} / at {teams[0]}", 1.5, few / many)
    for workload in FLAT_USERS:
        few, many = value(FULL, small, workload), value(FULL, large, workload)
        if few and many and len(sizes) > 1:
            yield _at_most(f"{workload}: cost at {large} / at {small}", 1.3, few / many)
    early, late = value(FULL, large, "cursor page, early"), value(FULL, large, "cursor page, late")
    if early and late:
        yield _at_most(f"cursor page: cost at nine tenths of {large} / first", 1.3, early / late)


# Below so many users, an import measures how long Python takes to start.
IMPORT_COUNTS_FROM = 50_000


def _limits(value: Callable[..., float | None], large: int) -> Iterator[Verdict]:
    for workload in ("import, users/s", "import of the last tenth, users/s"):
        if large >= IMPORT_COUNTS_FROM and (got := value(FULL, large, workload)):
            yield _at_least(f"{workload} at {large}", 2_500, got)
    if got := value(FULL, large, "import, peak MB"):
        yield _at_most("import, peak MB", 200, got)


def _at_least(target: str, wanted: float, got: float) -> Verdict:
    return Verdict(f"{target} ≥ {wanted:g}", wanted, got, got >= wanted)


def _at_most(target: str, wanted: float, got: float) -> Verdict:
    return Verdict(f"{target} ≤ {wanted:g}", wanted, got, got <= wanted)


def table(figures: Figures) -> str:
    """Return the figures and the verdicts as two Markdown tables."""
    servers = list(dict.fromkeys(server for server, _, _ in figures))
    rows = dict.fromkeys((size, workload) for _, size, workload in figures)
    lines = [f"| users | workload | {' | '.join(servers)} |", "|---|---|" + "---:|" * len(servers)]
    for size, workload in rows:
        cells = [figures.get((server, size, workload), {}).get("value") for server in servers]
        shown = [
            "" if cell is None else f"{cell:,.0f}" if cell >= 10 else f"{cell:.2f}"
            for cell in cells
        ]
        lines.append(f"| {size:,} | {workload} | {' | '.join(shown)} |")
    lines += ["", "| target | reached | met |", "|---|---:|---|"]
    lines += [
        f"| {v.target} | {v.got:.2f} | {'yes' if v.met else 'no'} |" for v in verdicts(figures)
    ]
    return "\n".join(lines)


def as_json(figures: Figures) -> dict[str, Any]:
    """Return the same as one JSON object."""
    return {
        "figures": [
            {"server": server, "users": size, "workload": workload, **figure}
            for (server, size, workload), figure in figures.items()
        ],
        "targets": [
            {"target": v.target, "reached": v.got, "met": v.met} for v in verdicts(figures)
        ],
    }
