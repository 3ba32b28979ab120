"""``scimserver domain``: the domains an organization may provision."""

from typing import Any

import click

from scimserver.cli.context import Context, json_option
from scimserver.cli.lookup import of_organization
from scimserver.domain.claims import Claim, State
from scimserver.services import domains
from scimserver.storage.session import Session

reason_option = click.option("--reason", required=True, help="Why; it is kept in the audit log.")


@click.group("domain")
def group() -> None:
    """Manage the domains an organization may provision."""


@group.command("attest")
@click.argument("org")
@click.argument("domain")
@reason_option
@json_option
@click.pass_obj
def attest(context: Context, org: str, domain: str, reason: str) -> None:
    """Verify DOMAIN for ORG on your word: you know that it is theirs.

    \b
    Example: scimserver domain attest acme-inc acme.com --reason "Contract 2231"
    """

    def work(session: Session) -> Claim:
        return domains.attest(
            session,
            of_organization(session, org),
            context.clock.now(),
            domain,
            reason=reason,
            extra_suffixes=context.settings.extra_suffixes,
        )

    context.output.item(shown(context.run(work)))


@group.command("list")
@click.argument("org")
@json_option
@click.pass_obj
def list_(context: Context, org: str) -> None:
    """List the domains of ORG.

    \b
    Example: scimserver domain list acme-inc
    """
    found = context.read(lambda session: domains.every(session, of_organization(session, org)))
    context.output.items([shown(each) for each in found], "No domain yet.")


@group.command("remove")
@click.argument("org")
@click.argument("domain")
@reason_option
@json_option
@click.pass_obj
def remove(context: Context, org: str, domain: str, reason: str) -> None:
    """Give DOMAIN up: new addresses in it are refused, users with old ones stay.

    \b
    Example: scimserver domain remove acme-inc acme.com --reason "Sold in May"
    """

    def work(session: Session) -> Claim:
        actor = of_organization(session, org)
        claim = domains.find(session, actor, domain)
        return domains.remove(session, actor, context.clock.now(), claim.id, reason=reason)

    context.output.item({**shown(context.run(work)), "state": State.REVOKED.value})


def shown(claim: Claim) -> dict[str, Any]:
    """Return what is told of a claim."""
    return {"domain": claim.domain, "state": claim.state.value, "method": claim.method.value}
