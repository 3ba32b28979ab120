"""Apply each patch to a module in memory and say which of them no test misses.

One process runs the tests once as they are, then forks for each patch: a patch costs the time until
the first test fails, and none outlives its child. It prints, as JSON, what survived.
"""

import contextlib
import gc
import importlib
import inspect
import io
import json
import os
import sys
from collections.abc import Collection
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from tests.mutations.patch import Patch
from tests.mutations.patches import PATCHES

OPTIONS = ["-x", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"]
PASSED, FAILED = 0, 1


def _apply(patch: Patch) -> None:
    """Run the module's patched source where the module is, so that whoever holds it sees it."""
    module = importlib.import_module(patch.module)
    source = Path(module.__file__ or "").read_text(encoding="utf-8")
    assert source.count(patch.old) == 1, f"{patch.what}: not in the source exactly once"
    patched = source.replace(patch.old, patch.new)
    names = module.__dict__
    before = dict(names)
    exec(compile(patched, module.__file__ or "", "exec"), names)
    # Others imported its functions and classes by name, so those stay and take the new code.
    for name, old in before.items():
        if isinstance(old, type | FunctionType) and old.__module__ == patch.module:
            _graft(old, names[name])
            names[name] = old


def _graft(old: Any, new: Any) -> None:
    """Give a function, or each method of a class, the code of another."""
    if isinstance(old, type):
        for name, member in vars(old).items():
            _graft(member, vars(new).get(name))
    elif isinstance(old, property):
        _graft(old.fget, new.fget)
    elif isinstance(code_of := inspect.unwrap(old), FunctionType):
        code_of.__code__ = inspect.unwrap(new).__code__


def _run(tests: tuple[str, ...]) -> int:
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main([*OPTIONS, *tests]))


def _outcome(tests: tuple[str, ...], patch: Patch) -> int:
    """Return how the tests end with a patch."""
    # pytest collects garbage thoroughly; what the parent made is none, and half of a child's time.
    gc.freeze()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            _apply(patch)
            status = _run(_that_fail(tests, [patch]))
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _that_fail(tests: tuple[str, ...], patches: Collection[Patch]) -> tuple[str, ...]:
    """Return those tests that the patches name, or all of them."""
    named = dict.fromkeys(patch.fails for patch in patches)
    if "" in named:
        return tests
    return (*tests, "-k", f"not postgresql and ({' or '.join(named)})")


def main() -> None:
    odd = {}
    for tests, patches in PATCHES.items():
        # Without a patch they pass, and leave behind what every child would import again.
        if (status := _run(_that_fail(tests, patches))) != PASSED:
            odd[f"no patch: {tests}"] = status
        odd |= {
            patch.what: status for patch in patches if (status := _outcome(tests, patch)) != FAILED
        }
    print(json.dumps(odd))


if __name__ == "__main__":
    main()
