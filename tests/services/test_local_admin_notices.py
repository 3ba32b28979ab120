"""Every change of the list of local administrators, and every refused one, is told (P89 to P91)."""

import pytest

from scimserver.domain.errors import NoEmailError, ProtectedResourceError
from scimserver.services import audit, local_administrators, organizations, protection
from scimserver.storage.models import notice
from tests.signing_in import ORIGIN


@pytest.fixture
def ann(site, olga):
    return site.person(olga.org_id, "ann@acme.test", role="administrator")


def _operator(session, person):
    return audit.operator(organizations.find(session, person.org_id))


def _told(site):
    rows = sorted(site.rows(notice), key=lambda row: row.id)
    assert {row.audience for row in rows} <= {"administrators", "person"}
    return [(row.code, row.facts) for row in rows if row.audience == "administrators"]


def test_who_was_added_and_removed_is_told_with_who_did_it(site, olga, ann):
    def promote(session):
        actor = _operator(session, ann)
        local_administrators.promote(session, actor, site.now, olga, ann.user_id)
        local_administrators.promote(session, actor, site.now, None, olga.user_id)
        local_administrators.remove(session, actor, site.now, None, ann.user_id, minimum=2)

    site.run(promote)
    operator = "the operator at the command line"
    assert _told(site) == [
        (
            "local_admin_added",
            {"user_name": "ann@acme.test", "by": "olga@acme.test", "role": "administrator"},
        ),
        ("local_admin_added", {"user_name": "olga@acme.test", "by": operator, "role": "owner"}),
        ("local_admin_removed", {"user_name": "ann@acme.test", "by": operator}),
    ]


def _recover(site, person, **options):
    return site.run(
        lambda s: local_administrators.recover(
            s,
            _operator(s, person),
            site.now,
            person.user_name,
            issuer="root",
            origin=ORIGIN,
            **options,
        )
    )


def test_p84_a_recovery_from_the_shell_is_told_and_so_is_a_refused_one(site, olga, ann):
    assert _recover(site, ann) is None
    assert _told(site) == [
        ("local_admin_recovery_refused", {"user_name": "ann@acme.test", "by": "root"})
    ]
    assert _recover(site, ann, make=True) is not None
    code, facts = _told(site)[-1]
    assert code == "local_admin_recovered"
    assert facts == {
        "user_name": "ann@acme.test",
        "by": "root",
        "expires_at": "2026-11-22T12:15:00.000000Z",
    }


def test_p91_a_refused_change_is_told_once_a_day(site, olga, ann):
    def refuse(refusal):
        site.run(lambda s: protection.refused(s, _operator(s, ann), site.now, refusal))

    refuse(NoEmailError())
    assert _told(site) == []
    for _ in range(3):
        refuse(ProtectedResourceError(ann.user_id))
    assert _told(site) == [("local_admin_refused", {"user_name": "ann@acme.test", "door": "cli"})]
    site.clock.advance(86_401)
    refuse(ProtectedResourceError(ann.user_id))
    assert len(_told(site)) == 2
