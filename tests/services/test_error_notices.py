"""Who hears of refused writes and when: at once, once a day, never of a sandbox (G12, M22)."""

import pytest

from scimserver.domain.provisioning_error import Notices
from scimserver.services import error_digest
from scimserver.storage.models import notice
from tests.factories import rows
from tests.posting import delivered
from tests.refusing import Idp

HOUR = 3_600
DAY = 24 * HOUR
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def idp(site, olga):
    return Idp(site, olga.org_id)


def digest(idp):
    return idp.site.run(lambda s: error_digest.tell(s, idp.site.now, idp.org_id))


def test_until_somebody_decides_each_kind_is_told_at_once_and_once_a_day(site, idp):
    idp.refuse("ann", "bob")
    idp.refuse("carl")
    idp.refuse("ann", code="invalid_email")
    assert [facts["error"] for facts in idp.told()] == ["domain_not_verified", "invalid_email"]
    site.clock.advance(DAY - 1)
    idp.refuse("dora")
    assert len(idp.told()) == 2
    # What is known already opens nothing, however long ago it was told.
    site.clock.advance(2)
    idp.refuse("ann")
    assert len(idp.told()) == 2
    idp.refuse("emil")
    assert [facts["error"] for facts in idp.told()][2:] == ["domain_not_verified"]
    assert digest(idp) == 0


@one_engine
def test_each_connection_is_told_of(site, idp):
    second = Idp(site, idp.org_id)
    idp.refuse("ann")
    second.refuse("ann")
    assert {facts["connection_id"] for facts in idp.told()} == {idp.id, second.id}


@one_engine
def test_the_notice_reaches_whoever_answers_for_identity(site, idp):
    idp.refuse("ann")
    (letter,) = delivered(site).kept
    assert letter.recipient == "olga@acme.test"
    assert "connection IdP was refused" in letter.body
    assert "add and verify it" in letter.body


@one_engine
def test_the_error_that_was_told_says_when(site, idp):
    idp.decide()
    idp.refuse("ann")
    idp.refuse("bob")
    assert sorted(error.told_at is not None for error in idp.errors()) == [False, True]


@one_engine
def test_a_local_administrator_has_a_notice_of_their_own(idp):
    idp.refuse("ann", code="protected_account")
    assert idp.told() == []


def test_a_digest_tells_once_a_day_what_came_since(site, idp):
    idp.decide(Notices.DAILY)
    idp.refuse("ann", "bob")
    idp.refuse("ann", code="taken")
    assert idp.told() == []
    assert [digest(idp), digest(idp)] == [1, 0]
    (facts,) = idp.told(error_digest.CODE)
    assert facts == {"count": 3, "new": 3, "codes": "domain_not_verified (2), taken (1)"}
    site.clock.advance(HOUR)
    idp.refuse("ann", "carl")
    site.clock.advance(DAY - HOUR - 1)
    assert digest(idp) == 0
    site.clock.advance(1)
    assert digest(idp) == 1
    facts = idp.told(error_digest.CODE)[-1]
    assert facts == {"count": 2, "new": 1, "codes": "domain_not_verified (2)"}
    site.clock.advance(DAY)
    assert digest(idp) == 0


@one_engine
def test_a_digest_says_nothing_of_what_is_settled(idp):
    idp.decide(Notices.DAILY)
    idp.refuse("ann")
    idp.succeed("ann")
    assert digest(idp) == 0


@one_engine
def test_a_digest_names_the_most_frequent_codes(idp):
    idp.decide(Notices.DAILY)
    for n in range(7):
        idp.refuse(*(f"u{each}" for each in range(n + 1)), code=f"code_{n}")
    digest(idp)
    (facts,) = idp.told(error_digest.CODE)
    assert facts["codes"].startswith("code_6 (7), code_5 (6)")
    assert facts["codes"].endswith("code_2 (3) and 2 more")


@one_engine
@pytest.mark.parametrize("how", Notices)
def test_nobody_is_told_of_a_sandbox(site, how):
    idp = Idp(site, site.organization(sandbox=True))
    site.person(idp.org_id, "olga@acme.test")
    idp.decide(how, pause_after=1)
    idp.refuse("ann", "bob", pause_after=1)
    assert digest(idp) == 0
    assert idp.states() == {"open": 2}
    assert idp.connection.paused_at == site.now
    assert rows(site.database, notice) == []
    assert delivered(site).kept == []
