"""One site an engine, shared by tests that keep to people of their own."""

import pytest

from scimserver.ids import LOWEST
from tests.signing_in import START, Site
from tests.web.shared import on_postgresql, on_sqlite


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory, sqlite_template):
    with on_sqlite(tmp_path_factory.mktemp("site"), sqlite_template) as site:
        yield site


@pytest.fixture(scope="session")
def postgresql_site(postgres_server, postgres_template):
    with on_postgresql(postgres_server, postgres_template) as site:
        yield site


@pytest.fixture
def site(request, engine_name):
    """The shared site, with its clock where it began."""
    shared = request.getfixturevalue(f"{engine_name}_site")
    shared.clock.at = START
    return shared


@pytest.fixture
def own_site(database):
    """Return a function that makes a site nobody else has, with settings of its own."""
    return lambda **environment: Site(database, **environment)


class Refusals:
    """Refusals asserted three ways: the answer, the audit log, the database as it was (T4)."""

    def __init__(self, site, org_id):
        self.site = site
        self.org_id = org_id
        self.before = site.state(org_id)

    def rejected(self, reply, cause, *, status=400, error="passkey_rejected", told=None):
        """The passkey was refused; where its owner is known, their organization's log says so."""
        assert (reply.status, reply.json) == (status, {"error": error, **(told or {})})
        assert self._events(reply) == [("passkey:reject", cause)]
        assert self.site.state(self.org_id) == self.before

    def restarted(self, reply, cause):
        """The attempt was refused."""
        assert (reply.status, reply.json) == (409, {"error": "restart"})
        assert self._events(reply) == [("ceremony:reject", cause)]
        assert self.site.state(self.org_id) == self.before

    def _events(self, reply):
        events = self.site.events(reply)
        assert {org_id for _, _, org_id, _ in events} <= {self.org_id, LOWEST}
        return [(event, code) for event, code, _, _ in events]


@pytest.fixture
def refusals(site):
    """Return a function that notes how an organization is before a refusal."""
    return lambda person: Refusals(site, person.org_id)
