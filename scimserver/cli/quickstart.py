"""``scimserver quickstart``: from nothing to a server with an example in it."""

import json
from dataclasses import dataclass

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.db_upgrade import bring_up_to_date
from scimserver.cli.serve import host_option, port_option, settle_address, start
from scimserver.config import create_secret_key
from scimserver.domain.errors import UnknownResourceError
from scimserver.services import audit, connections, domains, organizations, tokens
from scimserver.storage.organizations import Organization
from scimserver.storage.session import Session

SLUG = "example"
DOMAIN = "example.com"
FOREIGN = "example.org"
REASON = "quickstart: a domain that is nobody's"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class Example:
    """The example as it stands; ``token`` is there in the run that made it."""

    organization: Organization
    connection_id: str
    token: str | None


@click.command("quickstart")
@host_option
@port_option
@json_option
@click.pass_obj
def command(context: Context, host: str, port: int) -> None:
    """Make a key, a database and an example organization, show how to try it, and serve.

    Run it again and it carries on with the same data.

    \b
    Example: scimserver quickstart --port 8080
    """
    settle_address(context, host, port)
    create_secret_key(context.environment)
    bring_up_to_date(context)
    example = context.run(lambda session: _example(session, context))
    base = f"{context.settings.base_url}/scim/v2"
    told = {
        "organization": example.organization.slug,
        "connection": example.connection_id,
        "token": example.token,
    }
    start(context, host, port, 1, told, _lines(example, base))


def _example(session: Session, context: Context) -> Example:
    now = context.clock.now()
    try:
        organization = organizations.find(session, SLUG)
    except UnknownResourceError:
        organization = organizations.create(session, now, name="Example", slug=SLUG)
    actor = audit.operator(organization)
    if not organization.sandbox and not domains.every(session, actor):
        domains.attest(session, actor, now, DOMAIN, reason=REASON)
    found = connections.every(session, actor)
    if found:
        return Example(organization, found[0].id, None)
    made = connections.create(session, actor, now, name="quickstart")
    minted = tokens.mint(session, actor, now, context.settings.token_pepper, made.id)
    return Example(organization, made.id, minted.secret)


def _lines(example: Example, base: str) -> list[str]:
    token = example.token or "$TOKEN"
    if example.token:
        shown = f"Token:          {example.token}  (shown this once)"
    else:
        shown = (
            "Token:          was shown at the first run. For another one:\n"
            f"                scimserver token rotate {example.connection_id}"
        )
    return [
        f"SCIM base URL:  {base}",
        shown,
        f"Organization:   {example.organization.slug}, which may provision {DOMAIN}",
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
