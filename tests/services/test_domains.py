"""Domain claims: attested, listed, given up; one owner each."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from scimserver.domain.claims import Method, State
from scimserver.domain.errors import (
    DomainOwnedError,
    InvalidDomainError,
    InvalidRequestError,
    UnknownResourceError,
)
from scimserver.services import audit, domains, organizations
from scimserver.storage import claims
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import claim as claim_table
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHY = "Contract of 2026."


def _organization(database, name="Acme", **options):
    made = run(database, lambda s: organizations.create(s, NOW, name=name, **options))
    return audit.operator(made)


def _attest(database, actor, domain="acme.com", reason=WHY, **options):
    return run(database, lambda s: domains.attest(s, actor, NOW, domain, reason=reason, **options))


def _remove(database, actor, domain="acme.com", reason=WHY):
    def work(session):
        claim = domains.find(session, actor, domain)
        return domains.remove(session, actor, NOW, claim.id, reason=reason)

    return run(database, work)


def _owned(database, actor, *names):
    with database.reading() as session:
        return claims.owned(session, actor.org_id, names, lock=False)


def _audit(database, event):
    with database.reading() as session:
        query = select(audit_table).where(audit_table.c.event == event)
        return session.execute(query).mappings().all()


def test_an_attested_domain_is_owned_in_its_one_form(database):
    actor = _organization(database)
    made = _attest(database, actor, "BÜCHER.com.")
    assert (made.domain, made.state, made.method) == (
        "xn--bcher-kva.com",
        State.VERIFIED,
        Method.ATTESTED,
    )
    assert (made.reason, made.verified_at) == (WHY, NOW)
    with database.reading() as session:
        assert domains.every(session, actor) == [made]
    assert _owned(database, actor, made.domain) == {made.domain}
    [row] = _audit(database, "domain:attest")
    assert (row["door"], row["actor"], row["subject_id"]) == ("cli", "operator", made.id)
    assert {c["path"]: c["after"] for c in row["changes"]} == {
        "domain": "xn--bcher-kva.com",
        "state": "verified",
        "method": "attested",
        "reason": WHY,
    }


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_attesting_and_removing_take_a_reason(database, reason):
    actor = _organization(database)
    with pytest.raises(InvalidRequestError, match="reason"):
        _attest(database, actor, reason=reason)
    _attest(database, actor)
    with pytest.raises(InvalidRequestError, match="reason"):
        _remove(database, actor, reason=reason)
    assert _owned(database, actor, "acme.com") == {"acme.com"}


@pytest.mark.parametrize("name", ["acme", "127.0.0.1", "co.uk", "acme.corp", "acme.test"])
def test_a_name_nobody_can_hold_is_not_attested(database, name):
    with pytest.raises(InvalidDomainError):
        _attest(database, _organization(database), name)


def test_a_suffix_the_operator_enabled_can_be_attested(database):
    actor = _organization(database)
    made = _attest(database, actor, "acme.test", extra_suffixes=frozenset({"test"}))
    assert made.domain == "acme.test"


def test_a_sandbox_holds_no_domains(database):
    with pytest.raises(InvalidRequestError, match="sandbox"):
        _attest(database, _organization(database, sandbox=True))


def test_a_second_attestation_says_so(database):
    actor = _organization(database)
    _attest(database, actor)
    with pytest.raises(InvalidRequestError, match="already_added"):
        _attest(database, actor, "ACME.com")


def test_another_organizations_domain_is_refused_without_a_name(database):
    actor, other = _organization(database, "Acme"), _organization(database, "Globex")
    _attest(database, actor)
    with pytest.raises(DomainOwnedError) as caught:
        _attest(database, other)
    said = f"{caught.value.detail} {caught.value.context}"
    for secret in ("Acme", actor.org_id, "operator"):
        assert secret not in said
    assert _owned(database, other, "acme.com") == frozenset()
    with database.reading() as session:
        assert domains.every(session, other) == []
    # Sub-domains are names of their own.
    _attest(database, other, "eng.acme.com")
    assert _owned(database, actor, "eng.acme.com") == frozenset()


def test_an_organization_has_at_most_a_hundred_domains(database):
    actor = _organization(database)

    def fill(session):
        for number in range(100):
            domains.attest(session, actor, NOW, f"acme{number}.com", reason=WHY)

    run(database, fill)
    with pytest.raises(InvalidRequestError, match="limit"):
        _attest(database, actor, "more.com")


def test_a_removed_domain_is_free_for_anyone_again(database):
    actor, other = _organization(database, "Acme"), _organization(database, "Globex")
    first = _attest(database, actor)
    assert _remove(database, actor, "Acme.COM").id == first.id
    assert _owned(database, actor, "acme.com") == frozenset()
    with pytest.raises(UnknownResourceError):
        _remove(database, actor)
    _attest(database, other)
    _remove(database, other)
    again = _attest(database, actor)
    assert again.id != first.id
    assert _owned(database, actor, "acme.com") == {"acme.com"}
    [row] = [r for r in _audit(database, "domain:remove") if r["org_id"] == actor.org_id]
    changes = {c["path"]: (c["before"], c["after"]) for c in row["changes"]}
    assert changes == {
        "domain": ("acme.com", None),
        "state": ("verified", "revoked"),
        "reason": (None, WHY),
    }


def test_nobody_removes_what_is_not_theirs(database):
    actor, other = _organization(database, "Acme"), _organization(database, "Globex")
    _attest(database, actor)
    with pytest.raises(UnknownResourceError):
        _remove(database, other)
    assert _owned(database, actor, "acme.com") == {"acme.com"}


@pytest.mark.parametrize(
    ("state", "owned"),
    [(state, state in (State.VERIFIED, State.AT_RISK)) for state in State],
)
def test_ownership_lasts_through_the_grace_period_and_no_longer(database, state, owned):
    actor = _organization(database)
    _attest(database, actor)
    _attest(database, actor, "acme.org")
    run(
        database,
        lambda s: s.execute(update(claim_table).values(state=state.value)) and None,
    )
    assert bool(_owned(database, actor, "acme.com")) is owned
    assert _owned(database, actor, "acme.com", "acme.org", "x.com") == (
        {"acme.com", "acme.org"} if owned else set()
    )


def test_nothing_is_asked_for_no_domain(database):
    actor = _organization(database)
    assert _owned(database, actor) == frozenset()


def test_within_a_write_the_claims_are_locked(database):
    actor = _organization(database)
    _attest(database, actor)
    _attest(database, actor, "acme.org")

    def write(session):
        one = claims.owned(session, actor.org_id, ["acme.com"])
        return one, claims.owned(session, actor.org_id, ["acme.org", "acme.com", "acme.org"])

    assert run(database, write) == ({"acme.com"}, {"acme.com", "acme.org"})


def test_a_removal_waits_for_the_write_that_relies_on_the_claim(database):
    actor = _organization(database)
    _attest(database, actor)
    order = []
    relied = threading.Event()
    remover = threading.Thread(
        target=lambda: (relied.wait(10), _remove(database, actor), order.append("removed"))
    )
    remover.start()

    def write(session):
        claims.owned(session, actor.org_id, ["acme.com"])
        relied.set()
        remover.join(0.3)
        order.append("written")

    run(database, write)
    remover.join(10)
    assert order == ["written", "removed"]


def test_of_two_attestations_at_once_one_wins(database):
    actors = [_organization(database, name) for name in ("Acme", "Globex")]
    barrier = threading.Barrier(2)
    results = []

    def attest(actor):
        barrier.wait(10)
        try:
            _attest(database, actor)
            results.append("owned")
        except DomainOwnedError:
            results.append("refused")

    threads = [threading.Thread(target=attest, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["owned", "refused"]
