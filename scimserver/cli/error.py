"""``scimserver error``: what was refused, once for each cause, and who sees to it."""

from collections.abc import Callable
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.listing import limit_option
from scimserver.cli.lookup import of_organization
from scimserver.domain.actor import Actor
from scimserver.domain.provisioning_error import State
from scimserver.services import connections, error_object, provisioning_errors
from scimserver.storage.provisioning_errors import ProvisioningError
from scimserver.storage.session import Session

COLUMNS = ("id", "state", "count", "lastSeenAt", "operation", "errorCode", "reason")


@click.group("error")
def group() -> None:
    """Show what was refused, once for each cause, and say who sees to it."""


@group.command("list")
@click.argument("org")
@click.option(
    "--state", type=click.Choice([each.value for each in State]), help="Only what is in this state."
)
@click.option("--connection", help="Only what one connection sent: its id or name.")
@click.option("--cursor", default="", help="Where the page begins: 'next' of the page before.")
@limit_option
@json_option
@click.pass_obj
def list_(
    context: Context, org: str, state: str | None, connection: str | None, cursor: str, limit: int
) -> None:
    """List the causes of refusals in ORG, the latest first.

    A cause is resolved by itself when the same user or team gets through.

    \b
    Example: scimserver error list acme-inc --state open
    """

    def work(session: Session) -> list[ProvisioningError]:
        actor = of_organization(session, org)
        chosen = connections.find(session, actor, connection).id if connection else None
        return provisioning_errors.page(
            session,
            actor.org_id,
            state=State(state) if state else None,
            connection_id=chosen,
            before=cursor,
            limit=limit + 1,
        )

    found = context.read(work)
    shown = found[:limit]
    items = [error_object.shown(each) for each in shown]
    rows = [{name: item[name] for name in COLUMNS} for item in items]
    following = provisioning_errors.place(shown[-1]) if len(found) > limit else None
    context.output.page(items, rows, following)


def of_error(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ORG and ERROR."""
    for part in (click.pass_obj, json_option, click.argument("error"), click.argument("org")):
        command = part(command)
    return command


@group.command("show")
@of_error
def show(context: Context, org: str, error: str) -> None:
    """Show why ERROR of ORG was refused, how often, and what to do about it.

    \b
    Example: scimserver error show acme-inc 0192...
    """

    def work(session: Session) -> ProvisioningError:
        return provisioning_errors.find(session, of_organization(session, org).org_id, error)

    context.output.item(error_object.shown(context.read(work)))


@group.command("acknowledge")
@of_error
def acknowledge(context: Context, org: str, error: str) -> None:
    """Say that somebody sees to ERROR of ORG: nobody is told of it again while it lasts.

    \b
    Example: scimserver error acknowledge acme-inc 0192...
    """
    now = context.clock.now()
    _change(context, org, lambda s, actor: provisioning_errors.acknowledge(s, actor, now, error))


@group.command("reopen")
@of_error
def reopen(context: Context, org: str, error: str) -> None:
    """Say that nobody sees to ERROR of ORG any more.

    \b
    Example: scimserver error reopen acme-inc 0192...
    """
    now = context.clock.now()
    _change(context, org, lambda s, actor: provisioning_errors.reopen(s, actor, now, error))


def _change(
    context: Context, org: str, change: Callable[[Session, Actor], ProvisioningError]
) -> None:
    changed = context.run(lambda session: change(session, of_organization(session, org)))
    told: dict[str, Any] = error_object.shown(changed)
    context.output.item(told)
