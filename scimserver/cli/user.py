"""``scimserver user``: users as they are stored, turned off and on again."""

from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.listing import paged, show
from scimserver.cli.lookup import of_operator
from scimserver.cli.schemas import schemas_of
from scimserver.domain.commands import Outcome
from scimserver.services import accounts, intake
from scimserver.services.intake import Request, Sizes
from scimserver.services.provisioning import Provisioning
from scimserver.storage.session import Session

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@click.group("user")
def group() -> None:
    """Show users as they are stored, turn them off and on."""


@group.command("list")
@paged
def list_(context: Context, org: str, cursor: str | None, limit: int) -> None:
    """List the users of ORG in the order in which they came; JSON has their SCIM resources.

    \b
    Example: scimserver user list acme-inc --limit 20
    """
    show(context, org, "User", cursor, limit, ("id", "userName", "displayName", "active"))


@group.command("deactivate")
@click.argument("org")
@click.argument("user")
@click.option("--force", is_flag=True, help="Even the last local administrator.")
@json_option
@click.pass_obj
def deactivate(context: Context, org: str, user: str, force: bool) -> None:
    """Turn USER of ORG off: sessions end, passkeys, links and tokens open nothing from now on.

    USER is an id or a userName. Nothing is deleted.

    \b
    Example: scimserver user deactivate acme-inc ann@acme.com
    """
    _switch(context, org, user, active=False, force=force)


@group.command("activate")
@click.argument("org")
@click.argument("user")
@json_option
@click.pass_obj
def activate(context: Context, org: str, user: str) -> None:
    """Turn USER of ORG on again, with the passkeys the user had.

    Refused where an address no longer lies in a verified domain.

    \b
    Example: scimserver user activate acme-inc ann@acme.com
    """
    _switch(context, org, user, active=True)


def _switch(context: Context, org: str, user: str, *, active: bool, force: bool = False) -> None:
    registry = schemas_of(context, org)
    settings = context.settings

    def work(session: Session) -> tuple[str, str, Outcome]:
        actor = of_operator(session, org, force=force)
        person = accounts.find(session, actor.org_id, user)
        change = {"op": "replace", "path": "active", "value": active}
        body = {"schemas": [PATCH], "Operations": [change]}
        request = Request("PATCH", registry.types["User"], person.user_id, body)
        door = Provisioning(
            session,
            registry,
            context.clock,
            test_suffixes=settings.extra_suffixes,
            min_local_admins=settings.min_local_admins,
        )
        done = door.apply(actor, intake.command(request, actor.profile, Sizes()))
        return person.user_id, person.user_name, done

    id, name, outcome = context.run(work)
    revoked: dict[str, Any] = next(
        (change.after for change in outcome.consequences if change.path == "revoked"), {}
    )
    context.output.item(
        {
            "id": id,
            "userName": name,
            "active": active,
            "sessions": revoked.get("sessions", 0),
            "passkeys": revoked.get("passkeys", 0),
            "enrolLinks": revoked.get("enrolLinks", 0),
            "tokens": revoked.get("tokens", 0),
        }
    )
