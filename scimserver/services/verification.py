"""Verification: the rules' twins asked about everything stored, and whether its rows agree."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scimserver.domain import policies
from scimserver.domain.policies import USUAL, Facts, Quotas, Row, Violation
from scimserver.scim.registry import Registry
from scimserver.scim.resource import parse
from scimserver.storage import accounts, claims, search
from scimserver.storage.organizations import Organization
from scimserver.storage.search import Search
from scimserver.storage.session import Session
from scimserver.storage.verify import flaws

INTEGRITY = "integrity"


@dataclass(frozen=True, slots=True)
class Finding:
    """A stored resource that breaks a rule today; ``type`` is its type's name."""

    organization: Organization
    type: str
    violation: Violation


def verify(
    session: Session,
    organization: Organization,
    registry: Registry,
    test_suffixes: frozenset[str] = frozenset(),
    min_local_admins: int = 2,
    quotas: Quotas = USUAL,
) -> Iterator[Finding]:
    """Yield what breaks a rule today, whatever let it in: a lapsed domain, a restored backup.

    The rule ``integrity`` stands for rows that do not agree with each other, which no door makes;
    it is asked of what the organization does not see as well.
    """
    known = Facts(
        protected=accounts.protected(session, organization.id),
        local_administrators=accounts.active_local_administrators(session, organization.id),
        least=policies.least(organization.sso_mode, min_local_admins),
        test_suffixes=test_suffixes,
    )
    seen = registry.seen_by(organization.slug, sandbox=organization.sandbox)
    for kind in seen.types.values():
        room = quotas.of(kind)
        for found in search.stream(session, organization.id, Search((kind,))):
            read = [(stored, parse(kind, stored.document)) for stored in found]
            domains = frozenset().union(
                *(
                    policies.domains_stored(kind, attributes, test_suffixes=test_suffixes)
                    for _, attributes in read
                )
            )
            owned = (
                claims.owned(session, organization.id, domains, lock=False)
                if domains
                else frozenset()
            )
            facts = replace(known, owned=owned)
            for stored, attributes in read:
                if organization.sandbox:
                    # They come in the order they were made: the last ones are too many.
                    room -= 1
                    facts = replace(facts, room={kind.name: room})
                row = Row(
                    stored.id, stored.active, organization.sandbox, organization.require_address
                )
                for violation in policies.violations(kind, attributes, row, facts):
                    yield Finding(organization, kind.name, violation)
    for flaw in flaws(session, organization.id, list(registry.types.values())):
        yield Finding(organization, flaw.type, Violation(INTEGRITY, flaw.id, flaw.problem))
