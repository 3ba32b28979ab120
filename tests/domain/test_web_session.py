"""When a session is over, and when a step-up is fresh."""

from datetime import UTC, datetime, timedelta

import pytest

from scimserver.domain.person import Person
from scimserver.domain.roles import Role
from scimserver.domain.web_session import Kind, WebSession

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def a_person(role=Role.MEMBER, **changes):
    known = {
        "org_id": "org",
        "org_slug": "acme",
        "org_name": "Acme",
        "sandbox": False,
        "suspended": False,
        "sso_mode": "off",
        "passkey_audience": "everyone",
        "passkey_team": None,
        "user_id": "user",
        "user_name": "ann@acme.test",
        "display_name": "Ann",
        "email": None,
        "active": True,
        "role": role,
        "local_administrator": False,
        "handle": b"h" * 64,
        "recovery_tested_at": None,
    }
    return Person(**(known | changes))


def a_session(kind, person=None, *, age=0 * SECOND, idle=0 * SECOND, auth_at=None):
    return WebSession(
        digest="d",
        id="i",
        kind=kind,
        org_id=None,
        user_id=None,
        method=None,
        opened_by=None,
        csrf="c",
        created_at=NOW - age,
        seen_at=NOW - idle,
        auth_at=auth_at,
        person=person,
    )


@pytest.mark.parametrize(
    ("kind", "person", "idle", "longest"),
    [
        (Kind.ANONYMOUS, None, 30 * MINUTE, 24 * HOUR),
        (Kind.USER, a_person(), HOUR, 24 * HOUR),
        (Kind.USER, a_person(Role.VIEWER), HOUR, 24 * HOUR),
        (Kind.USER, a_person(Role.ADMINISTRATOR), 30 * MINUTE, 12 * HOUR),
        (Kind.USER, a_person(Role.OWNER), 30 * MINUTE, 12 * HOUR),
        (Kind.USER, a_person(local_administrator=True), 30 * MINUTE, 12 * HOUR),
    ],
    ids=["anonymous", "member", "viewer", "administrator", "owner", "local administrator"],
)
def test_a_session_ends_by_its_limits(kind, person, idle, longest):
    def lives(**ages):
        return a_session(kind, person, **ages).is_live(NOW)

    assert lives(age=idle, idle=idle - SECOND)
    assert not lives(age=idle, idle=idle)
    assert lives(age=longest - SECOND)
    assert not lives(age=longest)


def test_a_restricted_session_lives_ten_minutes_whatever_it_does():
    assert a_session(Kind.RESTRICTED, a_person(), age=10 * MINUTE - SECOND).is_live(NOW)
    assert not a_session(Kind.RESTRICTED, a_person(), age=10 * MINUTE).is_live(NOW)


@pytest.mark.parametrize("kind", [Kind.USER, Kind.RESTRICTED])
@pytest.mark.parametrize(
    "person",
    [None, a_person(active=False), a_person(suspended=True), a_person(sandbox=True)],
    ids=["deleted", "inactive", "suspended", "sandbox"],
)
def test_nobody_who_is_shut_out_has_a_session(person, kind):
    assert not a_session(kind, person).is_live(NOW)


def test_a_step_up_is_fresh_up_to_its_last_second():
    session = a_session(Kind.USER, a_person(), auth_at=NOW - 30 * SECOND)
    assert session.is_fresh(NOW, 30)
    assert not session.is_fresh(NOW, 29)
    assert not a_session(Kind.USER, a_person()).is_fresh(NOW, 600)
