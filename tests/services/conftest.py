"""What a signed-in person has, put where a test needs it."""

from datetime import UTC, datetime

import pytest

from scimserver.ids import new_id
from scimserver.storage.models import ceremony, web_session
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)


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
