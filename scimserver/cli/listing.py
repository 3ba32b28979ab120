"""Pages of what an organization holds, as ``user list`` and ``team list`` show them."""

from collections.abc import Callable, Sequence
from typing import Any

import click
import orjson

from scimserver.cli.context import Context, json_option
from scimserver.cli.lookup import through_connection
from scimserver.cli.schemas import schemas_of
from scimserver.clock import timestamp
from scimserver.ids import is_id
from scimserver.scim.conditions import etag
from scimserver.scim.resource import Stored
from scimserver.services.export import public_document
from scimserver.storage import search
from scimserver.storage.search import Search
from scimserver.storage.session import Session
from scimserver.storage.sorting import Position


def _id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not is_id(value):
        raise click.BadParameter("take it from 'next' of the page before")
    return value


cursor_option = click.option(
    "--cursor", callback=_id, help="Where the page begins: 'next' of the page before."
)
limit_option = click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="How many a page has.",
)


def paged(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ORG and the options of a page of what that organization holds."""
    for part in (click.pass_obj, json_option, limit_option, cursor_option, click.argument("org")):
        command = part(command)
    return command


def show(
    context: Context, org: str, type_name: str, cursor: str | None, limit: int, names: Sequence[str]
) -> None:
    """Print a page of one type of resource; people see the named attributes."""
    kind = schemas_of(context, org).types.get(type_name)
    position = Position(key=None, id=cursor) if cursor is not None else None

    def work(session: Session) -> list[Stored]:
        actor = through_connection(session, org, None)
        if kind is None:
            return []
        asked = Search((kind,), connection_id=actor.connection_id)
        found = search.rows_after(session, actor.org_id, asked, position, limit + 1)
        return [stored for stored, _ in found]

    items = [_item(stored) for stored in context.read(work)]
    page(context, items, limit, names)


def page(
    context: Context, items: Sequence[dict[str, Any]], limit: int, names: Sequence[str]
) -> None:
    """Print the first ``limit`` items; one more tells that there is a next page."""
    shown = items[:limit]
    following = shown[-1]["id"] if len(items) > limit else None
    rows = [{name: item.get(name) for name in names} for item in shown]
    context.output.page(shown, rows, following)


def _item(stored: Stored) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(public_document(stored))
    if stored.external_id is not None:
        body["externalId"] = stored.external_id
    body["meta"] = {
        "resourceType": stored.type.name,
        "created": timestamp(stored.created_at),
        "lastModified": timestamp(stored.updated_at),
        "version": etag(stored.version),
    }
    return body
