"""Compare measured coverage with what we promise: the core whole, everything else nearly."""

import json
import sys
from pathlib import Path
from typing import Any

# Lines and branches together, in per cent.
FLOORS = {"scimserver/scim/": 100.0, "scimserver/domain/": 100.0, "scimserver/": 95.0}


def covered(files: dict[str, Any], folder: str) -> tuple[float, list[str]]:
    """Return the coverage of a folder, and the places in it that no test reached."""
    reached = possible = 0
    missing = []
    for name, entry in files.items():
        if not name.startswith(folder):
            continue
        summary = entry["summary"]
        reached += summary["covered_lines"] + summary.get("covered_branches", 0)
        possible += summary["num_statements"] + summary.get("num_branches", 0)
        missing += [f"{name}:{line}" for line in entry["missing_lines"]]
        missing += [f"{name}:{start} -> {end}" for start, end in entry.get("missing_branches", [])]
    # Where nothing was measured, the names are not those we look for, and nothing was shown.
    return (100.0 * reached / possible if possible else 0.0), missing


def main(report: Path) -> int:
    """Print each folder's figure; return 1 when one lies below its floor."""
    files = json.loads(report.read_text())["files"]
    failed = False
    for folder, floor in FLOORS.items():
        figure, missing = covered(files, folder)
        print(f"{folder:<20} {figure:6.2f} % (at least {floor:g} %)")
        if figure < floor:
            failed = True
            print("  not reached: " + ", ".join(missing[:40]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
