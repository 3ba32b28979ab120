"""A site with mail, its owner, and somebody who lost every passkey."""

import pytest
from sqlalchemy import update

from scimserver.domain.visit import Visit
from scimserver.services import recovery_codes
from scimserver.services.sealed import Keys
from scimserver.storage.models.resource import resource
from tests.factories import write
from tests.signing_in import START, Site
from tests.web.shared import on_postgresql, on_sqlite

MAIL = {"SCIMSERVER_MAIL": "file:///nowhere"}


@pytest.fixture
def site(database):
    return Site(database, **MAIL)


@pytest.fixture(scope="session")
def sqlite_mailing_site(tmp_path_factory, sqlite_template):
    with on_sqlite(tmp_path_factory.mktemp("mailing"), sqlite_template, **MAIL) as site:
        yield site


@pytest.fixture(scope="session")
def postgresql_mailing_site(postgres_server, postgres_template):
    with on_postgresql(postgres_server, postgres_template, **MAIL) as site:
        yield site


@pytest.fixture
def shared_site(request, engine_name):
    """A site for tests that keep to an organization of their own, its clock where it began."""
    site = request.getfixturevalue(f"{engine_name}_mailing_site")
    site.clock.at = START
    return site


@pytest.fixture
def closed(database):
    """A site without mail."""
    return Site(database)


@pytest.fixture
def olga(site):
    return site.person(site.organization(slug="acme"), "olga@acme.test")


@pytest.fixture
def ann(site, olga):
    return site.person(olga.org_id, "ann@acme.test", role="administrator")


@pytest.fixture
def turn_off(site):
    """Return a function that deactivates somebody, past the door."""

    def turned(person):
        off = update(resource).where(resource.c.id == person.user_id).values(active=False)
        write(site.database, lambda s: s.execute(off))
        return site.again(person.org_id, person.user_id)

    return turned


@pytest.fixture
def codes_of(site):
    """Return a function that gives somebody a set of codes, past the page."""
    keys = Keys.of(site.settings, recovery_codes.PURPOSE)

    def made(person):
        return site.run(lambda s: recovery_codes.generate(s, site.now, Visit(), person, keys))

    return made
