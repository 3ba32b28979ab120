"""``scimserver doctor``: what would lock people out, found before it does (P95)."""

from datetime import timedelta
from typing import Any

import click

from scimserver.adapters.dns import prover
from scimserver.cli.context import Context, json_option
from scimserver.cli.errors import FAILED
from scimserver.cli.output import note, table
from scimserver.config import SettingsError
from scimserver.domain.claims import Method
from scimserver.services import audit, domains, organizations, readiness
from scimserver.storage import claim_rows, mails
from scimserver.storage.session import Session
from scimserver.web.relying_party import RelyingParty, from_settings

# Mail leaves within seconds, and a check of a domain waits for no more than the others before it.
_OVERDUE = timedelta(hours=1)


@click.command("doctor")
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Find what would lock people out; exit status 1 when there is something.

    Local administrators with too few ways in, passkeys that may be copies, a recovery nobody
    tested, addresses that passkeys do not fit, resolvers that leave domains unverified, jobs that
    nobody runs. Nothing is changed.

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
    found += [*_of_resolvers(context), *_of_jobs(context)]
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
        return [_problem("origins", refusal.detail, refusal.recommended_action)], None


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
        _problem(
            "resolvers",
            f"Too few resolvers are left, so no domain can be verified: {names} did not answer.",
            "Let this machine reach them, or name others in SCIMSERVER_DNS_RESOLVERS.",
        )
    ]


def _of_jobs(context: Context) -> list[dict[str, Any]]:
    """Return whether work waits that nobody takes, as under a server that runs no jobs."""
    before = context.clock.now() - _OVERDUE

    def is_waiting(session: Session) -> bool:
        return bool(mails.waiting(session, before) or claim_rows.due_organizations(session, before))

    if not context.read(is_waiting):
        return []
    return [
        _problem(
            "jobs",
            "Mail or checks of domains have been waiting for over an hour.",
            "Run 'scimserver worker' beside the server, or see in the log why its jobs fail.",
        )
    ]


def _problem(code: str, detail: str, action: str) -> dict[str, Any]:
    """Return what is wrong with the whole installation."""
    return {"organization": None, "code": code, "detail": detail, "action": action}


def _has_claims_by_dns(session: Session) -> bool:
    return any(
        claim.method is Method.DNS
        for each in organizations.every(session)
        for claim in domains.every(session, audit.operator(each))
    )
