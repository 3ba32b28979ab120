"""``scimserver connection``: one identity provider's link to one organization."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lookup import of_connection, of_organization
from scimserver.cli.output import described, moment, table
from scimserver.domain.actor import ALL_SCOPES, Actor
from scimserver.scim.quirks import PROFILES
from scimserver.scim.quirks.counters import MEANINGS
from scimserver.services import connections, pausing, tokens, tolerated
from scimserver.services.tokens import Minted
from scimserver.storage.connections import Connection
from scimserver.storage.quirk_counts import QuirkCount
from scimserver.storage.session import Session

profile_option = click.option(
    "--profile", type=click.Choice(sorted(PROFILES)), help="Which identity provider it is."
)
rate_limit_option = click.option(
    "--rate-limit", type=click.IntRange(1), help="Requests a second; 25 if never said."
)
scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(sorted(ALL_SCOPES)),
    help="What its tokens may do; everything if never said. May be repeated.",
)


def _switches(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise click.BadParameter(f"'{each}' is not SWITCH=VALUE, such as patch_response=body")
    pairs = (each.partition("=") for each in given)
    return {switch.strip(): word.strip() for switch, _, word in pairs}


switches_option = click.option(
    "--set",
    "switches",
    multiple=True,
    metavar="SWITCH=VALUE",
    callback=_switches,
    help="Depart from the profile; an empty VALUE returns to it. May be repeated.",
)


@click.group("connection")
def group() -> None:
    """Manage connections: one identity provider's link to one organization each."""


@group.command("create")
@click.argument("org")
@click.argument("name")
@profile_option
@rate_limit_option
@scope_option
@switches_option
@json_option
@click.pass_obj
def create(
    context: Context,
    org: str,
    name: str,
    profile: str | None,
    rate_limit: int | None,
    scopes: tuple[str, ...],
    switches: dict[str, str],
) -> None:
    """Connect an identity provider to ORG and print its token, which is shown this once.

    \b
    Example: scimserver connection create acme-inc "Acme directory" --profile generic
    """

    def work(session: Session) -> tuple[Connection, Minted]:
        actor, now = of_organization(session, org), context.clock.now()
        made = connections.create(
            session,
            actor,
            now,
            name=name,
            profile=profile or "generic",
            switches=switches,
            rate_limit=connections.RATE_LIMIT if rate_limit is None else rate_limit,
            scopes=frozenset(scopes) or connections.EVERYTHING,
        )
        pepper = context.settings.token_pepper
        return made, tokens.mint(session, actor, now, pepper, made.id)

    made, minted = context.run(work)
    context.output.item(
        {
            "id": made.id,
            "scim_base_url": base_url(context),
            "token": minted.secret,
            "token_id": minted.token.id,
            "expires_at": moment(minted.token.expires_at),
            **_details(made),
        }
    )


@group.command("list")
@click.argument("org")
@json_option
@click.pass_obj
def list_(context: Context, org: str) -> None:
    """List the connections of ORG.

    \b
    Example: scimserver connection list acme-inc
    """

    def work(session: Session) -> list[dict[str, Any]]:
        actor = of_organization(session, org)
        return [shown(context, session, actor, each) for each in connections.every(session, actor)]

    context.output.items(context.read(work), "No connection yet.")


@group.command("show")
@click.argument("connection")
@json_option
@click.pass_obj
def show(context: Context, connection: str) -> None:
    """Show a connection and what its client sends that had to be tolerated.

    Counts are at most a minute behind while the client sends.

    \b
    Example: scimserver connection show 0192...
    """

    def work(session: Session) -> tuple[dict[str, Any], list[QuirkCount]]:
        actor = of_connection(session, connection)
        found = connections.find(session, actor, connection)
        return shown(context, session, actor, found), tolerated.every(session, actor, connection)

    item, counts = context.read(work)
    quirks = [{**each._asdict(), "last_at": moment(each.last_at)} for each in counts]
    lines = [*described(item), "", "Tolerated so far:", *_explained(quirks)]
    context.output.item({**item, "quirks": quirks}, lines)


def _explained(quirks: list[dict[str, Any]]) -> list[str]:
    if not quirks:
        return ["Nothing: all it sent was as the standard has it."]
    # A name that an older or a newer version counted explains itself.
    return table([{**each, "the_client": MEANINGS.get(each["quirk"], "-")} for each in quirks])


@group.command("update")
@click.argument("connection")
@click.option("--name", help="The new name.")
@profile_option
@rate_limit_option
@scope_option
@switches_option
@json_option
@click.pass_obj
def update(
    context: Context,
    connection: str,
    name: str | None,
    profile: str | None,
    rate_limit: int | None,
    scopes: tuple[str, ...],
    switches: dict[str, str],
) -> None:
    """Change a connection from its next request on; what is not named stays.

    \b
    Example: scimserver connection update 0192... --rate-limit 50 --set patch_response=body
    """
    changes = connections.Changes(
        name=name,
        profile=profile,
        switches=switches or None,
        rate_limit=rate_limit,
        scopes=frozenset(scopes) or None,
    )

    _change(context, connection, partial(connections.update, changes=changes))


@group.command("disable")
@click.argument("connection")
@json_option
@click.pass_obj
def disable(context: Context, connection: str) -> None:
    """Answer 401 to every token of a connection, until it is enabled again.

    \b
    Example: scimserver connection disable 0192...
    """
    _change(context, connection, connections.disable)


@group.command("enable")
@click.argument("connection")
@json_option
@click.pass_obj
def enable(context: Context, connection: str) -> None:
    """Let a disabled connection in again, with the tokens it has.

    \b
    Example: scimserver connection enable 0192...
    """
    _change(context, connection, connections.enable)


@group.command("resume")
@click.argument("connection")
@json_option
@click.pass_obj
def resume(context: Context, connection: str) -> None:
    """Carry out again what a connection sends, after too many refusals had paused its changes.

    \b
    Example: scimserver connection resume 0192...
    """
    _change(context, connection, pausing.resume)


def _change(
    context: Context,
    connection: str,
    change: Callable[[Session, Actor, datetime, str], Connection],
) -> None:
    """Change a connection, and print what it is then."""

    def work(session: Session) -> dict[str, Any]:
        actor = of_connection(session, connection)
        changed = change(session, actor, context.clock.now(), connection)
        return shown(context, session, actor, changed)

    context.output.item(context.run(work))


def base_url(context: Context) -> str:
    """Return the address an identity provider is given."""
    return f"{context.settings.base_url}/scim/v2"


def shown(
    context: Context, session: Session, actor: Actor, connection: Connection
) -> dict[str, Any]:
    """Return what is told of a connection; it expires with the last of its live tokens."""
    now = context.clock.now()
    every = tokens.every(session, actor, connection.id)
    expiries = [token.expires_at for token in every if token.is_live(now)]
    return {
        "id": connection.id,
        "scim_base_url": base_url(context),
        "expires_at": moment(max(expiries, default=None)),
        **_details(connection),
    }


def _details(connection: Connection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "profile": connection.profile,
        "rate_limit": connection.rate_limit,
        "scopes": sorted(connection.scopes),
        "switches": dict(connection.switches),
        "disabled": connection.disabled,
        "paused_at": moment(connection.paused_at),
    }
