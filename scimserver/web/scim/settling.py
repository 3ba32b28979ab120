"""Accepted writes settle what had been refused, once they are answered for (M11, G11).

In a transaction of its own, and only where something waits: no write fails, waits or is slower by
it, and a connection without errors does not even ask.
"""

from collections.abc import Collection, Sequence

from scimserver.domain.actor import Actor
from scimserver.domain.commands import Outcome
from scimserver.services import causes, subjects
from scimserver.services.causes import Success
from scimserver.services.subjects import Subject
from scimserver.storage.errors import StorageError
from scimserver.storage.session import Session
from scimserver.web.http import Services
from scimserver.web.scim.request import Call


def keep(
    call: Call, actor: Actor, done: Sequence[tuple[str, Outcome]], but: Collection[Subject] = ()
) -> None:
    """Keep in mind what a call did, where its connection has errors; ``but`` stays open."""
    credential = call.credential
    if credential is None or not credential.has_errors or credential.user_id is not None:
        return
    whole = subjects.of_request(actor.connection_id, call.method, call.route)
    call.success = causes.success(actor, call.now, done, but, also=[whole])


def settle(services: Services, call: Call, done: Success) -> None:
    """Settle what a call put right. The answer stands, whatever becomes of it."""

    def work(session: Session) -> None:
        causes.settle(session, done)

    try:
        if services.read(lambda session: causes.is_due(session, done)):
            services.write(work)
    except StorageError as failure:
        services.log.write(
            "note lost", call.now, level="warning", request_id=call.request_id, code=failure.code
        )
