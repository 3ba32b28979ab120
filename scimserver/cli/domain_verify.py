"""``scimserver domain verify``: DNS is asked now, and the exit status says what it had."""

import click

from scimserver.adapters.dns import prover
from scimserver.cli import claim_text
from scimserver.cli.context import Context, json_option
from scimserver.cli.domain import find
from scimserver.cli.errors import REFUSED
from scimserver.services import claim_object
from scimserver.services.domain_checks import DomainChecks


@click.command("verify")
@click.argument("org")
@click.argument("domain")
@json_option
@click.pass_context
def command(ctx: click.Context, org: str, domain: str) -> None:
    """Look for the record of DOMAIN now; exit status 3 when it does not verify.

    What was found instead, and what to do about it, is printed. DNS is asked once: a record that
    was published a moment ago may stay invisible for minutes, and is looked for again by itself.

    \b
    Example: scimserver domain verify acme-inc acme.com
    """
    context: Context = ctx.obj
    actor, claim = context.read(lambda session: find(session, org, domain))
    with prover.from_settings(context.settings) as asked:
        checks = DomainChecks(context.run, context.read, context.clock, asked, context.settings)
        after = checks.verify(actor, claim.id)
    now = context.clock.now()
    context.output.item(claim_object.shown(after, now), claim_text.looked(after, org, now))
    if not (after.is_owned and after.last_check is not None and after.last_check.is_match):
        ctx.exit(REFUSED)
