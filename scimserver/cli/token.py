"""``scimserver token``: a connection's bearer tokens."""

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
    """Manage a connection's tokens: at most two are live, so that one can be replaced in peace."""


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
    """List the tokens of a connection, dead ones included.

    \b
    Example: scimserver token list 0192...
    """

    def work(session: Session) -> list[Token]:
        return tokens.every(session, of_connection(session, connection), connection)

    found = context.read(work)
    context.output.items([shown(each) for each in found], "No token yet.")


def shown(token: Token) -> dict[str, Any]:
    """Return what is told of a token: never more of it than its first characters."""
    return {
        "token_id": token.id,
        "prefix": token.prefix,
        "created_at": moment(token.created_at),
        "expires_at": moment(token.expires_at),
        "revoked_at": moment(token.revoked_at),
        "last_used_at": moment(token.last_used_at),
    }
