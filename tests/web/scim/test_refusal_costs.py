"""What counting refusals costs: nothing where nothing is refused, little where it is (M11)."""

import re

import pytest
from sqlalchemy import update

from scimserver.storage.models import organization
from scimserver.storage.session import Database
from scimserver.storage.transaction import run
from tests.web.scim.test_resources import made, user

# Statements that count, settle, or ask for what they need.
COUNTS = re.compile(r"\b(provisioning_error|rate_window|notice)\b|\b(has_errors|paused_at)\s*=")


@pytest.fixture
def storage(world):
    opened = Database(world.url)
    yield opened
    opened.dispose()


@pytest.fixture
def counting(world, statements):
    """Return a function that does something and returns the statements it counted by."""

    def counted(work):
        with statements(world.app.wsgi_app.__self__._services.database) as seen:
            work()
        # The columns of a token's look-up carry what is needed to ask nothing else.
        return [
            sql.split("\n")[0][:60]
            for sql in seen
            if COUNTS.search(sql) and "token_digest" not in sql
        ]

    return counted


def refused(acme, name, **attributes):
    body = user(name, emails=[{"value": f"{name}@evil.test"}], **attributes)
    assert acme.call("POST", "/Users", body).status == 400


def test_reads_and_accepted_writes_pay_nothing(acme, counting):
    id = made(acme, user("ann"))

    def work():
        made(acme, user("bob"))
        assert acme.call("GET", "/Users").status == 200
        assert acme.call("GET", f"/Users/{id}").status == 200
        assert acme.call("GET", "/Users/nobody").status == 404
        assert acme.call("DELETE", f"/Users/{id}").status == 204

    assert counting(work) == []


def test_a_known_cause_takes_one_statement_and_a_new_one_three(acme, counting):
    refused(acme, "ann")
    (counted,) = counting(lambda: refused(acme, "ann"))
    assert counted.startswith("INSERT INTO provisioning_error")
    assert len(counting(lambda: refused(acme, "bob"))) == 3


def test_a_threshold_takes_two_more(acme, storage, counting):
    run(storage, lambda s: s.execute(update(organization).values(pause_after=100)))
    refused(acme, "ann")
    assert len(counting(lambda: refused(acme, "ann"))) == 3


def test_a_success_asks_once_while_there_are_errors_and_writes_where_one_is_its_own(acme, counting):
    refused(acme, "ann")
    assert len(counting(lambda: made(acme, user("bob")))) == 1
    assert counting(lambda: acme.call("GET", "/Users")) == []
    # Asked, locked, resolved; asked for others, and the note of errors taken back.
    assert len(counting(lambda: made(acme, user("ann")))) == 5
    assert counting(lambda: made(acme, user("carl"))) == []
