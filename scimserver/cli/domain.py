"""``scimserver domain``: the domains an organization may provision."""

from collections.abc import Callable
from typing import Any

import click

from scimserver.cli import claim_text
from scimserver.cli.context import Context, json_option
from scimserver.cli.lazy import LazyGroup
from scimserver.cli.lookup import of_organization
from scimserver.domain import claim_life
from scimserver.domain.actor import Actor
from scimserver.domain.claims import Claim
from scimserver.services import claim_object, domains
from scimserver.services.domains import Affected
from scimserver.storage.session import Session


@click.group(
    "domain",
    cls=LazyGroup,
    # Apart from its kin because it needs all that speaks DNS.
    lazy={"verify": ("scimserver.cli.domain_verify:command", "Look for the record of DOMAIN now.")},
)
def group() -> None:
    """Manage the domains an organization may provision."""


def of_domain(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ORG and DOMAIN."""
    for part in (
        click.pass_obj,
        json_option,
        click.argument("domain"),
        click.argument("org"),
    ):
        command = part(command)
    return command


@group.command("add")
@of_domain
def add(context: Context, org: str, domain: str) -> None:
    """Claim DOMAIN for ORG, and show the DNS record that proves it.

    \b
    Example: scimserver domain add acme-inc acme.com
    """
    _tell(
        context,
        org,
        lambda session, actor: domains.add(
            session, actor, context.clock.now(), domain, context.settings
        ),
    )


@group.command("attest")
@click.argument("org")
@click.argument("domain")
@click.option("--reason", required=True, help="Why; it is kept in the audit log.")
@json_option
@click.pass_obj
def attest(context: Context, org: str, domain: str, reason: str) -> None:
    """Verify DOMAIN for ORG on your word: you know that it is theirs. No record is looked for.

    \b
    Example: scimserver domain attest acme-inc acme.com --reason "Contract 2231"
    """
    _tell(
        context,
        org,
        lambda session, actor: domains.attest(
            session,
            actor,
            context.clock.now(),
            domain,
            reason=reason,
            extra_suffixes=context.settings.extra_suffixes,
        ),
    )


@group.command("list")
@click.argument("org")
@json_option
@click.pass_obj
def list_(context: Context, org: str) -> None:
    """List the domains of ORG.

    \b
    Example: scimserver domain list acme-inc
    """
    now = context.clock.now()
    found = context.read(lambda session: domains.every(session, of_organization(session, org)))
    items = [claim_object.shown(each, now) for each in found]
    rows = [_row(*pair) for pair in zip(found, items, strict=True)]
    context.output.items(items, "No domain yet.", rows)


@group.command("show")
@of_domain
def show(context: Context, org: str, domain: str) -> None:
    """Show where DOMAIN of ORG stands: its record, and what the last look for it found.

    \b
    Example: scimserver domain show acme-inc acme.com
    """
    found = context.read(lambda session: find(session, org, domain)[1])
    _print(context, org, found)


@group.command("rotate")
@of_domain
def rotate(context: Context, org: str, domain: str) -> None:
    """Give DOMAIN of ORG a new code, which begins again where the old one expired.

    While the domain is pending, the old code counts for another day.

    \b
    Example: scimserver domain rotate acme-inc acme.com
    """

    def work(session: Session, actor: Actor) -> Claim:
        claim = domains.find(session, actor, domain)
        return domains.rotate(session, actor, context.clock.now(), claim.id, context.settings)

    _tell(context, org, work)


@group.command("authoritative")
@of_domain
def authoritative(context: Context, org: str, domain: str) -> None:
    """Make DOMAIN, which must be verified, the authoritative one of ORG, in place of any other.

    \b
    Example: scimserver domain authoritative acme-inc acme.com
    """

    def work(session: Session, actor: Actor) -> Claim:
        claim = domains.find(session, actor, domain)
        return domains.make_authoritative(session, actor, context.clock.now(), claim.id)

    _tell(context, org, work)


@group.command("remove")
@click.argument("org")
@click.argument("domain")
@click.option("--reason", help="Why; it is kept in the audit log.")
@json_option
@click.pass_obj
def remove(context: Context, org: str, domain: str, reason: str | None) -> None:
    """Give DOMAIN up: new addresses in it are refused, users with old ones stay.

    \b
    Example: scimserver domain remove acme-inc acme.com --reason "Sold in May"
    """
    now = context.clock.now()

    def work(session: Session) -> tuple[Claim, Affected]:
        actor, claim = find(session, org, domain)
        touched = domains.affected(session, actor, claim)
        return domains.remove(session, actor, now, claim.id, reason=reason), touched

    claim, touched = context.run(work)
    ended = claim_life.ended(claim)
    lines = [*claim_text.lines(ended, org, now), *_touched(touched)]
    context.output.item(claim_object.shown(ended, now), lines)


def find(session: Session, org: str, domain: str) -> tuple[Actor, Claim]:
    """Return the operator acting for an organization, and its claim of a domain."""
    actor = of_organization(session, org)
    return actor, domains.find(session, actor, domain)


def _tell(context: Context, org: str, work: Callable[[Session, Actor], Claim]) -> None:
    """Do something to a claim in one transaction, and tell what it is then."""
    claim = context.run(lambda session: work(session, of_organization(session, org)))
    _print(context, org, claim)


def _print(context: Context, org: str, claim: Claim) -> None:
    now = context.clock.now()
    context.output.item(claim_object.shown(claim, now), claim_text.lines(claim, org, now))


def _row(claim: Claim, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "domain": claim_text.name(told),
        "state": claim.state.value,
        "method": claim.method.value,
        "authoritative": claim.authoritative,
        "last look": claim_text.moment(claim.last_checked_at),
        "found": claim.last_check.code.value if claim.last_check is not None else None,
        "next look": claim_text.moment(claim.next_check_at),
    }


def _touched(affected: Affected) -> list[str]:
    """Return what giving a domain up has left behind (D31)."""
    more = affected.users - len(affected.names)
    names = [*affected.names, *([f"and {more} more"] if more else [])]
    told = {
        "Users with an address in it": names,
        "Connections that can provision nobody there any more": affected.connections,
    }
    return [f"{label}: {', '.join(values) or 'none'}" for label, values in told.items()]
