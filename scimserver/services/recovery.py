"""Recovery: a saved code and a mailed one open the small room; a new passkey ends it (P72 to P88).

Nobody learns from an answer, or from how long it took, whether a name is anybody's: whoever is
named, the same rows are asked for and as many are written (P75).
"""

import hmac
import secrets
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime, timedelta

from scimserver.domain import address
from scimserver.domain.actor import Actor, Door
from scimserver.domain.address import UnreadableAddressError
from scimserver.domain.person import Person
from scimserver.domain.sign_in_errors import CodeRejectedError
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import WebSession
from scimserver.ids import LOWEST, new_id
from scimserver.scim.schema import fold, plain_width
from scimserver.services import (
    accounts,
    audit,
    notice_texts,
    notices,
    passkeys,
    recovery_codes,
    recovery_tests,
    sealed,
    sessions,
)
from scimserver.services.enrolment import Way
from scimserver.services.sealed import Keys
from scimserver.services.sessions import Opened
from scimserver.storage import claims, mail_codes, mails, organizations, recovery
from scimserver.storage.errors import RaceLostError
from scimserver.storage.mails import Mail
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

METHOD = "codes"
"""What a restricted session that codes opened says of itself."""

RECOVERED = "recovered"
MOST_FAILURES = 100
MOST_TRIES = 5
MAIL_LIFETIME = timedelta(minutes=10)
_DIGITS = 8
_WAYS = {
    METHOD: "with a saved code and a mailed one",
    Way.ADMINISTRATOR: "by the link of an administrator",
    Way.SHELL: "by a link from the server's command line",
}


@dataclass(frozen=True, slots=True)
class Named:
    """Whom somebody says they are: a userName, and the slug of the organization, or none."""

    organization: str
    name: str

    @property
    def key(self) -> str:
        """The same for every way to type it: what is counted by, and what a code is bound to."""
        name = fold(plain_width(self.name.strip()), case_exact=False)
        return f"{self.organization.strip().lower()}\0{name}"


def settled(session: Session, named: Named) -> Named:
    """Return the same with its organization where none was typed and there is only one.

    Else one name could be tried under two spellings, and counted apart (P71).
    """
    if named.organization.strip():
        return named
    found = organizations.sole(session)
    return replaced(named, organization=found.slug) if found is not None else named


def start_mail(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    named: Named,
    keys: Keys,
) -> None:
    """Queue a code for whoever is named, if they could use it; nobody can tell (P75, P79)."""
    organization, person = _find(session, named)
    reached = person if person is not None and _may_recover(person) and person.email else None
    if _is_lost(session, reached):
        reached = None
    code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    digest, mac = current.digest, _mail_mac(keys.current, current.digest, code)
    mail_codes.put(session, digest, _name_mac(keys.current, named), mac, now + MAIL_LIFETIME)
    org_id, id = organization.id if organization is not None else LOWEST, new_id()
    place = organization.name if organization is not None else named.organization
    # Without a recipient it leaves the queue and goes nowhere, a row like any other until then.
    recipient = (reached.email if reached is not None else None) or ""
    subject, text = notice_texts.code_letter(code, named.name, place)
    body = sealed.seal(keys, text, id)
    mails.add(session, org_id, [Mail(org_id, id, recipient, subject, body, now)])
    _record(session, now, visit, current, person, "recovery_code:mail")


def recover(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    named: Named,
    code: str,
    mailed: str,
    keys: Keys,
) -> Opened | CodeRejectedError:
    """Open the small room for whoever has a saved code and the mailed one (P79).

    Both are judged together, and both are used up or neither. A refusal is returned, not raised:
    that it was tried must be written down.
    """
    _, person = _find(session, named)
    org_id = person.org_id if person is not None else LOWEST
    user_id = person.user_id if person is not None else LOWEST
    standing = recovery.lock(session, org_id, user_id)
    sent = mail_codes.attempt(session, current.digest, now, MOST_TRIES)
    saved = recovery_codes.candidates(keys, user_id, code)
    is_saved = recovery.is_unused(session, org_id, user_id, saved)
    is_mailed = _is_mailed(sent, keys, current.digest, named, mailed)
    cause = _cause(person, standing, is_saved=is_saved, sent=sent, is_mailed=is_mailed)
    # Asked last, and of somebody who has shown both codes: it takes a look-up of its own.
    if cause is None and person is not None and not accounts.may_use_passkeys(session, person):
        cause = "passkeys_not_allowed"
    if cause is not None or person is None:
        return _refuse(session, now, visit, current, person, cause or "user_unknown", standing)
    is_ours = mail_codes.use(session, current.digest)
    if not (is_ours and recovery.use(session, org_id, user_id, saved, now)):
        raise RaceLostError("Somebody else used the code.")
    recovery.succeed(session, org_id, user_id)
    recovery_codes.used(session, now, visit, _stranger(org_id, visit), person, "to recover it")
    return sessions.restrict(session, now, visit, current, person, None, METHOD)


