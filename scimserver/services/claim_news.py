"""What happens to a claim, written down and told: an audit row and a notice for each event."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from scimserver.domain import diagnostics, domain_name
from scimserver.domain.actor import Actor, Door
from scimserver.domain.claim_life import Event
from scimserver.domain.claims import Claim
from scimserver.domain.visit import Visit
from scimserver.services import audit, notices
from scimserver.storage.session import Session


class _News(NamedTuple):
    """How an event is written down, None for not at all, and which notice tells it."""

    audited: str | None
    notice: str


_NEWS: Mapping[Event, _News] = {
    Event.VERIFIED: _News("domain:verify", "domain_verified"),
    Event.EXPIRED: _News("domain:expire", "domain_expired"),
    Event.AT_RISK: _News("domain:risk", "domain_at_risk"),
    Event.REMINDED: _News(None, "domain_reminder"),
    Event.RECOVERED: _News("domain:recover", "domain_recovered"),
    Event.LAPSED: _News("domain:lapse", "domain_lapsed"),
    Event.CONTESTED: _News("domain:contest", "domain_contested"),
    Event.CONTEST_OVER: _News("domain:end_contest", "domain_contest_over"),
    Event.HANDED_OVER: _News("domain:hand_over", "domain_lost"),
}
# Losing the domain an organization signs in by concerns everyone who runs it (G2).
_ALARMS = frozenset(
    {Event.AT_RISK, Event.REMINDED, Event.CONTESTED, Event.LAPSED, Event.HANDED_OVER}
)


def system(org_id: str) -> Actor:
    """Return who acts where nobody asked: the schedule, or another organization's claim.

    What one organization does is thus never seen in the log of another (D33).
    """
    return Actor(org_id, Door.SYSTEM, "domains", scopes=frozenset())


def spread(
    session: Session,
    actor: Actor,
    now: datetime,
    before: Claim,
    after: Claim,
    events: Iterable[Event],
    visit: Visit | None = None,
) -> None:
    """Write down and tell what happened to a claim of the actor's organization."""
    for event in events:
        news = _NEWS[event]
        if news.audited is not None:
            found = after.last_check.code.value if after.last_check is not None else None
            changes = {
                "domain": (None, after.domain),
                "state": (before.state.value, after.state.value),
                "contested": (before.contested, after.contested),
                "authoritative": (before.authoritative, after.authoritative),
                "found": (None, found),
            }
            audit.record(session, actor, now, news.audited, after.id, changes, visit)
        alarms = event in _ALARMS and before.authoritative
        tell(session, now, after, news.notice, administrators=alarms)


def tell(
    session: Session,
    now: datetime,
    claim: Claim,
    code: str,
    *,
    administrators: bool = False,
    quiet_since: datetime | None = None,
    **facts: Any,
) -> None:
    """Tell those who answer for identity about a claim; ``administrators`` as well, if asked."""
    notices.tell(
        session,
        now,
        claim.org_id,
        code,
        identity_owners=True,
        administrators=administrators,
        quiet_since=quiet_since,
        quiet_about=("domain",),
        facts={
            "domain": domain_name.unicode_of(claim.domain),
            "grace_ends_at": claim.grace_ends_at,
            "found": _found(claim, now),
            **facts,
        },
    )


def _found(claim: Claim, now: datetime) -> str | None:
    """Return what the last check found, in words."""
    if claim.last_check is None:
        return None
    return diagnostics.words(claim.last_check, claim.domain, claim.next_check_at, now).detail
