"""Provers that ask the real name servers, and domains nobody has asked for."""

import pytest

from scimserver.adapters.dns.prover import DnsProver
from scimserver.resolvers import PLAIN, ResolverAddress
from tests.dns.cases import PROVIDER, Scene
from tests.dns.daemon import HOST
from tests.dns.knot import Knot
from tests.dns.world import ClaimWorld


@pytest.fixture(scope="session")
def provider(knot):
    """The zone of a company that others point to."""
    knot.add_zone(PROVIDER)


@pytest.fixture(scope="session")
def other_knot():
    """Another server, that may say something else."""
    with Knot() as server:
        yield server


@pytest.fixture
def scene(knot, provider):
    """A new domain with a zone of its own."""
    return new_scene(knot)


def new_scene(knot, **zone):
    return Scene(knot, knot.new_zone(**zone))


@pytest.fixture
def engine_name(request):
    """SQLite, but where a test asks for both: what differs between them is tested elsewhere."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def world(database, knot):
    """Organizations that claim domains of a real name server."""
    with ClaimWorld(database, knot) as made:
        yield made


@pytest.fixture
def prover_of(knot):
    """Return a function that makes a prover which asks these servers."""
    made = []

    def make(*servers, **options):
        known = {
            "min_agree": len(servers),
            "queries_per_second": 10_000,
            "allow_private": True,
            "authoritative_port": knot.port,
        }
        made.append(DnsProver([*map(resolver, servers)], **(known | options)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def resolver(server):
    if isinstance(server, ResolverAddress):
        return server
    return ResolverAddress(PLAIN, HOST, server.port)
