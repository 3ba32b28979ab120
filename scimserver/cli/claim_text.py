"""What people read of a claim: where it stands, the record to publish, what the last look found."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scimserver.domain.claims import Claim, Method, State
from scimserver.services import claim_object

# Where the record still has to do something, or to stay where it is (1.5).
_WAITING = frozenset({State.PENDING, State.AT_RISK, State.LAPSED})
# Whose record proves nothing any more.
_WITHOUT_RECORD = frozenset({State.EXPIRED, State.REVOKED})
_PANELS = (
    "DNS panels call these fields name, host, hostname or alias, and value, data, answer,",
    "destination or points to.",
)
_KEEP = (
    "Keep the record: it is read again every day. Removing it ends the claim, which takes effect",
    "after a time of grace.",
)


def lines(claim: Claim, org: str, now: datetime) -> list[str]:
    """Return everything about a claim; ``org`` is the organization as it was named."""
    told = claim_object.shown(claim, now)
    parts = [_standing(claim, told, org), _last_look(claim, told), _record(claim, told)]
    if claim.state in _WAITING:
        parts.append(iter([f"Look for it now:  scimserver domain verify {org} {claim.domain}"]))
    paragraphs = [list(part) for part in parts]
    return [line for part in paragraphs if part for line in ("", *part)][1:]


def looked(claim: Claim, org: str, now: datetime) -> list[str]:
    """Return where a claim stands and what the last look found, with the way to the record."""
    told = claim_object.shown(claim, now)
    shown = f"Its record:  scimserver domain show {org} {claim.domain}"
    return [*_standing(claim, told, org), "", *_last_look(claim, told), shown]


def moment(at: datetime | None) -> str | None:
    """Return an instant to the minute, for people."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else None


def name(told: dict[str, Any]) -> str:
    """Return a domain as it is compared, and as it is read where that differs."""
    ascii_, shown = told["domain"], told["domainUnicode"]
    return ascii_ if ascii_ == shown else f"{ascii_} ({shown})"


def _standing(claim: Claim, told: dict[str, Any], org: str) -> Iterator[str]:
    domain = name(told)
    match claim.state:
        case State.PENDING:
            yield (
                f"{domain} is pending: its record is to appear until {moment(claim.expires_at)}."
            )
        case State.EXPIRED:
            yield f"{domain} has expired: its record did not appear in time. For a new code:"
            yield f"  scimserver domain rotate {org} {claim.domain}"
        case State.VERIFIED if claim.method is Method.ATTESTED:
            yield f"{domain} is verified on the operator's word: {claim.reason}"
        case State.VERIFIED:
            yield f"{domain} is verified since {moment(claim.verified_at)}."
        case State.AT_RISK:
            yield (
                f"{domain} is at risk: its record was not found. It stays in use until "
                f"{moment(claim.grace_ends_at)}, and longer if the record comes back."
            )
        case State.LAPSED:
            yield f"{domain} has lapsed: new addresses in it are refused until it is verified."
        case State.REVOKED:
            yield f"{domain} was given up. New addresses in it are refused; its users stay."
    if claim.authoritative:
        yield "It is the authoritative domain of the organization."
    if claim.contested:
        yield "Another claim of this domain was proved while this record was missing."
    if claim.transfer_after is not None:
        yield f"It is held up by another claim, until {moment(claim.transfer_after)} at least."
    if "mixed_script" in told["warnings"]:
        yield "The name mixes scripts, so it may look like a name that it is not."


def _last_look(claim: Claim, told: dict[str, Any]) -> Iterator[str]:
    check = told["lastCheck"]
    if check is None or claim.state is State.REVOKED:
        return
    yield f"Last look:   {moment(claim.last_checked_at)}"
    yield f"             {check['detail']}"
    yield f"What to do:  {check['action']}"
    for number, value in enumerate(check["found"]):
        yield f"{'' if number else 'Found:':<13}{value}"
    if check["resolvers"]:
        yield f"Asked:       {', '.join(check['resolvers'])}"
    if claim.next_check_at is not None:
        yield f"Next look:   {moment(claim.next_check_at)}"


def _record(claim: Claim, told: dict[str, Any]) -> Iterator[str]:
    record, other = told["record"], told["fallbackRecord"]
    if record is None or claim.state in _WITHOUT_RECORD:
        return
    yield f"Type:   {record['type']}"
    yield f"Host:   {record['host']}"
    yield f"        (with the domain: {record['name']})"
    yield f"Value:  {record['value']}"
    yield f"TTL:    {record['ttl']}"
    yield from _PANELS
    yield ""
    yield "Where no host may begin with an underscore, this one does as well:"
    yield f"Type:   {other['type']}"
    yield f"Host:   {other['host']}{' (or blank)' if other['host'] == '@' else ''}"
    yield f"Value:  {other['value']}"
    yield ""
    yield from _KEEP
