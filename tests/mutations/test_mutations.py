"""Whoever removes a check of sign-in, or of a domain, makes the suite fail (T4)."""

import json
import subprocess
import sys

from tests.arch import source
from tests.mutations.patches import PATCHES


def test_no_check_can_be_removed_unnoticed():
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutations.run"],
        cwd=source.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # What is listed here survived (0), or broke more than a test (any other number).
    assert json.loads(done.stdout) == {}, done.stderr


def test_each_patch_has_a_name_of_its_own_and_changes_something():
    patches = [patch for group in PATCHES.values() for patch in group]
    assert len({patch.what for patch in patches}) == len(patches)
    assert all(patch.old != patch.new for patch in patches)
