"""Readiness: whether somebody can still come in when single sign-on fails (P93 to P95, G3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scimserver.clock import timestamp
from scimserver.config import Settings
from scimserver.domain.check import Check
from scimserver.domain.claims import State
from scimserver.domain.person import Person
from scimserver.domain.provisioning_error import Notices
from scimserver.domain.sso_mode import Mode
from scimserver.services import accounts, identity_owners
from scimserver.storage import accounts as rows
from scimserver.storage import claims, organizations
from scimserver.storage.accounts import Means
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

ENOUGH_PASSKEYS = 2


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person above a member, with what they could come in by.

    ``ready`` says that losing one of those would not lock them out (P94).
    """

    person: Person
    means: Means
    ready: bool


def administrators(session: Session, org_id: str, *, has_mail: bool = False) -> list[Administrator]:
    """Return who has a role in the console or is a local administrator, the earliest first."""
    people = accounts.people(session, org_id)
    held = rows.means(session, org_id, [person.user_id for person in people])
    return [
        Administrator(person, means, person.active and _is_ready(means, has_mail=has_mail))
        for person, means in ((person, held[person.user_id]) for person in people)
    ]


def ready(session: Session, org_id: str, *, has_mail: bool = False) -> list[Person]:
    """Return the local administrators who are ready."""
    found = administrators(session, org_id, has_mail=has_mail)
    return [each.person for each in found if each.person.local_administrator and each.ready]


def readiness(
    session: Session, org_id: str, now: datetime, settings: Settings, *, has_mail: bool = False
) -> list[Check]:
    """Return the conditions for enforcing single sign-on, met or not (P93).

    ``has_mail`` says whether mail is configured: without it saved codes open no door (P79).
    """
    organization = organizations.get(session, org_id)
    if organization is None:
        return []
    known = administrators(session, org_id, has_mail=has_mail)
    return [
        _owners(session, org_id),
        *_domains(session, org_id),
        _local_administrators(known, settings.min_local_admins),
        _recovery(organization, now, settings.recovery_test_days),
        _error_policy(organization),
    ]


def problems(
    session: Session,
    organization: Organization,
    now: datetime,
    settings: Settings,
    rp_id: str | None,
    *,
    has_mail: bool = False,
) -> list[Check]:
    """Return what ``scimserver doctor`` has to say of an organization (P95); nothing of a sandbox.

    ``rp_id`` is None where the settings let nobody sign in.
    """
    if organization.sandbox:
        return []
    known = administrators(session, organization.id, has_mail=has_mail)
    local = [each for each in known if each.person.local_administrator]
    found = [_unready(each) for each in local if not each.ready]
    found += [
        Check(
            "suspect_passkey",
            ok=False,
            detail=f"A passkey of {user_id}, '{label}', has a counter that went backwards.",
            action="Have its owner delete it and add another one.",
        )
        for user_id, label in rows.suspects(session, organization.id)
    ]
    if organization.sso_mode == Mode.ENFORCED:
        found.append(_local_administrators(known, settings.min_local_admins))
    if local or organization.sso_mode == Mode.ENFORCED:
        found.append(_recovery(organization, now, settings.recovery_test_days))
    if rp_id is not None:
        found.append(_passkeys(session, organization.id, rp_id))
    elif known:
        found.append(
            Check(
                "sign_in_off",
                ok=False,
                detail="People have roles in the console, and nobody can sign in to it.",
                action="Set SCIMSERVER_ORIGINS to the https address people open.",
            )
        )
    return [check for check in found if not check.ok]


def _is_ready(means: Means, *, has_mail: bool) -> bool:
    if means.passkeys >= ENOUGH_PASSKEYS:
        return True
    return means.passkeys > 0 and means.codes > 0 and has_mail


def _owners(session: Session, org_id: str) -> Check:
    owners = identity_owners.of_organization(session, org_id)
    names = ", ".join(person.user_name for person in owners.people if person.active)
    found = (
        f"Identity owners: {names}." if names else "Nobody is named an identity owner.",
        f"Contact: {owners.contact}." if owners.contact else "There is no contact address.",
    )
    return Check(
        "owner_set",
        owners.is_set,
        " ".join(found),
        "Name an active person who answers for identity, and a contact address.",
    )


def _domains(session: Session, org_id: str) -> list[Check]:
    held = claims.every(session, org_id)
    verified = [claim.domain for claim in held if claim.is_owned]
    # Its grace period does not count: whoever relies on a domain must be told early (G2).
    relied_on = [c.domain for c in held if c.authoritative and c.state is State.VERIFIED]
    return [
        Check(
            "authoritative_domain",
            bool(relied_on),
            ", ".join(relied_on) or "No verified domain is the authoritative one.",
            "Choose one of the verified domains.",
        ),
        Check(
            "domain_verified",
            bool(verified),
            ", ".join(verified) or "No domain is verified.",
            "Verify a domain of the organization.",
        ),
    ]


def _local_administrators(known: Iterable[Administrator], minimum: int) -> Check:
    local = [each for each in known if each.person.local_administrator]
    fit = [each for each in local if each.ready]
    others = [each for each in local if not each.ready]
    found = [
        f"Local administrators who are ready: {len(fit)}; needed: {minimum}.",
        f"Ready: {_names(fit)}." if fit else "",
        f"Not ready: {_names(others)}." if others else "",
    ]
    return Check(
        "local_admins",
        len(fit) >= minimum,
        " ".join(sentence for sentence in found if sentence),
        "Name local administrators, and have each of them add a second passkey.",
    )


def _names(some: Iterable[Administrator]) -> str:
    return ", ".join(each.person.user_name for each in some)


def _recovery(organization: Organization, now: datetime, days: int) -> Check:
    tested = organization.recovery_tested_at
    is_recent = tested is not None and now - tested <= timedelta(days=days)
    detail = f"Last tested {timestamp(tested)}." if tested else "Recovery was never tested."
    return Check(
        "recovery_tested",
        is_recent,
        detail,
        f"Test recovery in the console; a test counts for {days} days.",
    )


def _error_policy(organization: Organization) -> Check:
    how, after = organization.error_notices, organization.pause_after
    told = {Notices.AT_ONCE: "at once", Notices.DAILY: "once a day"}
    pauses = "never" if after is None else f"after {after} refusals in ten minutes"
    return Check(
        "error_policy_set",
        how is not None,
        f"Identity owners hear of refused changes {told[Notices(how)]}; changes pause {pauses}."
        if how is not None
        else "Nobody has decided how refused changes are told, and whether changes pause.",
        "Decide how identity owners hear of refused changes, and after how many changes pause.",
    )


def _passkeys(session: Session, org_id: str, rp_id: str) -> Check:
    count = rows.passkeys_elsewhere(session, org_id, rp_id)
    return Check(
        "rp_id_changed",
        count == 0,
        f"{count} passkeys were made for another domain than {rp_id}, and open nothing here.",
        "Set SCIMSERVER_RP_ID back, or have their owners add new ones.",
    )


def _unready(each: Administrator) -> Check:
    person, means = each.person, each.means
    if not person.active:
        detail = f"{person.user_name} is a local administrator and deactivated."
        return Check("local_admin_inactive", False, detail, "Activate the user, or remove them.")
    return Check(
        "local_admin_not_ready",
        ok=False,
        detail=(
            f"{person.user_name} is a local administrator with {means.passkeys} passkeys and "
            f"{means.codes} recovery codes."
        ),
        action=(
            "Have this person sign in and add a second passkey."
            if means.passkeys
            else "Nobody could sign in as this person: issue an enrolment link."
        ),
    )
