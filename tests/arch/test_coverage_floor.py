"""The promise on coverage is kept by a program, which can say no."""

import json

import pytest

from tests.coverage_floor import main


def _entry(lines, missing=()):
    summary = {"num_statements": lines, "covered_lines": lines - len(missing)}
    return {"summary": summary, "missing_lines": list(missing)}


WHOLE = {
    "scimserver/scim/patch.py": _entry(100),
    "scimserver/domain/claims.py": _entry(100),
    "scimserver/web/http.py": _entry(100),
}
BRANCH = {
    "summary": {
        "num_statements": 50,
        "covered_lines": 50,
        "num_branches": 10,
        "covered_branches": 9,
    },
    "missing_lines": [],
    "missing_branches": [[7, -1]],
}


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({}, 0, "100.00 %"),
        ({"scimserver/web/http.py": _entry(100, range(15))}, 0, " 95.00 % (at least 95 %)"),
        ({"scimserver/web/http.py": _entry(100, range(16))}, 1, "scimserver/web/http.py:15"),
        ({"scimserver/scim/patch.py": _entry(100, [8])}, 1, "scimserver/scim/patch.py:8"),
        ({"scimserver/domain/claims.py": BRANCH}, 1, "scimserver/domain/claims.py:7 -> -1"),
    ],
    ids=["whole", "at the floor", "below it", "a line of the core", "a branch of the core"],
)
def test_what_lies_below_its_floor_fails_and_is_named(changed, status, said, tmp_path, capsys):
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {**WHOLE, **changed}}))
    assert main(report) == status
    assert said in capsys.readouterr().out


def test_a_report_of_something_else_fails(tmp_path):
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"files": {"elsewhere/patch.py": _entry(100)}}))
    assert main(report) == 1
