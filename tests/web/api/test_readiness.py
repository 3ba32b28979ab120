"""Readiness over the API (G3)."""

import pytest

from scimserver.services import readiness
from scimserver.storage import organizations
from scimserver.storage.models import audit, connection
from tests.factories import rows
from tests.ready import met
from tests.web.api.server import READ

MODE = "/sso-mode"


def test_it_is_what_the_console_shows(server, acme):
    reply = acme.call("GET", "/readiness")
    with server.database.reading() as session:
        found = readiness.readiness(session, acme.org_id, server.clock.now(), server.settings)
    assert reply.status == 200
    assert [(e["code"], e["ok"]) for e in reply.body["checks"]] == [(e.code, e.ok) for e in found]
    assert all(each["action"] for each in reply.body["checks"] if not each["ok"])


@pytest.mark.parametrize("mode", ["pilot", "optional", "enforced"])
def test_n89_what_the_console_does_not_offer_is_refused(server, acme, mode):
    """G4."""
    met(server.database, acme.org_id, server.clock.now(), administrators=1)
    reply = acme.call("PUT", MODE, {"mode": mode})
    assert reply.problem == (409, "not_ready")
    lacking = {"local_admins"} if mode == "enforced" else set()
    assert {each["code"] for each in reply.body["checks"]} == {"sso_connection"} | lacking
    for each in reply.body["checks"]:
        assert not each["ok"]
        assert each["action"]
        assert f"{each['code']}: {each['detail']}" in reply.body["detail"]
    with server.database.reading() as session:
        assert organizations.get(session, acme.org_id).sso_mode == "off"
    (row,) = [row for row in rows(server.database, audit) if row.event.startswith("sso:")]
    assert row.actor in {each.id for each in rows(server.database, connection)}
    assert row.context["code"] == "not_ready"


def test_off_is_always_granted(server, acme):
    before = len(rows(server.database, audit))
    reply = acme.call("PUT", MODE, {"mode": "off"})
    assert (reply.status, reply.body) == (200, {"mode": "off"})
    # It was off before: nothing changed.
    assert len(rows(server.database, audit)) == before


@pytest.mark.parametrize("body", [{}, {"mode": "on"}, {"mode": None}, {"mode": "off", "now": True}])
def test_a_mode_that_is_none_is_refused(quiet, body):
    assert quiet.program(quiet.organization()).call("PUT", MODE, body).problem == (
        422,
        "invalid_request",
    )


def test_a_scope_to_read_sets_no_mode(quiet):
    program = quiet.program(quiet.organization(), READ)
    assert program.call("PUT", MODE, {"mode": "off"}).problem == (403, "forbidden")
