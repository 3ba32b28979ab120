"""Domains over the API: claimed, looked up in DNS, and given up (1.8)."""

from flask import Response

from scimserver.domain.claims import Claim
from scimserver.services import claim_object, domains
from scimserver.services.domain_checks import DomainChecks
from scimserver.storage.session import Session
from scimserver.web.api.answers import item, nothing
from scimserver.web.api.paging import page
from scimserver.web.api.shapes import InOrganization, NewDomain, OfClaim, Page
from scimserver.web.api.surface import Caller
from scimserver.web.http import Services


class DomainViews:
    """Answers for the domains of one organization."""

    def __init__(self, services: Services, base: str) -> None:
        self._services = services
        self._settings = services.settings
        self._base = base
        self._checks = DomainChecks(
            services.write, services.read, services.clock, services.prover, services.settings
        )

    def list_domains(self, caller: Caller, path: InOrganization, query: Page) -> Response:  # noqa: ARG002  # The actor says it, too.
        """List the domains of the organization, by name.

        Needs the scope `domains.read`.
        """
        found = self._services.read(lambda session: domains.every(session, caller.actor))
        return item(
            page(
                found,
                query,
                lambda claim: claim.domain,
                lambda claim: claim_object.shown(claim, caller.now),
            )
        )

    def add_domain(self, caller: Caller, path: InOrganization, body: NewDomain) -> Response:
        """Claim a domain, and get the record to publish.

        Needs the scope `domains.write`. Nobody learns from it who else claims the domain. What
        cannot be claimed is refused with 422 and one of the codes `invalid_domain`, `ip_address`,
        `special_use`, `public_suffix`, `unknown_suffix`, `disposable_email_domain`,
        `public_email_provider`, `already_added` and `limit`.
        """

        def work(session: Session) -> Claim:
            return domains.add(
                session,
                caller.actor,
                caller.now,
                body.domain,
                self._settings,
                visit=caller.visit,
            )

        made = self._services.write(work)
        location = f"{self._base}/organizations/{path.organization_id}/domains/{made.id}"
        return item(claim_object.shown(made, caller.now), 201, location=location)

    def get_domain(self, caller: Caller, path: OfClaim) -> Response:
        """Show a domain, its record and its last check.

        Needs the scope `domains.read`.
        """
        found = self._services.read(lambda session: domains.get(session, caller.actor, path.id))
        return item(claim_object.shown(found, caller.now))

    def remove_domain(self, caller: Caller, path: OfClaim) -> Response:
        """Give a domain up, at once.

        Needs the scope `domains.write`. No new user enters with an address in it from then on;
        those who are there stay.
        """

        def work(session: Session) -> None:
            domains.remove(session, caller.actor, caller.now, path.id, visit=caller.visit)

        self._services.write(work)
        return nothing()

    def verify_domain(self, caller: Caller, path: OfClaim) -> Response:
        """Look for the record now.

        Needs the scope `domains.write`. The answer is the domain, also when its record was not
        found: `lastCheck` says what was. 409 `domain_owned`: the record is there, and another
        claim is active. 409 `claim_changed`: the claim was changed while DNS was asked. 422
        `expired` or `attested`: there is no code to look for. 429: at most once in 10 seconds for
        a domain, and 30 times an hour. 503 `dns_busy`: another domain is being looked up.
        """
        with self._services.turnstile:
            found = self._checks.verify(caller.actor, path.id, visit=caller.visit)
        return item(claim_object.shown(found, self._services.clock.now()))

    def rotate_domain(self, caller: Caller, path: OfClaim) -> Response:
        """Get a new code for a domain that is not verified; one that expired begins again.

        Needs the scope `domains.write`. While a domain is pending its previous code counts for
        another 24 hours. 409 `already_verified`: nobody changes the code of a verified domain.
        """

        def work(session: Session) -> Claim:
            return domains.rotate(
                session, caller.actor, caller.now, path.id, self._settings, visit=caller.visit
            )

        return item(claim_object.shown(self._services.write(work), caller.now))

    def make_domain_authoritative(self, caller: Caller, path: OfClaim) -> Response:
        """Make a domain the authoritative one of the organization, in place of any other.

        Needs the scope `domains.write`. 409 `domain_not_verified` unless it is verified.
        """

        def work(session: Session) -> Claim:
            return domains.make_authoritative(
                session, caller.actor, caller.now, path.id, visit=caller.visit
            )

        return item(claim_object.shown(self._services.write(work), caller.now))
