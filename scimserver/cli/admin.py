"""``scimserver admin``: local administrators, and the way in for one who is locked out (P84)."""

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.enrolling import link_for, operating_user, origin_of, told
from scimserver.cli.errors import FAILED
from scimserver.cli.lookup import of_operator, of_organization
from scimserver.cli.output import note
from scimserver.cli.schemas import schemas_of
from scimserver.domain.actor import Actor
from scimserver.domain.errors import InvalidRequestError
from scimserver.domain.person import Person
from scimserver.domain.roles import ADMINISTRATIVE, Role
from scimserver.services import accounts, local_administrators, readiness
from scimserver.services.enrolment import Issued
from scimserver.services.provisioning import Provisioning
from scimserver.services.readiness import Administrator
from scimserver.storage import access
from scimserver.storage.session import Session

_ROLES = click.Choice(sorted(role.value for role in ADMINISTRATIVE))


@click.group("admin")
def group() -> None:
    """Manage local administrators: the people who sign in without single sign-on."""


@group.command("invite")
@click.argument("org")
@click.argument("email")
@click.option(
    "--role", type=_ROLES, default=Role.OWNER.value, show_default=True, help="What they may do."
)
@json_option
@click.pass_obj
def invite(context: Context, org: str, email: str, role: str) -> None:
    """Make a local administrator of ORG and print a link to enrol a passkey, good for an hour.

    EMAIL may lie outside the verified domains. Asked again for one who has no passkey yet, it
    prints a new link; the one before opens nothing then.

    \b
    Example: scimserver admin invite acme-inc ann@acme.com
    """
    origin_of(context)
    registry = schemas_of(context, org)
    suffixes = context.settings.extra_suffixes

    def work(session: Session) -> tuple[Person, Issued]:
        actor = of_operator(session, org)
        person = _waiting(session, actor, email)
        if person is None:
            door = Provisioning(session, registry, context.clock, test_suffixes=suffixes)
            person = local_administrators.add(
                session,
                door,
                registry.types["User"],
                actor,
                context.clock.now(),
                None,
                address=email,
                role=Role(role),
            )
        return person, link_for(session, context, actor, person)

    context.output.item(told(*context.run(work)))


@group.command("recover")
@click.argument("org")
@click.argument("name")
@click.option("--make-admin", is_flag=True, help="Make NAME a local administrator first.")
@json_option
@click.pass_context
def recover(ctx: click.Context, org: str, name: str, make_admin: bool) -> None:
    """Print a link by which the local administrator NAME of ORG enrols a passkey, for 15 minutes.

    NAME is a user's name or id. Who is no local administrator is refused with exit status 1.

    \b
    Example: scimserver admin recover acme-inc ann@acme.com
    """
    context: Context = ctx.obj
    origin, issuer = origin_of(context), operating_user(context)

    def work(session: Session) -> tuple[Person, Issued] | None:
        return local_administrators.recover(
            session,
            of_operator(session, org),
            context.clock.now(),
            name,
            issuer=issuer,
            origin=origin,
            make=make_admin,
        )

    done = context.run(work)
    if done is None:
        note(f"Error: {name} is no local administrator. --make-admin makes one, for good.")
        ctx.exit(FAILED)
    context.output.item(told(*done))


@group.command("list")
@click.argument("org")
@json_option
@click.pass_obj
def list_(context: Context, org: str) -> None:
    """List who has a role in the console of ORG, and whether they could still come in.

    \b
    Example: scimserver admin list acme-inc
    """

    def work(session: Session) -> list[Administrator]:
        return readiness.administrators(
            session,
            of_organization(session, org).org_id,
            has_mail=bool(context.settings.mail),
        )

    items = [
        {
            "id": each.person.user_id,
            "userName": each.person.user_name,
            "role": each.person.role.value,
            "local_administrator": each.person.local_administrator,
            "active": each.person.active,
            "passkeys": each.means.passkeys,
            "recovery_codes": each.means.codes,
            "ready": each.ready,
        }
        for each in context.read(work)
    ]
    context.output.items(items, "Nobody yet: scimserver admin invite.")


@group.command("remove")
@click.argument("org")
@click.argument("name")
@click.option("--force", is_flag=True, help="Even the last one.")
@json_option
@click.pass_obj
def remove(context: Context, org: str, name: str, force: bool) -> None:
    """Take NAME off the local administrators of ORG; the user and the role stay.

    \b
    Example: scimserver admin remove acme-inc ann@acme.com
    """

    def work(session: Session) -> Person:
        actor = of_operator(session, org, force=force)
        return local_administrators.remove(
            session,
            actor,
            context.clock.now(),
            None,
            name,
            minimum=context.settings.min_local_admins,
        )

    person = context.run(work)
    context.output.item(
        {
            "id": person.user_id,
            "userName": person.user_name,
            "role": person.role.value,
            "local_administrator": person.local_administrator,
        }
    )


def _waiting(session: Session, actor: Actor, email: str) -> Person | None:
    """Return the local administrator of that name who has not enrolled yet, None for a new one."""
    person = accounts.named(session, actor.org_id, email)
    if person is None:
        return None
    if not person.local_administrator:
        raise InvalidRequestError(
            f"{email} is a user already. To make this one a local administrator: scimserver admin "
            "recover ORG NAME --make-admin"
        )
    if access.count_passkeys(session, actor.org_id, person.user_id):
        raise InvalidRequestError(
            f"{email} has a passkey already. For one who is locked out: scimserver admin recover"
        )
    return person
