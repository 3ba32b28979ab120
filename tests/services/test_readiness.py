"""Readiness: who could still come in, and what stands against enforcing single sign-on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scimserver.config import Settings
from scimserver.ids import new_id
from scimserver.services import domains, identity_owners, readiness
from scimserver.services.audit import operator
from scimserver.storage import organizations
from scimserver.storage.models import account, recovery_code
from scimserver.storage.models import claim as claim_table
from scimserver.storage.models.resource import resource
from scimserver.storage.transaction import run
from tests.factories import a_passkey, a_person, a_user, an_organization, write
from tests.ready import a_local_administrator, met

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = Settings()


@pytest.fixture
def org(database):
    return an_organization(database, slug="acme")


def _local(database, org, passkeys=0, codes=0, **options):
    person = a_local_administrator(database, org, passkeys, **options)
    _codes(database, org, person.user_id, codes)
    return person


def _codes(database, org, user_id, count, **values):
    for _ in range(count):
        row = {
            "org_id": org,
            "user_id": user_id,
            "mac": new_id(),
            "set_id": new_id(),
            "created_at": NOW,
            "used_at": None,
            "ended_at": None,
            **values,
        }
        run(database, lambda s, row=row: s.execute(recovery_code.insert(), row))


def _ready(database, org, **options):
    with database.reading() as session:
        return {person.user_id for person in readiness.ready(session, org, **options)}


def _checks(database, org, now=NOW, settings=SETTINGS):
    with database.reading() as session:
        found = readiness.readiness(session, org, now, settings)
    assert all(check.detail and check.action for check in found)
    return {check.code: check.ok for check in found}


@pytest.mark.parametrize(
    ("passkeys", "codes", "has_mail", "is_ready"),
    [
        (0, 0, True, False),
        (1, 0, True, False),
        (0, 1, True, False),
        (1, 1, False, False),
        (1, 1, True, True),
        (2, 0, False, True),
    ],
)
def test_ready_is_who_could_lose_one_way_in(passkeys, codes, has_mail, is_ready, database, org):
    ann = _local(database, org, passkeys, codes)
    assert _ready(database, org, has_mail=has_mail) == ({ann.user_id} if is_ready else set())


def test_codes_that_open_nothing_do_not_count(database, org):
    used, ended, disabled = (_local(database, org, 1) for _ in range(3))
    _codes(database, org, used.user_id, 1, used_at=NOW)
    _codes(database, org, ended.user_id, 1, ended_at=NOW)
    _codes(database, org, disabled.user_id, 1)
    closed = update(account).where(account.c.user_id == disabled.user_id)
    run(database, lambda s: s.execute(closed.values(codes_disabled_at=NOW)))
    assert _ready(database, org, has_mail=True) == set()


def test_who_is_inactive_or_not_on_the_list_is_not_ready(database, org):
    _local(database, org, 2, attributes={"active": False})
    owner = a_person(database, org)
    for _ in range(2):
        a_passkey(database, org, owner.user_id)
    assert _ready(database, org) == set()


def test_a_new_organization_meets_no_condition(database, org):
    a_user(database, org)
    assert _checks(database, org) == {
        "owner_set": False,
        "authoritative_domain": False,
        "domain_verified": False,
        "local_admins": False,
        "recovery_tested": False,
        "error_policy_set": False,
    }
    with database.reading() as session:
        assert readiness.readiness(session, new_id(), NOW, SETTINGS) == []


def test_each_condition_can_be_met(database, org):
    met(database, org, NOW)
    assert set(_checks(database, org).values()) == {True}
    late = NOW + timedelta(microseconds=1)
    assert not _checks(database, org, late)["recovery_tested"]
    longer = replace(SETTINGS, recovery_test_days=91, min_local_admins=3)
    assert _checks(database, org, late, longer)["recovery_tested"]
    assert not _checks(database, org, late, longer)["local_admins"]


def test_g1_an_owner_is_a_person_who_is_active_and_an_address(database, org):
    person = a_person(database, org, role="member")
    name = person.user_name

    def said(change):
        run(database, lambda s: change(s, operator(organizations.get(s, org))))
        with database.reading() as session:
            (check,) = [
                c for c in readiness.readiness(session, org, NOW, SETTINGS) if c.code == "owner_set"
            ]
        return check.ok, check.detail

    nobody = "Nobody is named an identity owner."
    assert said(lambda s, a: identity_owners.set_contact(s, a, NOW, "it@acme.com")) == (
        False,
        f"{nobody} Contact: it@acme.com.",
    )
    assert said(lambda s, a: identity_owners.add(s, a, NOW, person.user_id)) == (
        True,
        f"Identity owners: {name}. Contact: it@acme.com.",
    )
    assert said(lambda s, a: identity_owners.set_contact(s, a, NOW, None)) == (
        False,
        f"Identity owners: {name}. There is no contact address.",
    )
    assert said(lambda s, a: identity_owners.set_contact(s, a, NOW, "it@acme.com"))[0]
    turned_off = update(resource).where(resource.c.id == person.user_id).values(active=False)
    write(database, lambda s: s.execute(turned_off))
    assert not _checks(database, org)["owner_set"]


def test_g2_a_domain_at_risk_is_owned_and_not_relied_on(database, org):
    def prepare(session):
        actor = operator(organizations.get(session, org))
        claim = domains.attest(session, actor, NOW, "acme.com", reason="test")
        domains.make_authoritative(session, actor, NOW, claim.id)
        session.execute(update(claim_table).values(state="at_risk"))

    run(database, prepare)
    checks = _checks(database, org)
    assert (checks["authoritative_domain"], checks["domain_verified"]) == (False, True)


def test_who_is_ready_and_who_is_not_is_named(database, org):
    ready = _local(database, org, passkeys=2)
    waiting = _local(database, org, passkeys=1)
    with database.reading() as session:
        unmet = [c for c in readiness.readiness(session, org, NOW, SETTINGS) if not c.ok]
    details = {check.code: check.detail for check in unmet}
    assert set(details) >= {"local_admins", "recovery_tested"}
    assert details["local_admins"] == (
        "Local administrators who are ready: 1; needed: 2. "
        f"Ready: {ready.user_name}. Not ready: {waiting.user_name}."
    )
