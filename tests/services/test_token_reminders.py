"""Who answers for identity is told before a token ends: 30, 7 and 1 day before (I5)."""

from datetime import timedelta

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.services import connections, notices, token_reminders, tokens
from tests.posting import delivered

DAY = timedelta(days=1)
PEPPER = b"pepper"


@pytest.fixture
def actor(site, olga):
    return operator_of(olga.org_id)


def operator_of(org_id):
    return Actor(org_id, Door.CLI, "operator")


def a_token(site, actor, days):
    """Make a connection with a token that lives so long, and return the connection's id."""

    def work(session):
        made = connections.create(session, actor, site.now, name="Entra ID")
        tokens.mint(session, actor, site.now, PEPPER, made.id, days=days)
        return made.id

    return site.run(work)


def remind(site, org_id):
    return site.run(lambda session: token_reminders.remind(session, site.now, org_id))


def test_a_token_is_told_of_three_times_before_it_ends_and_not_after(site, olga, actor):
    a_token(site, actor, 365)
    begun, told = site.now, []
    for day in range(334, 368):
        site.clock.at = begun + day * DAY
        told += [day] * remind(site, olga.org_id)
        assert not remind(site, olga.org_id)
    assert told == [335, 358, 364]
    (notice, *_) = site.run(lambda session: notices.shown(session, olga))
    assert notice.facts["connection"] == "Entra ID"
    letters = delivered(site).kept
    assert [letter.recipient for letter in letters] == ["olga@acme.test"] * 3
    assert "Entra ID" in letters[0].body


def test_a_token_made_for_less_time_is_told_of_later(site, olga, actor):
    a_token(site, actor, 5)
    assert not remind(site, olga.org_id)
    site.clock.at += 4 * DAY
    assert remind(site, olga.org_id) == 1


def test_each_token_is_told_of_for_itself(site, olga, actor):
    for days in (20, 25):
        a_token(site, actor, days)
    site.clock.at += 19 * DAY
    assert remind(site, olga.org_id) == 2


def test_what_opens_nothing_any_more_is_not_told_of(site, olga, actor):
    revoked, disabled = a_token(site, actor, 20), a_token(site, actor, 20)

    def work(session):
        (live,) = tokens.every(session, actor, revoked)
        tokens.revoke(session, actor, site.now, live.id)
        connections.disable(session, actor, site.now, disabled)

    site.run(work)
    site.clock.at += 19 * DAY
    assert not remind(site, olga.org_id)


def test_nobody_is_told_of_a_sandbox_or_of_what_is_gone(site):
    sandbox = site.organization(slug="trial", sandbox=True)
    a_token(site, operator_of(sandbox), 20)
    site.clock.at += 19 * DAY
    assert not remind(site, sandbox)
    assert not remind(site, "00000000-0000-4000-8000-000000000000")
