"""The management API, with a real name server at the other end and its settings in between."""

from tests.dns.world import environment
from tests.web.api.server import Server
from tests.world import World


def test_a_program_claims_a_domain_publishes_what_it_is_told_and_verifies(database, knot):
    program = World(database.url, environment(knot))
    server = Server(database, secret_key=program.environment["SCIMSERVER_SECRET_KEY"])
    server.app = program.app
    acme = server.program(server.organization())
    added = acme.call("POST", "/domains", {"domain": knot.new_zone()})
    wanted = added.body["record"]
    knot.publish(wanted["name"], wanted["type"], f'"{wanted["value"]}"')
    verified = acme.call("POST", f"/domains/{added.body['id']}/verify")
    assert (verified.status, verified.body["state"]) == (200, "verified")
    assert verified.body["lastCheck"]["resolvers"] == [knot.address]
