"""Rows of the audit log as people read them: who did what, to whom, and what it changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from scimserver.domain import domain_name
from scimserver.services.audit import NOBODY, OPERATOR
from scimserver.storage import claims, connections, names
from scimserver.storage.session import Session
from scimserver.web.console.links import domain_page, error_page

LENGTH = 160
_PERSON, _ERROR = "user:", "provisioning_error:"
_PAGES = {"User": "/console/users/", "Group": "/console/teams/"}
_CONNECTIONS = "/console/connections/"

_ACTORS: Mapping[str, str] = {
    OPERATOR: "The operator, at the command line",
    NOBODY.id: "Somebody who was not signed in",
    "sessions": "The server",
    "domains": "The server",
    "pausing": "The server",
}
EVENTS: Mapping[str, str] = {
    "user:create": "User came in",
    "user:update": "User changed",
    "user:delete": "User deleted",
    "group:create": "Team came in",
    "group:update": "Team changed",
    "group:delete": "Team deleted",
    "organization:create": "Organization made",
    "organization:update": "Organization changed",
    "domain:add": "Domain added",
    "domain:attest": "Domain attested",
    "domain:verify": "Domain verified",
    "domain:rotate": "New code for a domain",
    "domain:expire": "Code of a domain expired",
    "domain:risk": "Record of a domain missing",
    "domain:recover": "Record of a domain back",
    "domain:lapse": "Domain lapsed",
    "domain:contest": "Domain contested",
    "domain:end_contest": "Contest of a domain over",
    "domain:hand_over": "Domain passed to another organization",
    "domain:authorize": "Domain made authoritative",
    "domain:remove": "Domain given up",
    "identity_owner:add": "Identity owner named",
    "identity_owner:remove": "Identity owner removed",
    "sso:pilot_refused": "Pilot of single sign-on refused",
    "sso:offer_refused": "Offer of single sign-on refused",
    "sso:enforce_refused": "Enforcing single sign-on refused",
    "connection:create": "Connection made",
    "connection:update": "Connection changed",
    "connection:disable": "Connection switched off",
    "connection:enable": "Connection switched on",
    "connection:pause": "Connection paused",
    "connection:resume": "Connection resumed",
    "provisioning_error:acknowledge": "Error acknowledged",
    "provisioning_error:reopen": "Error opened again",
    "token:create": "Token made",
    "token:revoke": "Token revoked",
    "role:update": "Role changed",
    "local_admin:add": "Local administrator added",
    "local_admin:remove": "Local administrator removed",
    "local_admin:refuse": "Change of a local administrator refused",
    "local_admin:recover": "Local administrator let in from the shell",
    "passkey:create": "Passkey added",
    "passkey:rename": "Passkey renamed",
    "passkey:delete": "Passkey deleted",
    "passkey:suspect": "Passkey may have been copied",
    "passkey:reject": "Passkey refused",
    "ceremony:reject": "Sign-in attempt refused",
    "session:create": "Signed in",
    "session:step_up": "Passkey shown again",
    "session:end": "Session ended",
    "session:reject": "Request without a valid session refused",
    "recovery_code:generate": "Recovery codes made",
    "recovery_code:use": "Recovery code used",
    "recovery_code:reject": "Recovery code refused",
    "recovery_code:disable": "Recovery codes disabled",
    "recovery_code:mail": "Recovery code mailed",
    "recovery:test": "Recovery tested",
    "recovery:complete": "Recovered",
    "enrol_link:create": "Enrolment link made",
    "enrol_link:redeem": "Enrolment link opened",
    "enrol_link:use": "Enrolment link used",
    "enrol_link:revoke": "Enrolment link withdrawn",
    "enrol_link:reject": "Enrolment link refused",
}
"""What the events are called; any other one is shown by its own name."""


class Subject(NamedTuple):
    """Whom an event is about. ``href`` is empty where there is no page of it."""

    text: str
    href: str = ""


class Event(NamedTuple):
    """One event."""

    id: str
    at: datetime
    name: str
    what: str
    who: Subject
    subject: Subject
    changes: Sequence[tuple[str, str, str]]
    context: Mapping[str, Any]


def events(session: Session, org_id: str, rows: Iterable[Any]) -> list[Event]:
    """Return rows of the audit log with the names of everybody in them, from three statements."""
    rows = list(rows)
    ids = {row.subject_id for row in rows}
    ids |= {row.actor.removeprefix(_PERSON) for row in rows}
    known = _known(session, org_id, ids)
    return [
        Event(
            id=row.id,
            at=row.at,
            name=row.event,
            what=EVENTS.get(row.event, row.event),
            who=_actor(row.actor, known),
            subject=known.get(row.subject_id) or _other(row.event, row.subject_id),
            changes=[
                (change["path"], short(change["before"]), short(change["after"]))
                for change in row.changes
            ],
            context=row.context or {},
        )
        for row in rows
    ]


def name_of(session: Session, org_id: str, id: str) -> Subject:
    """Return what somebody or something of the organization is called."""
    return _known(session, org_id, [id]).get(id) or Subject(id)


def short(value: Any) -> str:
    """Return a value in one short line; nothing for none."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"


def _known(session: Session, org_id: str, ids: Iterable[str]) -> dict[str, Subject]:
    named = names.of(session, org_id, ids)
    found = {
        id: Subject(each.shown or id, f"{_PAGES[each.type]}{id}" if each.type in _PAGES else "")
        for id, each in named.items()
    }
    for each in connections.every(session, org_id):
        found[each.id] = Subject(each.name, f"{_CONNECTIONS}{each.id}")
    for claim in claims.every(session, org_id):
        found[claim.id] = Subject(domain_name.unicode_of(claim.domain), domain_page(claim.id))
    return found


def _other(event: str, id: str) -> Subject:
    if event.startswith(_ERROR):
        return Subject("Error", error_page(id))
    return Subject("")


def _actor(actor: str, known: Mapping[str, Subject]) -> Subject:
    id = actor.removeprefix(_PERSON)
    found = known.get(id)
    if found is not None:
        return found
    if actor.startswith(_PERSON):
        return Subject("A user who is deleted")
    return Subject(_ACTORS.get(actor, actor))
