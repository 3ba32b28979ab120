"""``scimserver token``: a connection's bearer tokens, and those of its users."""

from dataclasses import replace
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lookup import of_connection, of_token
from scimserver.cli.output import moment
from scimserver.services import tokens
from scimserver.services.tokens import Minted
from scimserver.storage.session import Session
from scimserver.storage.tokens import Token


@click.group("token")
def group() -> None:
    """Manage a connection's tokens: at most two are live, so that one can be replaced in peace.

    Tokens bound to a user are counted apart.
    """


@group.command("create")
@click.argument("connection")
@click.option("--user", required=True, help="Whom it is bound to: an id or a userName.")
@click.option(
    "--days",
    type=click.IntRange(1, tokens.MAX_DAYS),
    default=tokens.DAYS,
    show_default=True,
    help="How long it lives.",
)
@json_option
@click.pass_obj
def create(context: Context, connection: str, user: str, days: int) -> None:
    """Make a token for one user of a connection and print it, which is shown this once.

    By it the user reaches /Me and the discovery documents, and nothing else. What /Me does is said
    by the switch `me` of the connection: scimserver connection update CONNECTION --set me=user.
    Turning the user off or deleting them ends the token for good.

    \b
    Example: scimserver token create 0192... --user ann@acme.com --days 30
    """

    def work(session: Session) -> Minted:
        actor, pepper = of_connection(session, connection), context.settings.token_pepper
        now = context.clock.now()
        return tokens.bind(session, actor, now, pepper, connection, user, days=days)

    minted = context.run(work)
    context.output.item({"token": minted.secret, **shown(minted.token)})


@group.command("rotate")
@click.argument("connection")
@json_option
@click.pass_obj
def rotate(context: Context, connection: str) -> None:
    """Add a second token and print it, which is shown this once.

    Enter it at the identity provider, then revoke the old one.

    \b
    Example: scimserver token rotate 0192...
    """

    def work(session: Session) -> Minted:
        actor, pepper = of_connection(session, connection), context.settings.token_pepper
        return tokens.rotate(session, actor, context.clock.now(), pepper, connection)

    minted = context.run(work)
    context.output.item({"token": minted.secret, **shown(minted.token)})


@group.command("revoke")
@click.argument("token_id")
@json_option
@click.pass_obj
def revoke(context: Context, token_id: str) -> None:
    """End a token: the next request with it is answered 401.

    \b
    Example: scimserver token revoke 0192...
    """

    def work(session: Session) -> Token:
        now = context.clock.now()
        found = tokens.revoke(session, of_token(session, token_id), now, token_id)
        return replace(found, revoked_at=found.revoked_at or now)

    context.output.item(shown(context.run(work)))


@group.command("list")
@click.argument("connection")
@json_option
@click.pass_obj
def list_(context: Context, connection: str) -> None:
    """List the tokens of a connection and of its users, dead ones included.

    \b
    Example: scimserver token list 0192...
    """

    def work(session: Session) -> list[Token]:
        actor = of_connection(session, connection)
        bound = tokens.bound(session, actor, connection)
        return [*tokens.every(session, actor, connection), *bound[::-1]]

    found = context.read(work)
    context.output.items([shown(each) for each in found], "No token yet.")


def shown(token: Token) -> dict[str, Any]:
    """Return what is told of a token: never more of it than its first characters."""
    return {
        "token_id": token.id,
        "user_id": token.user_id,
        "prefix": token.prefix,
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "revoked_at": moment(token.revoked_at),
        "last_used_at": moment(token.last_used_at),
    }
