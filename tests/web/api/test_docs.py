"""docs/api.md says what the management API does."""

import re

import pytest

from scimserver.web.api.openapi import BASE
from scimserver.web.api.problems import PROBLEMS
from tests.arch import source
from tests.web.api.server import Program

GUIDE = (source.ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def marked(name):
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", GUIDE, re.DOTALL)
    assert found
    return found.group(1)


def test_its_table_is_the_operations(quiet):
    paths = Program(quiet, "", None).ask("GET", "/api/openapi.json").body["paths"]
    below = f"{BASE}/organizations/{{organizationId}}"
    rows = [
        f"| `{method.upper()} {path.removeprefix(below)}` | {told['summary']} "
        f"| {re.search(r'`(domains|provisioning)[.][a-z]+`', told['description']).group()} |"
        for path, methods in paths.items()
        for method, told in methods.items()
    ]
    assert sorted(marked("operations").splitlines()[2:]) == sorted(rows)


@pytest.mark.parametrize(
    "code",
    sorted({row.code or kind.code for kind, row in PROBLEMS.items()} - {"error", "upstream"}),
)
def test_its_codes_are_those_of_the_program(code):
    assert f"`{code}`" in marked("codes")
