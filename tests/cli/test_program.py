"""The program itself: help that teaches, settings, quick starts, exit codes."""

import json
import re
import subprocess
import sys

import click
import pytest

from scimserver.cli.errors import exit_code
from scimserver.cli.main import program, run
from scimserver.config import Settings, variable
from scimserver.domain.errors import StaleVersionError, TakenError
from scimserver.scim.errors import InvalidValueError, PreconditionFailedError
from scimserver.storage.errors import StorageUnavailableError

KEY = "0123456789abcdef0123456789abcdef"


def every_command():
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            for verb in command.list_commands(context):
                yield name, verb
        else:
            yield (name,)


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_has_an_example_and_answers_in_json(words, capsys):
    assert run([*words, "--help"], {}) == 0
    text = capsys.readouterr().out
    assert "--json" in text
    (example,) = re.findall(r"^  Examples?: (.+)$", text, re.MULTILINE)
    assert f"scimserver {' '.join(words)}" in example


def test_the_program_lists_its_commands_and_says_where_to_start(capsys):
    assert run(["--help"], {}) == 0
    text = capsys.readouterr().out
    assert "scimserver quickstart" in text
    for noun in ("org", "domain", "connection", "token", "import", "export", "verify"):
        assert f"\n  {noun} " in text
    assert run(["org", "--help"], {}) == 0
    assert {"create", "list", "update", "delete"} <= set(capsys.readouterr().out.split())


def test_every_setting_is_shown_and_secrets_are_not(capsys):
    environ = {"SCIMSERVER_SECRET_KEY": KEY, "SCIMSERVER_LOG_LEVEL": "debug"}
    assert run(["config", "show", "--json"], environ) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {variable(each) for each in Settings.__dataclass_fields__.values()}
    assert shown["SCIMSERVER_LOG_LEVEL"] == "debug"
    assert KEY not in shown.values()
    assert run(["config", "show"], environ) == 0
    text = capsys.readouterr().out
    assert "SCIMSERVER_SECRET_KEY" in text
    assert KEY not in text


@pytest.mark.parametrize(
    ("words", "environ", "says"),
    [
        (["nonsense"], {}, "nonsense"),
        (["org", "nonsense"], {}, "nonsense"),
        (["org", "create"], {}, "NAME"),
        (["org", "list"], {"SCIMSERVER_LOG_LEVL": "debug"}, "SCIMSERVER_LOG_LEVEL"),
        (["config", "show"], {"SCIMSERVER_DATABASE_URL": "mysql://x"}, "SCIMSERVER_DATABASE_URL"),
        (["import", "acme", "/no/such/file"], {}, "/no/such/file"),
    ],
)
def test_a_wrong_call_ends_with_two_and_says_why(words, environ, says, capsys):
    assert run(words, {"SCIMSERVER_SECRET_KEY": KEY, **environ}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (TakenError("userName"), 3),
        (InvalidValueError("x"), 3),
        (StaleVersionError(), 4),
        (PreconditionFailedError("x"), 4),
        (StorageUnavailableError("x"), 5),
    ],
)
def test_a_failure_has_its_exit_code(failure, code):
    assert exit_code(failure) == code


def test_what_needs_no_server_does_not_wait_for_it():
    script = (
        "import sys\n"
        "from scimserver.cli.main import run\n"
        "for noun in ('org', 'domain', 'connection', 'token', 'db', 'config'):\n"
        "    run([noun, '--help'], {})\n"
        "late = {'granian', 'flask', 'prometheus_client', 'dns'} & set(sys.modules)\n"
        "sys.exit(', '.join(late) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "scimserver", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("scimserver")
