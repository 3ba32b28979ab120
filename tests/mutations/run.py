"""Apply each patch to a module in memory and say which of them no test misses.

One process runs the tests once as they are, then forks for each patch: a patch costs the time until
the first test fails, and none outlives its child. It prints, as JSON, what survived.
"""

import contextlib
import importlib
import io
import json
import os
import sys
from pathlib import Path

import pytest

from tests.mutations.patches import PATCHES, Patch

OPTIONS = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
PASSED, FAILED = 0, 1


def _apply(patch: Patch) -> None:
    """Run the module's patched source where the module is, so that whoever holds it sees it."""
    module = importlib.import_module(patch.module)
    source = Path(module.__file__ or "").read_text(encoding="utf-8")
    assert source.count(patch.old) == 1, f"{patch.what}: not in the source exactly once"
    patched = source.replace(patch.old, patch.new)
    exec(compile(patched, module.__file__ or "", "exec"), module.__dict__)


def _run(tests: tuple[str, ...]) -> int:
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main([*OPTIONS, *tests]))


def _outcome(tests: tuple[str, ...], patch: Patch) -> int:
    """Return how the tests end with a patch."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            _apply(patch)
            status = _run(tests)
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    odd = {}
    for tests, patches in PATCHES.items():
        # Without a patch they pass, and leave behind what every child would import again.
        if (status := _run(tests)) != PASSED:
            odd[f"no patch: {tests}"] = status
        odd |= {
            patch.what: status for patch in patches if (status := _outcome(tests, patch)) != FAILED
        }
    print(json.dumps(odd))


if __name__ == "__main__":
    main()
