"""What the commands that let somebody in share: where links lead, and who makes them."""

import os
import pwd
from typing import Any

from scimserver.cli.context import Context
from scimserver.cli.output import moment
from scimserver.config import SettingsError
from scimserver.domain.actor import Actor
from scimserver.domain.person import Person
from scimserver.services import enrolment
from scimserver.services.enrolment import DEFAULT_LIFETIME, Issued, Way
from scimserver.storage.session import Session
from scimserver.web.relying_party import from_settings


def origin_of(context: Context) -> str:
    """Return the address links lead to, or raise SettingsError where nobody could sign in."""
    party = from_settings(context.settings)
    if party is None:
        raise SettingsError(
            "Nobody can sign in at this address: browsers know passkeys on https and on "
            "http://localhost only. Set SCIMSERVER_ORIGINS to the https address people open."
        )
    return party.home


def operating_user(context: Context) -> str:
    """Return who types this, as the operating system knows them; behind sudo, who used it (P84)."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # Containers run under numbers that no list of users has.
        name = str(os.getuid())
    behind = context.environ.get("SUDO_USER", "")
    return f"{behind} (as {name})" if behind and behind != name else name


def link_for(session: Session, context: Context, actor: Actor, person: Person) -> Issued:
    """Issue the link by which somebody who was invited enrols a first passkey."""
    return enrolment.issue(
        session,
        actor,
        context.clock.now(),
        person,
        door=Way.INVITE,
        issued_by=operating_user(context),
        lifetime=DEFAULT_LIFETIME,
        origin=origin_of(context),
    )


def told(person: Person, issued: Issued) -> dict[str, Any]:
    """Return what is printed of a link, this once."""
    return {
        "id": person.user_id,
        "userName": person.user_name,
        "role": person.role.value,
        "url": issued.url,
        "expires_at": moment(issued.expires_at),
    }
