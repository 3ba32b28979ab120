"""Enrolment links: issued by rank, redeemed any number of times, used up once (P80 to P84)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scimserver.domain.errors import (
    InvalidRequestError,
    OutrankedError,
    PermissionDeniedError,
    UnknownResourceError,
)
from scimserver.domain.roles import Role
from scimserver.domain.sign_in_errors import LinkInvalidError, SsoRequiredError
from scimserver.domain.visit import Visit
from scimserver.services import accounts, audit, enrolment, organizations
from scimserver.services.enrolment import Way
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import enrol_digest, enrol_link, organization
from scimserver.storage.transaction import run
from tests.factories import a_person, a_user, an_organization, rows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORIGIN = "https://id.acme.test"


@pytest.fixture
def org(database):
    return an_organization(database, slug="acme")


@pytest.fixture
def ann(database, org):
    return a_person(database, org, "ann@acme.test")


def _issue(database, person, *, by=None, lifetime=HOUR, now=NOW):
    def work(session):
        actor = audit.operator(organizations.find(session, person.org_id))
        return enrolment.issue(
            session,
            actor,
            now,
            person,
            door=Way.ADMINISTRATOR,
            issued_by="Olga",
            lifetime=lifetime,
            origin=ORIGIN,
            by=by,
        )

    return run(database, work)


def _redeem(database, secret, now=NOW):
    return run(database, lambda s: enrolment.redeem(s, now, secret, Visit(address="192.0.2.1")))


def _consume(database, org, link_id, now=NOW):
    return run(database, lambda s: enrolment.consume(s, org, link_id, now))


def _revoke(database, person, by=None, now=NOW):
    def work(session):
        actor = audit.operator(organizations.find(session, person.org_id))
        return enrolment.revoke(session, actor, now, person, by)

    return run(database, work)


def _cause(database, secret, now=NOW):
    with pytest.raises(LinkInvalidError) as refusal:
        _redeem(database, secret, now)
    return refusal.value.cause


def _change_organization(database, org, **values):
    change = update(organization).where(organization.c.id == org).values(**values)
    run(database, lambda s: s.execute(change))


def test_a_link_leads_to_its_person_until_a_passkey_is_stored(database, org, ann):
    issued = _issue(database, ann)
    assert issued.url == f"{ORIGIN}/enrol#{issued.secret}"
    assert (len(issued.secret), issued.expires_at) == (43, NOW + HOUR)
    for _ in range(3):
        person, link = _redeem(database, issued.secret)
        assert (person, link.id, link.door, link.issued_by) == (
            ann,
            issued.link_id,
            "administrator",
            "Olga",
        )
    with database.reading() as session:
        assert enrolment.live(session, org, ann.user_id, NOW).id == issued.link_id
    _consume(database, org, issued.link_id)
    assert _cause(database, issued.secret) == "link_used"
    with pytest.raises(LinkInvalidError):
        _consume(database, org, issued.link_id)
    with database.reading() as session:
        assert enrolment.live(session, org, ann.user_id, NOW) is None
        query = select(audit_table.c.event, audit_table.c.context).order_by(audit_table.c.id)
        events = [tuple(row) for row in session.execute(query)]
    assert [event for event, _ in events] == [
        "enrol_link:create",
        *["enrol_link:redeem"] * 3,
        "enrol_link:use",
    ]
    assert events[1][1] == {"address": "192.0.2.1"}


def test_the_secret_is_stored_nowhere(database, ann):
    issued = _issue(database, ann)
    stored = [*rows(database, enrol_link), *rows(database, enrol_digest)]
    stored += rows(database, audit_table)
    assert issued.secret not in repr(stored)
    assert [len(row.digest) for row in rows(database, enrol_digest)] == [64]


def test_a_newer_link_ends_the_older(database, org, ann):
    other = a_person(database, org)
    first, others, second = (_issue(database, each) for each in (ann, other, ann))
    assert _cause(database, first.secret) == "link_superseded"
    with pytest.raises(LinkInvalidError) as refusal:
        _consume(database, org, first.link_id)
    assert refusal.value.cause == "link_superseded"
    assert _redeem(database, second.secret)[0] == ann
    assert _redeem(database, others.secret)[0] == other


def test_a_withdrawn_link_opens_nothing(database, ann):
    assert not _revoke(database, ann)
    issued = _issue(database, ann)
    assert _revoke(database, ann)
    assert _cause(database, issued.secret) == "link_revoked"
    assert not _revoke(database, ann)


def test_a_link_lives_as_long_as_it_was_given(database, org, ann):
    issued = _issue(database, ann)
    assert _redeem(database, issued.secret, NOW + HOUR - timedelta(seconds=1))
    assert _cause(database, issued.secret, NOW + HOUR) == "link_expired"
    with pytest.raises(LinkInvalidError):
        _consume(database, org, issued.link_id, NOW + HOUR)
    for lifetime in (timedelta(minutes=5), timedelta(hours=24)):
        assert _issue(database, ann, lifetime=lifetime).expires_at == NOW + lifetime
    for lifetime in (timedelta(seconds=299), timedelta(hours=24, seconds=1)):
        with pytest.raises(InvalidRequestError, match="5 minutes"):
            _issue(database, ann, lifetime=lifetime)


@pytest.mark.parametrize(
    "secret",
    ["", "x", "x" * 43, "x" * 10_000, "\x00" * 43, "\ud800" * 43, "ä" * 43, "x" * 43 + "\n"],
    ids=["empty", "short", "unknown", "long", "NUL", "surrogate", "umlaut", "newline"],
)
def test_a_made_up_secret_opens_nothing(secret, database, ann):
    _issue(database, ann)
    expected = "link_unknown" if secret == "x" * 43 else "link_malformed"
    assert _cause(database, secret) == expected


@pytest.mark.parametrize(
    ("mine", "theirs", "error"),
    [
        (Role.MEMBER, Role.MEMBER, PermissionDeniedError),
        (Role.VIEWER, Role.MEMBER, PermissionDeniedError),
        (Role.HELPDESK, Role.MEMBER, None),
        (Role.HELPDESK, Role.VIEWER, None),
        (Role.HELPDESK, Role.HELPDESK, OutrankedError),
        (Role.HELPDESK, Role.ADMINISTRATOR, OutrankedError),
        (Role.HELPDESK, Role.OWNER, OutrankedError),
        (Role.ADMINISTRATOR, Role.HELPDESK, None),
        (Role.ADMINISTRATOR, Role.ADMINISTRATOR, OutrankedError),
        (Role.ADMINISTRATOR, Role.OWNER, OutrankedError),
        (Role.OWNER, Role.ADMINISTRATOR, None),
        (Role.OWNER, Role.OWNER, None),
    ],
    ids=lambda each: str(getattr(each, "value", each)),
)
def test_links_are_issued_by_rank(mine, theirs, error, database, org):
    _change_organization(database, org, passkey_audience="everyone")
    by, subject = a_person(database, org, role=mine), a_person(database, org, role=theirs)
    for act in (_issue, _revoke):
        if error is None:
            assert act(database, subject, by=by)
            continue
        with pytest.raises(error):
            act(database, subject, by=by)
    assert len(rows(database, enrol_link)) == (error is None)


def test_nobody_issues_a_link_for_themselves_or_elsewhere(database, ann):
    stranger = a_person(database, an_organization(database))
    with pytest.raises(OutrankedError):
        _issue(database, ann, by=ann)
    with pytest.raises(UnknownResourceError):
        _issue(database, ann, by=stranger)
    assert rows(database, enrol_link) == []


def test_no_link_is_made_that_could_open_nothing(database, org):
    sandbox = an_organization(database, sandbox=True)
    for person in (
        a_person(database, sandbox, role="member"),
        a_person(database, org, attributes={"active": False}),
        a_person(database, org, role="member"),
    ):
        with pytest.raises(InvalidRequestError):
            _issue(database, person)
    _change_organization(database, org, sso_mode="enforced")
    covered = a_person(database, org)
    with pytest.raises(InvalidRequestError, match="single sign-on"):
        _issue(database, covered)
    assert _issue(database, a_person(database, org, local_administrator=True))


def test_what_changed_since_a_link_was_made_counts(database, org):
    _change_organization(database, org, passkey_audience="everyone")
    user_id = a_user(database, org)
    with database.reading() as session:
        person = accounts.person(session, org, user_id)
    issued = _issue(database, person)
    for values, cause in (
        ({"suspended": True}, "organization_inactive"),
        ({"suspended": False, "passkey_audience": "administrators"}, "passkeys_not_allowed"),
    ):
        _change_organization(database, org, **values)
        assert _cause(database, issued.secret) == cause
        with pytest.raises(LinkInvalidError):
            _consume(database, org, issued.link_id)
    _change_organization(database, org, passkey_audience="everyone", sso_mode="enforced")
    with pytest.raises(SsoRequiredError):
        _redeem(database, issued.secret)


def test_a_link_of_another_organization_cannot_be_used_up(database, org, ann):
    issued, other = _issue(database, ann), an_organization(database)
    with pytest.raises(LinkInvalidError):
        _consume(database, other, issued.link_id)
    assert _consume(database, org, issued.link_id).user_id == ann.user_id


def test_of_many_who_use_a_link_at_once_one_does(database, org, ann):
    issued, won = _issue(database, ann), []
    start = threading.Barrier(8)

    def use():
        start.wait()
        try:
            won.append(_consume(database, org, issued.link_id))
        except LinkInvalidError:
            won.append(None)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 8
    assert len([each for each in won if each]) == 1


def test_of_links_issued_at_once_one_is_live(database, org, ann):
    start = threading.Barrier(4)

    def make():
        start.wait()
        _issue(database, ann)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = rows(database, enrol_link)
    assert len(stored) == 4
    assert len([row for row in stored if row.ended_at is None]) == 1
