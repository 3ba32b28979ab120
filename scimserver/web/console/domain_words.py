"""Domain claims for people who know no DNS: what a state means, and what a check found."""

from collections.abc import Mapping
from typing import NamedTuple

from scimserver.domain.claims import Claim, Method, State
from scimserver.domain.findings import Code


class Badge(NamedTuple):
    """A state in a word or two, and its colour: good, warn, bad, info or quiet."""

    text: str
    kind: str


class Verdict(NamedTuple):
    """How a claim stands: its colour, in one line, and what that means for people's addresses."""

    kind: str
    headline: str
    meaning: str


STATES: Mapping[State, Badge] = {
    State.PENDING: Badge("Pending", "info"),
    State.VERIFIED: Badge("Verified", "good"),
    State.AT_RISK: Badge("At risk", "warn"),
    State.LAPSED: Badge("Lapsed", "bad"),
    State.EXPIRED: Badge("Expired", "quiet"),
    State.REVOKED: Badge("Removed", "quiet"),
}
CONTESTED = Badge("Contested", "bad")

FOUND: Mapping[Code, str] = {
    Code.VERIFIED: "Record found",
    Code.RECORD_NOT_FOUND: "No record yet",
    Code.NO_TXT: "Record of another type",
    Code.NO_MATCH: "Another value",
    Code.WILDCARD_CNAME: "A wildcard answers",
    Code.CNAME_DANGLING: "It points to nothing",
    Code.CNAME_LOOP: "It points back to itself",
    Code.REFUSED: "Name servers refuse",
    Code.TIMEOUT: "No answer",
    Code.DNSSEC_BOGUS: "DNSSEC is broken",
    Code.SERVFAIL: "Name servers fail",
    Code.RESOLVERS_DISAGREE: "Answers differ",
    Code.TOO_MANY_RECORDS: "Too many records",
    Code.CNAME_CHAIN_TOO_LONG: "Too many CNAMEs",
}
"""What a check found, as a cell of a list has it."""

_HERE_STAY = "Users who are here already stay, and can always be deactivated."
_NOBODY_NEW = "Nobody new comes in with an address of this domain."
_VERDICTS: Mapping[State, Verdict] = {
    State.PENDING: Verdict(
        "info",
        "Waiting for the record",
        "Addresses of this domain are refused until its record has been found.",
    ),
    State.VERIFIED: Verdict(
        "good",
        "Your record is in place",
        "People with addresses of this domain can come in. How anybody signs in has not changed.",
    ),
    State.AT_RISK: Verdict(
        "warn",
        "The record is missing",
        "Until the grace period ends, everything works as before. Then the domain lapses: nobody "
        "new comes in with an address of it, and no recovery mail goes there.",
    ),
    State.LAPSED: Verdict(
        "bad",
        "Nobody new comes in",
        f"The record stayed away for too long. {_NOBODY_NEW} No recovery mail goes there, since "
        f"somebody else may read it by now. {_HERE_STAY} Publish the record again, then verify.",
    ),
    State.EXPIRED: Verdict(
        "quiet",
        "The record was not found in time",
        "Start again to get a new code. The old one proves nothing any more.",
    ),
    State.REVOKED: Verdict("quiet", "Removed", f"{_NOBODY_NEW} {_HERE_STAY}"),
}
_ATTESTED = Verdict(
    "good",
    "Attested by the operator",
    "The operator of this server vouches for this domain. There is no DNS record, and nothing is "
    "checked. People with addresses of this domain can come in.",
)
_CONTESTED = Verdict(
    "bad",
    "Another organization claims this domain",
    "It published its own record while yours was missing. Unless your record is back in time, the "
    "domain passes to it. Until then everything works as before.",
)
_HELD_UP = Verdict(
    "warn",
    "Your record is there, but another claim is active",
    "The domain is verified by another claim, whose record is there as well. It becomes yours once "
    "that record is removed.",
)
_WAITING = Verdict(
    "info",
    "Your record is there; another claim has not ended yet",
    "The domain is verified for another organization, whose record is missing. Keep your record: "
    "when the time is over both are read again, and the domain is yours if nothing has changed.",
)
_MISSED = Verdict(
    "warn",
    "The record was not found lately",
    "Nothing has changed yet. If it stays away for a day, a grace period begins.",
)
_SILENT = Verdict(
    "warn",
    "The last looks got no clear answer",
    "Nothing has changed yet. A grace period begins only if this lasts for many days.",
)


def badge(claim: Claim) -> Badge:
    """Return the state of a claim in a word."""
    return CONTESTED if claim.contested else STATES[claim.state]


def found(claim: Claim) -> str:
    """Return what the last check found; nothing for a claim that was never checked."""
    return FOUND[claim.last_check.code] if claim.last_check is not None else ""


def verdict(claim: Claim) -> Verdict:
    """Return how a claim stands."""
    if claim.contested:
        return _CONTESTED
    if not claim.is_owned and claim.last_check is not None and claim.last_check.is_match:
        return _WAITING if claim.transfer_after is not None else _HELD_UP
    if claim.state is State.VERIFIED:
        if claim.method is Method.ATTESTED:
            return _ATTESTED
        if claim.negatives:
            return _MISSED
        if claim.transient_since is not None:
            return _SILENT
    return _VERDICTS[claim.state]
