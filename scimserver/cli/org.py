"""``scimserver org``: organizations."""

from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lazy import LazyGroup
from scimserver.cli.lookup import of_organization
from scimserver.cli.output import moment
from scimserver.services import identity_owners, organizations
from scimserver.services.sandboxes import DAYS
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session


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
        if any(value is not None for value in changes.values()):
            organizations.update(session, actor, now, **changes)
        return organizations.find(session, actor.org_id)

    context.output.item(shown(context.run(work)))


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
    }
