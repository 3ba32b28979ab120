"""wrk, asked for one workload at a time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from servers import Server

# A rate of fewer answers than this is noise; a run is never longer than LONGEST seconds.
ENOUGH, LONGEST = 8, 30.0

SCRIPT = Path(__file__).parent / "load.lua"


@dataclass(frozen=True)
class Load:
    """Requests to send: ``{id}`` and ``{n}`` are filled in, bodies take turns."""

    method: str
    path: str
    bodies: Sequence[Any] = ()
    ids: Sequence[str] = ()
    mode: str = "cycle"
    connections: int = 8


@dataclass(frozen=True)
class Rate:
    """What one run of a load reached."""

    per_second: float
    p50_ms: float
    p99_ms: float


def measure(server: Server, load: Load, seconds: float) -> Rate:
    """Warm up for a moment, then run for so many seconds, longer where answers are slow.

    Any failed answer ends the benchmark: a refusal is fast, and would flatter.
    """
    first = _run(server, load, max(1.0, seconds / 5))
    if first.per_second * seconds < ENOUGH:
        seconds = min(LONGEST, ENOUGH / first.per_second if first.per_second else LONGEST)
    rate = _run(server, load, seconds)
    if not rate.per_second:
        sys.exit(f"{server.name}: {load.method} {load.path}: no answer in {seconds:.0f} s")
    return rate


def _run(server: Server, load: Load, seconds: float) -> Rate:
    with tempfile.TemporaryDirectory() as folder:
        ids, bodies = Path(folder) / "ids", Path(folder) / "bodies"
        ids.write_text("".join(f"{item}\n" for item in load.ids))
        bodies.write_text("".join(json.dumps(body) + "\n" for body in load.bodies))
        environment = {
            **os.environ,
            "LOAD_METHOD": load.method,
            "LOAD_PATH": f"/scim/v2{load.path}",
            "LOAD_BODIES": str(bodies),
            "LOAD_IDS": str(ids),
            "LOAD_MODE": load.mode,
            "LOAD_TOKEN": server.token,
            "LOAD_PREFIX": uuid4().hex[:8],
        }
        command = [
            "wrk", "-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s",
            "--timeout", "60s",
            "-s", str(SCRIPT), f"http://127.0.0.1:{server.port}",
        ]  # fmt: skip
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        result = json.loads(done.stderr.strip().splitlines()[-1])
    except (IndexError, ValueError):
        sys.exit(f"wrk: {done.stdout}{done.stderr}")
    if result["failed"] or result["broken"]:
        sys.exit(f"{server.name}: {load.method} {load.path}: {result}")
    return Rate(result["requests"] / result["seconds"], result["p50_ms"], result["p99_ms"])
