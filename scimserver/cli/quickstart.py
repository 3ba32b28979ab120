"""``scimserver quickstart``: from nothing to a server with an example in it."""

import json
from dataclasses import dataclass, replace

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.db_upgrade import bring_up_to_date
from scimserver.cli.enrolling import link_for
from scimserver.cli.schemas import every_schema
from scimserver.cli.serve import host_option, port_option, settle_address, start
from scimserver.domain.actor import Actor, Reach
from scimserver.domain.errors import UnknownResourceError
from scimserver.domain.person import Person
from scimserver.domain.roles import Role
from scimserver.scim.registry import Registry
from scimserver.secret_key import create_secret_key
from scimserver.services import (
    accounts,
    audit,
    connections,
    domains,
    local_administrators,
    organizations,
    readiness,
    tokens,
)
from scimserver.services.provisioning import Provisioning
from scimserver.services.readiness import Administrator
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session
from scimserver.web.relying_party import from_settings

SLUG = "example"
DOMAIN = "example.com"
OWNER = f"admin@{DOMAIN}"
FOREIGN = "example.org"
REASON = "quickstart: a domain that is nobody's"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class Example:
    """The example as it stands; ``token`` is there in the run that made it.

    ``link`` opens the console for its first owner, until there is a passkey.
    """

    organization: Organization
    connection_id: str
    token: str | None
    link: str | None


@click.command("quickstart")
@host_option
@port_option
@json_option
@click.pass_obj
def command(context: Context, host: str, port: int) -> None:
    """Make a key, a database and an example organization, show how to try it, and serve.

    Run it again and it carries on with the same data. Until the first owner has a passkey, it
    prints a new link to the console each time.

    \b
    Example: scimserver quickstart --port 8080
    """
    settle_address(context, host, port)
    create_secret_key(context.environment)
    bring_up_to_date(context)
    registry = every_schema(context)
    example = context.run(lambda session: _example(session, context, registry))
    base = f"{context.settings.base_url}/scim/v2"
    told = {
        "organization": example.organization.slug,
        "connection": example.connection_id,
        "token": example.token,
        "console": example.link,
    }
    start(context, host, port, 1, told, _lines(example, base))


def _example(session: Session, context: Context, registry: Registry) -> Example:
    now = context.clock.now()
    try:
        organization = organizations.find(session, SLUG)
    except UnknownResourceError:
        organization = organizations.create(session, now, name="Example", slug=SLUG)
    actor = audit.operator(organization)
    if not organization.sandbox and not domains.every(session, actor):
        domains.attest(session, actor, now, DOMAIN, reason=REASON)
    link = _link(session, context, registry, organization)
    found = connections.every(session, actor)
    if found:
        return Example(organization, found[0].id, None, link)
    made = connections.create(session, actor, now, name="quickstart")
    minted = tokens.mint(session, actor, now, context.settings.token_pepper, made.id)
    return Example(organization, made.id, minted.secret, link)


def _link(
    session: Session, context: Context, registry: Registry, organization: Organization
) -> str | None:
    """Return a link for the first owner, made where the organization has no administrator yet.

    None where nobody could open it, and once the owner has a passkey.
    """
    if organization.sandbox or from_settings(context.settings) is None:
        return None
    actor = replace(audit.operator(organization), reach=Reach.PROTECTED)
    known = readiness.administrators(session, organization.id)
    waiting = [each.person for each in known if _waits(each)]
    if known and not waiting:
        return None
    person = waiting[0] if waiting else _owner(session, context, registry, actor)
    return link_for(session, context, actor, person).url


def _waits(each: Administrator) -> bool:
    return each.person.user_name == OWNER and each.person.active and not each.means.passkeys


def _owner(session: Session, context: Context, registry: Registry, actor: Actor) -> Person:
    now = context.clock.now()
    there = accounts.named(session, actor.org_id, OWNER)
    if there is not None:
        return local_administrators.promote(session, actor, now, None, there.user_id, Role.OWNER)
    suffixes = context.settings.extra_suffixes
    door = Provisioning(session, registry, context.clock, test_suffixes=suffixes)
    kind = registry.types["User"]
    return local_administrators.add(session, door, kind, actor, now, None, address=OWNER)


def _lines(example: Example, base: str) -> list[str]:
    token = example.token or "$TOKEN"
    if example.token:
        shown = f"Token:          {example.token}  (shown this once)"
    else:
        shown = (
            "Token:          was shown at the first run. For another one:\n"
            f"                scimserver token rotate {example.connection_id}"
        )
    console = []
    if example.link:
        console = [
            f"Console:        {example.link}",
            f"                (opens it for {OWNER}: for one hour, once)",
        ]
    return [
        f"SCIM base URL:  {base}",
        shown,
        f"Organization:   {example.organization.slug}, which may provision {DOMAIN}",
        *console,
        "",
        "Create a user:",
        _curl(base, token, f"ann@{DOMAIN}"),
        "",
        "A domain that is not verified is refused, and the answer says what to do:",
        _curl(base, token, f"eve@{FOREIGN}"),
        "",
    ]


def _curl(base: str, token: str, address: str) -> str:
    body = json.dumps({"schemas": [USER], "userName": address, "emails": [{"value": address}]})
    return (
        f'curl -sS -w "\\n" {base}/Users -H "Authorization: Bearer {token}" '
        f"-H 'Content-Type: application/scim+json' -d '{body}'"
    )
