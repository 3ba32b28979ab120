"""Organizations and people several modules begin with; one that needs others has its own."""

from datetime import UTC, datetime

import pytest

from scimserver.ids import new_id
from scimserver.storage.models import ceremony, web_session
from scimserver.storage.transaction import run
from tests.claiming import Claims
from tests.signing_in import Site

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.fixture
def world(database):
    """Organizations that claim domains."""
    return Claims(database)


@pytest.fixture
def acme(world):
    """The operator of an organization that claims domains."""
    return world.organization()


@pytest.fixture
def site(database):
    """People in browsers."""
    return Site(database)


@pytest.fixture
def org(site):
    return site.organization(slug="acme")


@pytest.fixture
def olga(site, org):
    """An owner who can be reached by mail."""
    return site.person(org, "olga@acme.test")


@pytest.fixture
def a_session(database):
    """Return a function that opens a session of somebody, with an attempt, and returns its key."""

    def opened(org_id, user_id, *, attempts=0):
        digest = new_id()
        row = {
            "digest": digest,
            "id": new_id(),
            "kind": "user",
            "org_id": org_id,
            "user_id": user_id,
            "method": "passkey",
            "csrf": "csrf",
            "created_at": NOW,
            "seen_at": NOW,
            "auth_at": NOW,
            "address": "192.0.2.1",
            "user_agent": "Browser",
        }
        tries = [
            {
                "id": new_id(),
                "session_digest": digest,
                "purpose": purpose,
                "org_id": org_id,
                "user_id": user_id,
                "challenge": b"challenge",
                "allowed": [],
                "created_at": NOW,
                "expires_at": NOW,
            }
            for purpose in ("register", "reauth")[:attempts]
        ]

        def work(session):
            session.execute(web_session.insert(), row)
            for each in tries:
                session.execute(ceremony.insert(), each)

        run(database, work)
        return digest

    return opened