def finish(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    person: Person,
    *,
    replace: bool,
    passkey_id: str,
) -> None:
    """Do what a new passkey from the small room brings about, in its own transaction (P86).

    All sessions of the person end, this one with them; with ``replace`` the other passkeys go; what
    is left of the saved codes ends. Who only just begins has nothing to lose, and is told nothing.
    """
    org_id, user_id = person.org_id, person.user_id
    actor = accounts.actor_of(person, visit)
    recovery.lock(session, org_id, user_id)
    held = recovery.count_passkeys(session, org_id, user_id, but=passkey_id)
    removed = 0
    if replace:
        removed = passkeys.delete_others(session, actor, now, visit, person, passkey_id)
    codes = recovery.end_set(session, org_id, user_id, now)
    ended = sessions.end_all(session, org_id, user_id, now, RECOVERED, by=actor, visit=visit)
    # What a link was asked for by, or METHOD.
    method = current.method or METHOD
    if method == Way.INVITE or (not held and method != METHOD):
        return
    way = _WAYS.get(method, method)
    changes = {
        "way": (None, method),
        "passkey": (None, passkey_id),
        "removed": (0, removed),
        "codesEnded": (0, codes),
        "sessionsEnded": (0, ended),
    }
    audit.record(session, actor, now, "recovery:complete", user_id, changes, visit)
    facts = {"user_name": person.user_name, "way": way, "removed": removed}
    notices.tell(session, now, org_id, "recovery_completed", person=user_id, facts=facts)
    if person.is_administrative:
        recovery_tests.note(session, now, visit, person, way)


def is_possible(person: Person, *, has_mail: bool) -> bool:
    """Return whether codes could ever open something to a person: a mail must reach them (P79)."""
    return has_mail and bool(person.email) and _may_recover(person)


def _find(session: Session, named: Named) -> tuple[Organization | None, Person | None]:
    """Return the organization that was typed and the person there, if there are any."""
    found = organizations.by_slug(session, named.organization.strip().lower())
    org_id = found.id if found is not None else LOWEST
    return found, accounts.named(session, org_id, named.name.strip())


def _may_recover(person: Person) -> bool:
    return person.why_shut_out is None and not accounts.must_use_sso(person)


def _is_lost(session: Session, person: Person | None) -> bool:
    """Return whether mail to somebody may reach a domain's next owner (D29); asked of anybody."""
    email, org_id = (person.email, person.org_id) if person is not None else (None, LOWEST)
    try:
        # Any suffix will do: what is read here is only compared with claims.
        domain = address.parse(email or "", test_suffixes=frozenset({"test"})).domain
    except UnreadableAddressError:
        domain = ""
    return claims.is_lost(session, org_id, domain)


def _is_mailed(
    sent: tuple[str, str] | None, keys: Keys, digest: str, named: Named, typed: str
) -> bool:
    """Return whether a typed code is the one that was mailed to this session for this name."""
    name_mac, mac = sent if sent is not None else ("", "")
    code = "".join(typed.split())
    # Every comparison is made, whatever the first of them said.
    fits = [
        hmac.compare_digest(_name_mac(key, named), name_mac)
        & hmac.compare_digest(_mail_mac(key, digest, code), mac)
        for key in keys.every
    ]
    return any(fits)


def _cause(
    person: Person | None,
    standing: recovery.Standing | None,
    *,
    is_saved: bool,
    sent: tuple[str, str] | None,
    is_mailed: bool,
) -> str | None:
    """Return what was wrong, for the audit log alone (P39)."""
    if person is None:
        return "user_unknown"
    if standing is None:
        return "no_account"
    refusals = (
        (person.why_shut_out, person.why_shut_out is not None),
        ("sso_required", accounts.must_use_sso(person)),
        ("codes_disabled", standing.disabled_at is not None),
        ("mail_code_over", sent is None),
        ("mail_code_wrong", not is_mailed),
        ("code_unknown", not is_saved),
    )
    return next((cause for cause, applies in refusals if applies), None)


def _refuse(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    person: Person | None,
    cause: str,
    standing: recovery.Standing | None,
) -> CodeRejectedError:
    """Count a failure, and after too many in a row disable the codes (P72)."""
    org_id = person.org_id if person is not None else LOWEST
    user_id = person.user_id if person is not None else LOWEST
    failed = recovery.fail(session, org_id, user_id)
    _record(session, now, visit, current, person, "recovery_code:reject", cause)
    is_enabled = standing is not None and standing.disabled_at is None
    if person is not None and is_enabled and failed >= MOST_FAILURES:
        recovery.disable(session, org_id, user_id, now)
        changes = {"failed": (0, failed)}
        actor = _stranger(org_id, visit)
        audit.record(session, actor, now, "recovery_code:disable", user_id, changes, visit)
        facts = {"user_name": person.user_name, "failed": failed}
        notices.tell(
            session,
            now,
            org_id,
            "recovery_codes_disabled",
            person=user_id,
            administrators=True,
            facts=facts,
        )
    return CodeRejectedError(cause)


def _record(
    session: Session,
    now: datetime,
    visit: Visit,
    current: WebSession,
    person: Person | None,
    event: str,
    cause: str | None = None,
) -> None:
    """Write an audit row of somebody nobody knows yet, one whoever is named."""
    actor = _stranger(person.org_id if person is not None else LOWEST, visit)
    subject = person.user_id if person is not None else current.id
    audit.record(session, actor, now, event, subject, {}, visit, cause)


def _stranger(org_id: str, visit: Visit) -> Actor:
    return Actor(
        org_id,
        Door.CONSOLE,
        audit.NOBODY.id,
        scopes=frozenset(),
        request_id=visit.request_id,
        user_agent=visit.user_agent,
    )


def _name_mac(key: bytes, named: Named) -> str:
    return hmac.digest(key, f"name\0{named.key}".encode("utf-8", "replace"), "sha256").hex()


def _mail_mac(key: bytes, digest: str, code: str) -> str:
    text = f"mailed code\0{digest}\0{code}".encode("utf-8", "replace")
    return hmac.digest(key, text, "sha256").hex()
