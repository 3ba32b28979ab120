"""What every page for administrators says first: domains about to be lost, changes that wait."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from scimserver.domain import domain_name
from scimserver.domain.claims import Claim, State
from scimserver.domain.roles import grants
from scimserver.services import accounts, connections, domains
from scimserver.storage.connections import Connection
from scimserver.storage.session import Session
from scimserver.web.console.links import CONNECTIONS, SSO, connection_page, domain_page
from scimserver.web.http import Services
from scimserver.web.visitor import Visitor

MOST = 3
_GRAVITY = ("bad", "warn")


class Alarm(NamedTuple):
    """One sentence with its colour, the moment it speaks of, and the page that helps."""

    kind: str
    text: str
    href: str
    at: datetime | None = None


class Alarms:
    """What somebody is told on each page: nothing, unless they run the organization."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def of(self, visitor: Visitor) -> list[Alarm]:
        """Return what whoever is signed in must not overlook."""
        if not grants(visitor.me.role, "organization view"):
            return []
        actor = accounts.actor_of(visitor.me, visitor.visit)

        def work(session: Session) -> list[Alarm]:
            return alarms(domains.every(session, actor), connections.every(session, actor))

        return self._services.read(work)


def alarms(claims: Iterable[Claim], connections: Iterable[Connection] = ()) -> list[Alarm]:
    """Return what must not be overlooked; many of a kind come as a number."""
    return _pauses(connections) + _domains(claims)


def _pauses(connections: Iterable[Connection]) -> list[Alarm]:
    paused = [each for each in connections if each.paused_at is not None]
    if len(paused) > MOST:
        text = f"Changes of {len(paused)} connections are paused: too many were refused."
        return [Alarm("bad", text, CONNECTIONS)]
    text = "Too many changes of {} were refused, so its changes are paused since"
    return [
        Alarm("bad", text.format(each.name), connection_page(each.id), each.paused_at)
        for each in paused
    ]


def _domains(claims: Iterable[Claim]) -> list[Alarm]:
    """Return what domains give cause for, the gravest first."""
    found = [alarm for claim in claims if (alarm := _alarm(claim)) is not None]
    found.sort(key=lambda alarm: _GRAVITY.index(alarm.kind))
    if len(found) <= MOST:
        return found
    kind = found[0].kind
    return [Alarm(kind, f"{len(found)} of your domains are at risk or have lapsed.", SSO)]


def _alarm(claim: Claim) -> Alarm | None:
    name, href = domain_name.unicode_of(claim.domain), domain_page(claim.id)
    if claim.contested:
        return Alarm(
            "bad",
            f"Another organization claims {name}, and your record is missing. The domain passes "
            "to it unless the record is back by",
            href,
            claim.grace_ends_at,
        )
    if claim.state is State.AT_RISK:
        # Everything else of the organization hangs on that one (G2).
        kind = "bad" if claim.authoritative else "warn"
        text = f"The record of {name} is missing. The domain lapses unless it is back by"
        return Alarm(kind, text, href, claim.grace_ends_at)
    if claim.state is State.LAPSED:
        text = f"The domain {name} has lapsed: nobody new comes in with an address of it."
        return Alarm("bad", text, href)
    return None
