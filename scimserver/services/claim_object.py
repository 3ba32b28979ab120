"""The claim object (1.8): one shape of a claim for REST, the command line and the console."""

from datetime import datetime
from typing import Any

from scimserver.clock import timestamp
from scimserver.domain import diagnostics, domain_name, record
from scimserver.domain.claims import Claim, State
from scimserver.domain.diagnostics import Words
from scimserver.domain.findings import Finding

# A record that is there and does not help yet. Never who is in the way (D33).
_HELD_UP = Words(
    "Your record is there, but another claim of this domain is active.",
    "Remove the record of the other claim, or contact support.",
)
_CONTESTED = Words(
    "Your record is there. Another claim of this domain was found without its record, and has "
    "some time to answer.",
    "Keep the record; the domain is yours from then on, unless the other record appears.",
)


def shown(claim: Claim, now: datetime) -> dict[str, Any]:
    """Return a claim as JSON values, its record and its last check in words included (1.8)."""
    token = claim.token
    return {
        "id": claim.id,
        "organizationId": claim.org_id,
        "domain": claim.domain,
        "domainUnicode": domain_name.unicode_of(claim.domain),
        "state": claim.state.value,
        "method": claim.method.value,
        "authoritative": claim.authoritative,
        "contested": claim.contested,
        "warnings": list(domain_name.warnings_of(claim.domain)),
        "verifiedAt": _moment(claim.verified_at),
        "expiresAt": _moment(claim.expires_at),
        "graceEndsAt": _moment(claim.grace_ends_at),
        "transferAfter": _moment(claim.transfer_after),
        "lastCheckedAt": _moment(claim.last_checked_at),
        "nextCheckAt": _moment(claim.next_check_at),
        "record": record.record(claim.domain, token).shown() if token else None,
        "fallbackRecord": record.fallback_record(claim.domain, token).shown() if token else None,
        "lastCheck": _check(claim, claim.last_check, now) if claim.last_check else None,
    }


def _check(claim: Claim, finding: Finding, now: datetime) -> dict[str, Any]:
    words = _words(claim, finding, now)
    return {
        "code": finding.code.value,
        "detail": words.detail,
        "action": words.action,
        "found": list(finding.found),
        "hints": [each.value for each in finding.hints],
        "warnings": [each.value for each in finding.warnings],
        "authenticated": finding.authenticated,
        "transient": finding.is_transient,
        "ttl": finding.ttl,
        "delegatedTo": finding.delegated_to,
        "resolvers": list(finding.resolvers),
    }


def _words(claim: Claim, finding: Finding, now: datetime) -> Words:
    if finding.is_match and claim.state in (State.PENDING, State.LAPSED):
        return _CONTESTED if claim.transfer_after is not None else _HELD_UP
    return diagnostics.words(finding, claim.domain, claim.next_check_at, now)


def _moment(at: datetime | None) -> str | None:
    return timestamp(at) if at is not None else None
