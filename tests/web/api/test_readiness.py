"""Readiness over the API (G3)."""

from scimserver.services import readiness


def test_it_is_what_the_console_shows(server, acme):
    reply = acme.call("GET", "/readiness")
    with server.database.reading() as session:
        found = readiness.readiness(session, acme.org_id, server.clock.now(), server.settings)
    assert reply.status == 200
    assert [(e["code"], e["ok"]) for e in reply.body["checks"]] == [(e.code, e.ok) for e in found]
    assert all(each["action"] for each in reply.body["checks"] if not each["ok"])
