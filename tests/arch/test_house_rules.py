"""Rules of the house that a search through the source can check."""

import ast
import re

import pytest

from tests.arch import source

MOST_LINES, MOST_FUNCTION_LINES = 400, 50

# A file or function ("path" or "path:name") over the limit, and why it stays in one piece.
LONG_ON_PURPOSE: dict[str, str] = {}

VENDORS = re.compile(r"entra|azure|okta|onelogin|jumpcloud|google|microsoft", re.IGNORECASE)

# Storage modules whose functions find the organization itself, or serve no single one.
NOT_OF_ONE_ORGANIZATION = {
    "scimserver/storage/migrate.py": "a database, not an organization",
    "scimserver/storage/session.py": "engines and sessions",
    "scimserver/storage/transaction.py": "runs work, knows no rows",
    "scimserver/storage/tripwire.py": "guards the session",
    "scimserver/storage/organizations.py": "creates and lists organizations",
    "scimserver/storage/ceremonies.py": "an attempt at sign-in has no organization yet",
    "scimserver/storage/directory.py": "finds the organization of what an operator names by id",
    "scimserver/storage/mail_codes.py": "a code is a visitor's, who has no organization yet",
    "scimserver/storage/rates.py": "counts by a digest that several organizations may share",
    "scimserver/storage/web_sessions.py": "a visitor has no organization before sign-in",
}

# Functions that need none, as "module:function".
NO_ORGANIZATION = {
    "scimserver/storage/claim_rows.py:due_organizations": "which of them have work is the question",
    "scimserver/storage/claim_rows.py:owner": "which of them owns a domain is the question",
    "scimserver/storage/enrolment.py:find": "a secret's digest leads to its organization",
    "scimserver/storage/holding.py:external_ids": "each of its rows carries its organization",
    "scimserver/storage/indexes.py:complete": "an index is every organization's",
    "scimserver/storage/indexes.py:declare": "an index is every organization's",
    "scimserver/storage/indexes.py:is_trusted": "an index is every organization's",
    "scimserver/storage/passkeys.py:find": "a credential id leads to its organization",
    "scimserver/storage/mails.py:waiting": "which organizations have mail is the question",
    "scimserver/storage/statistics.py:refresh": "a table is every organization's",
    "scimserver/storage/timeout.py:time_limit": "limits a transaction",
    "scimserver/storage/tokens.py:find": "a token's digest leads to its organization",
}


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        source.name(path): lines
        for path in source.modules()
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
        and source.name(path) not in LONG_ON_PURPOSE
    }
    assert long == {}


def _lines(function):
    """Count what a reader must follow: the docstring only helps."""
    documented = function.body[1:] if ast.get_docstring(function) else function.body
    first = documented[0].lineno if documented else function.lineno
    return (function.end_lineno or 0) - first + 2


def test_no_function_is_longer_than_a_screen():
    long = {
        key: length
        for path in source.modules()
        for function in source.functions(path)
        if (length := _lines(function)) > MOST_FUNCTION_LINES
        and (key := f"{source.name(path)}:{function.name}") not in LONG_ON_PURPOSE
    }
    assert {key: length for key, length in long.items() if "/migrations/versions/" not in key} == {}


def test_only_the_quirks_name_a_vendor():
    named = [
        f"{source.name(path)}:{number}: {line.strip()}"
        for path in source.modules()
        if "scimserver/scim/quirks/" not in source.name(path)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if VENDORS.search(line)
    ]
    assert named == []


def test_only_the_transaction_commits():
    committing = {source.name(path) for path in source.modules() if ".commit(" in path.read_text()}
    assert committing <= {"scimserver/storage/transaction.py"}


def test_nothing_is_left_to_do_in_the_source():
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [source.name(path) for path in source.modules() if marks.search(path.read_text())] == []


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "helpers", "common", "manager", "base", "misc"}
    assert [source.name(path) for path in source.modules() if path.stem in empty] == []


def _storage_functions():
    for path in source.modules():
        name = source.name(path)
        if not name.startswith("scimserver/storage/") or name in NOT_OF_ONE_ORGANIZATION:
            continue
        for node in source.tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [argument.arg for argument in node.args.posonlyargs + node.args.args]
                if arguments[:1] in (["session"], ["connection"]):
                    yield f"{name}:{node.name}", arguments


def test_storage_functions_take_the_organization_first():
    wrong = {
        key: arguments
        for key, arguments in _storage_functions()
        # An actor carries its organization.
        if arguments[1:2] not in (["org_id"], ["actor"]) and key not in NO_ORGANIZATION
    }
    assert wrong == {}


@pytest.mark.parametrize("listed", [*LONG_ON_PURPOSE, *NOT_OF_ONE_ORGANIZATION, *NO_ORGANIZATION])
def test_an_exception_names_something_that_exists(listed):
    path, _, function = listed.partition(":")
    assert (source.ROOT / path).exists()
    if function:
        assert function in {node.name for node in source.functions(source.ROOT / path)}
