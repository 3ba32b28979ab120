"""``scimserver org``: organizations."""

from datetime import datetime
from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lazy import LazyGroup
from scimserver.cli.lookup import of_organization
from scimserver.cli.output import moment
from scimserver.domain.actor import Actor
from scimserver.domain.provisioning_error import Notices
from scimserver.services import error_policy, identity_owners, organizations
from scimserver.services.sandboxes import DAYS
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

NEVER = 0
# By the words of the command line.
_NOTICES = {notices.value.replace("_", "-"): notices for notices in Notices}


def _whole_or_never(
    context: click.Context, parameter: click.Parameter, given: str | None
) -> int | None:
    if given is None:
        return None
    if given == "never":
        return NEVER
    whole: int = click.IntRange(1, error_policy.MOST)(given, parameter, context)
    return whole


@click.group(
    "org",
    cls=LazyGroup,
    lazy={"delete": ("scimserver.cli.org_delete:command", "Delete one with all it holds.")},
)
def group() -> None:
    """Manage organizations: who is provisioned."""


@group.command("create")
@click.argument("name")
@click.option("--slug", help="Short name for addresses and commands; formed from NAME if absent.")
@click.option("--sandbox", is_flag=True, help="Take any domain, let nobody sign in; for good.")
@click.option("--days", type=int, help=f"How long a sandbox stays open; {DAYS} if absent.")
@json_option
@click.pass_obj
def create(context: Context, name: str, slug: str | None, sandbox: bool, days: int | None) -> None:
    """Create an organization.

    A sandbox is for trying things out: when it closes its tokens open nothing any more, everything
    in it is kept, and 'org update --days' opens it again.

    \b
    Examples: scimserver org create "Acme Inc"
              scimserver org create Trial --sandbox --days 7
    """

    def work(session: Session) -> Organization:
        now = context.clock.now()
        return organizations.create(session, now, name=name, slug=slug, sandbox=sandbox, days=days)

    context.output.item(shown(context.run(work)))


@group.command("list")
@json_option
@click.pass_obj
def list_(context: Context) -> None:
    """List all organizations.

    \b
    Example: scimserver org list
    """
    found = context.read(organizations.every)
    context.output.items([shown(each) for each in found], "No organization yet.")


@group.command("show")
@click.argument("org")
@json_option
@click.pass_obj
def show(context: Context, org: str) -> None:
    """Show one organization.

    \b
    Example: scimserver org show acme-inc
    """
    found = context.read(lambda session: organizations.find(session, org))
    context.output.item(shown(found))


@group.command("update")
@click.argument("org")
@click.option("--name", help="The new name.")
@click.option(
    "--require-address/--no-require-address",
    default=None,
    help="Whether a user without an email address is refused.",
)
@click.option(
    "--forbid-get-filters/--allow-get-filters",
    default=None,
    help="Whether filters in URLs are refused; those in the body of .search never are.",
)
@click.option(
    "--suspend/--resume",
    "suspended",
    default=None,
    help="Whether nobody may sign in; provisioning goes on.",
)
@click.option("--days", type=int, help="Let a sandbox close so many days from now.")
@click.option(
    "--identity-contact",
    "contact",
    metavar="EMAIL",
    help="Who is told of domains and sign-in, beside the identity owners; '' for nobody.",
)
@click.option(
    "--error-notices",
    "notices",
    type=click.Choice(list(_NOTICES)),
    help="How identity owners hear of what is refused.",
)
@click.option(
    "--pause-after",
    metavar="N|never",
    callback=_whole_or_never,
    help="Pause the changes of a connection after N refusals in ten minutes, or never.",
)
@json_option
@click.pass_obj
def update(
    context: Context,
    org: str,
    name: str | None,
    require_address: bool | None,
    forbid_get_filters: bool | None,
    suspended: bool | None,
    days: int | None,
    contact: str | None,
    notices: str | None,
    pause_after: int | None,
) -> None:
    """Change an organization; what is not named stays.

    \b
    Example: scimserver org update acme-inc --require-address
    """
    changes: dict[str, Any] = {
        "name": name,
        "require_address": require_address,
        "forbid_get_filters": forbid_get_filters,
        "suspended": suspended,
        "days": days,
    }

    def work(session: Session) -> Organization:
        actor, now = of_organization(session, org), context.clock.now()
        if contact is not None:
            identity_owners.set_contact(session, actor, now, contact or None)
        if notices is not None or pause_after is not None:
            _decide(session, actor, now, notices, pause_after)
        if any(value is not None for value in changes.values()):
            organizations.update(session, actor, now, **changes)
        return organizations.find(session, actor.org_id)

    context.output.item(shown(context.run(work)))


def _decide(
    session: Session,
    actor: Actor,
    now: datetime,
    notices: str | None,
    pause_after: int | None,
) -> None:
    """Change of the error policy what is named; who has not decided yet is told at once."""
    policy = error_policy.get(session, actor.org_id)
    told = policy.notices or Notices.AT_ONCE if notices is None else _NOTICES[notices]
    after = policy.pause_after if pause_after is None else pause_after or None
    error_policy.decide(session, actor, now, told, after)


def shown(organization: Organization) -> dict[str, Any]:
    """Return what is told of an organization; a sandbox says so everywhere."""
    return {
        "id": organization.id,
        "slug": organization.slug,
        "name": organization.name,
        "sandbox": organization.sandbox,
        "require_address": organization.require_address,
        "suspended": organization.suspended,
        "expires_at": moment(organization.expires_at),
        "identity_contact": organization.identity_contact,
        "error_notices": _dashed(organization.error_notices),
        "pause_after": organization.pause_after,
    }


def _dashed(word: str | None) -> str | None:
    return word.replace("_", "-") if word is not None else None
