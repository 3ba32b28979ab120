"""``scimserver doctor``: what would lock people out, found before it does (P95)."""

from typing import Any

import click

from scimserver.adapters.dns import prover
from scimserver.cli.context import Context, json_option
from scimserver.cli.errors import FAILED
from scimserver.cli.output import note, table
from scimserver.config import SettingsError
from scimserver.domain.claims import Method
from scimserver.services import audit, domains, organizations, readiness
from scimserver.storage.session import Session
from scimserver.web.relying_party import RelyingParty, from_settings


@click.command("doctor")
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Find what would lock people out; exit status 1 when there is something.

    Local administrators with too few ways in, passkeys that may be copies, a recovery nobody
    tested, addresses that passkeys do not fit, resolvers that leave domains unverified. Nothing is
    changed.

    \b
    Example: scimserver doctor
    """
    context: Context = ctx.obj
    found, party = _of_settings(context)

    def work(session: Session) -> list[dict[str, Any]]:
        now, rp_id = context.clock.now(), party.id if party is not None else None
        return [
            {
                "organization": each.slug,
                "code": check.code,
                "detail": check.detail,
                "action": check.action,
            }
            for each in organizations.every(session)
            for check in readiness.problems(
                session, each, now, context.settings, rp_id, has_mail=bool(context.settings.mail)
            )
        ]

    found += context.read(work)
    found += _of_resolvers(context)
    context.output.item(
        {"problems": found}, table(found) if found else ["Nothing would lock people out."]
    )
    if found:
        ctx.exit(FAILED)


def _of_settings(context: Context) -> tuple[list[dict[str, Any]], RelyingParty | None]:
    """Return what is wrong with the addresses passkeys are made for, and who they are made for."""
    try:
        return [], from_settings(context.settings)
    except SettingsError as refusal:
        problem = {
            "organization": None,
            "code": "origins",
            "detail": refusal.detail,
            "action": refusal.recommended_action,
        }
        return [problem], None


def _of_resolvers(context: Context) -> list[dict[str, Any]]:
    """Return what is wrong with the resolvers, where a domain depends on what they say."""
    if not context.read(_has_claims_by_dns):
        return []
    settings = context.settings
    with prover.from_settings(settings) as asked:
        silent = asked.unanswering()
    names = ", ".join(silent)
    if len(settings.dns_resolvers) - len(silent) >= settings.dns_min_agree:
        if silent:
            note(f"Resolvers that do not answer: {names}. The others are enough.")
        return []
    return [
        {
            "organization": None,
            "code": "resolvers",
            "detail": f"Too few resolvers are left, so no domain can be verified: {names} "
            "did not answer.",
            "action": "Let this machine reach them, or name others in SCIMSERVER_DNS_RESOLVERS.",
        }
    ]


def _has_claims_by_dns(session: Session) -> bool:
    return any(
        claim.method is Method.DNS
        for each in organizations.every(session)
        for claim in domains.every(session, audit.operator(each))
    )
