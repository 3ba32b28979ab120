"""What is left of a change that did not reach a local administrator: its trace (P91)."""

from datetime import datetime, timedelta

from scimserver.domain.actor import Actor
from scimserver.domain.errors import ProtectedResourceError
from scimserver.errors import ScimServerError
from scimserver.services import accounts, audit, notices
from scimserver.storage.session import Session

EVENT = "local_admin:refuse"
QUIET = timedelta(days=1)


def refused(session: Session, actor: Actor, at: datetime, refusal: ScimServerError) -> None:
    """Write what a door refused into the audit log, if it was such a change; nothing else.

    The surfaces tell of each refusal they log. Of all others the provisioning log says enough.
    """
    if isinstance(refusal, ProtectedResourceError):
        user_id = str(refusal.context["user"])
        audit.record(session, actor, at, EVENT, user_id, {"code": (None, refusal.code)})
        _tell(session, at, actor.org_id, user_id, actor.door.value)


def _tell(session: Session, at: datetime, org_id: str, user_id: str, door: str) -> None:
    """Tell the administrators that a change was refused, once a day at the most.

    An identity provider tries again with each of its rounds.
    """
    person = accounts.person(session, org_id, user_id)
    facts = {"user_name": person.user_name if person is not None else None, "door": door}
    notices.tell(
        session,
        at,
        org_id,
        "local_admin_refused",
        administrators=True,
        facts=facts,
        quiet_since=at - QUIET,
    )
