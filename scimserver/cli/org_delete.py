"""``scimserver org delete``, apart from its kin because it needs the door."""

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lookup import of_organization
from scimserver.cli.org import shown
from scimserver.cli.schemas import every_schema
from scimserver.services import organizations
from scimserver.services.provisioning import Provisioning
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session


@click.command("delete")
@click.argument("org")
@click.option("--confirm", required=True, metavar="SLUG", help="The slug of ORG, to be sure.")
@json_option
@click.pass_obj
def command(context: Context, org: str, confirm: str) -> None:
    """Delete an organization with all its users, teams, connections and logs.

    \b
    Example: scimserver org delete acme-inc --confirm acme-inc
    """
    registry = every_schema(context)

    def work(session: Session) -> Organization:
        actor = of_organization(session, org)
        found = organizations.find(session, actor.org_id)
        door = Provisioning(session, registry, context.clock)
        organizations.delete(session, actor, confirm=confirm, erase_resources=door.erase)
        return found

    context.output.item(shown(context.run(work)))
