"""What people read about a check of their domain, and what they can do about it (1.9).

The sentences stand in tables, a row a case; the functions below only choose and join. Names in
braces are the facts of ``_facts``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from scimserver.domain.domain_name import registrable
from scimserver.domain.findings import Code, Finding, Hint, Warned
from scimserver.domain.record import challenge_name, relative_host
from scimserver.domain.txt_match import printable


class Words(NamedTuple):
    """What was found, and what to do about it."""

    detail: str
    action: str


_LONGEST_NAME = 253
_WAIT = "Nothing to change yet; {retry}."

# What each outcome but a match says.
OUTCOMES: Mapping[Code, Words] = {
    Code.RECORD_NOT_FOUND: Words(
        "{n} does not exist yet. A new record can stay invisible {up_to_ttl}.",
        "Create the record; {again}.",
    ),
    Code.NO_TXT: Words(
        "{n} exists but has no TXT record (found: {types}).", "Change the record type to TXT."
    ),
    Code.NO_MATCH: Words("{k} at {n}, {none_holds} your code.", "Add ours; keep the others."),
    Code.WILDCARD_CNAME: Words(
        "*.{domain} points to {target}, which could answer for anyone.",
        "Create {n} as its own TXT record.",
    ),
    Code.CNAME_DANGLING: Words(
        "{n} points to {target}, which does not exist.", "Fix the target or remove the CNAME."
    ),
    Code.CNAME_LOOP: Words("{n} points back to itself.", "Replace the CNAME by a TXT record."),
    Code.REFUSED: Words(
        "Your name servers refuse questions about {domain}{ede_aside}.",
        "Check the delegation at the registrar.",
    ),
    Code.TIMEOUT: Words("Your name servers did not answer.", _WAIT),
    Code.DNSSEC_BOGUS: Words(
        "DNSSEC validation fails{ede_after_colon}.", "Fix DS/DNSKEY at registrar or DNS host."
    ),
    Code.SERVFAIL: Words(
        "Your name servers report an internal error{ede_aside}.", "Ask the DNS host; {retry}."
    ),
    Code.RESOLVERS_DISAGREE: Words(
        "The resolvers we ask give different answers, as they do while a change spreads.", _WAIT
    ),
    Code.TOO_MANY_RECORDS: Words(
        "There is more text at {n} than we read.",
        "Remove the TXT records nobody needs, then verify again.",
    ),
    Code.CNAME_CHAIN_TOO_LONG: Words(
        "{n} leads through more CNAMEs than we follow.",
        "Let it point to the last name at once, or replace the CNAME by a TXT record.",
    ),
}
# Name servers that sign as they answer say of names that do not exist that they hold nothing, so
# this is no talk of a name that exists (RFC 9824).
_NOTHING_THERE = Words("{n} has no TXT record.", "Create the record; {again}.")
# What the records at the end of a CNAME say, which are not where people look first.
_DELEGATED: Mapping[Code, Words] = {
    Code.NO_TXT: Words(
        "{n} points to {target}, which has no TXT record.",
        "Create the record at {target}, or replace the CNAME by it.",
    ),
    Code.NO_MATCH: Words(
        "{k} at {target}, to which {n} points, {none_holds} your code.",
        "Add ours there; keep the others.",
    ),
}

HINTS: Mapping[Hint, Words] = {
    Hint.DOUBLED_DOMAIN: Words(
        "Your DNS panel added the domain twice.", "Enter only `{host}` as host{in_zone}."
    ),
    Hint.AT_APEX: Words(
        "The code is at {domain} itself.", "Move it to {n}, or use the apex value."
    ),
    Hint.MISSING_UNDERSCORE: Words(
        "The host lacks its leading underscore.", "Rename it, or use the apex value."
    ),
    Hint.TRUNCATED: Words("The code is incomplete.", "Copy the whole value again."),
    Hint.UNQUOTED: Words(
        "The value arrived in two parts, without the space between them.",
        "Put quotation marks around the whole value: without them, a zone file takes a space for "
        "the end of a text.",
    ),
    Hint.EXTRA_TEXT: Words("The code is surrounded by other text.", "Publish exactly our value."),
    Hint.CASE_CHANGED: Words(
        "The code is right but its letters changed case.", "Publish it in lower case."
    ),
    Hint.OLD_CODE: Words(
        "The code is an old one, or that of another domain.", "Replace it by the present value."
    ),
    Hint.STILL_CACHED: Words(
        "Your record is published at {servers}; what was there before is cached elsewhere {ttl}.",
        "Nothing to change; {again}.",
    ),
}
# That the record is not there is said by a hint as well, which knows where it went.
_SAID_BY_HINTS = frozenset(
    {
        OUTCOMES[Code.RECORD_NOT_FOUND],
        OUTCOMES[Code.NO_MATCH],
        _DELEGATED[Code.NO_MATCH],
        _NOTHING_THERE,
    }
)

# What was tolerated of a record that matched; it goes in parentheses.
OVERLOOKED: Mapping[Warned, str] = {
    Warned.WITHOUT_KEY: "value without `token=`",
    Warned.JOINED: "value was split; we joined it",
    Warned.QUOTES: "extra quotation marks ignored",
    Warned.SPACES: "extra spaces ignored",
}
# What else is worth a sentence of its own after a match.
REMARKS: Mapping[Warned, Words] = {
    Warned.OTHER_RECORDS: Words(
        "Another TXT record is present too.", "Remove an old code if it is yours."
    ),
    Warned.WILDCARD_TXT: Words(
        "*.{domain} answers with your code at every name.", "Create {n} as its own TXT record."
    ),
}
_FOUND = Words("Verified. We found your code at {n}.", "Keep the record.")
# Where the record is; what was overlooked, and a full stop, come after it.
_VERIFIED = Words("Verified", "")
_AT_DOMAIN = Words("Verified at the domain itself", "Keep the record.")
_THROUGH = Words(
    "Verified through {target}, which you delegate to",
    "Keep the CNAME; whoever runs {target} can prove your domain.",
)


def words(finding: Finding, domain: str, next_check_at: datetime | None, now: datetime) -> Words:
    """Return what a finding says about a domain, to its administrators.

    ``next_check_at`` is when DNS is asked again by itself, or None when it is not.
    """
    said = _matched(finding) if finding.is_match else _failed(finding)
    facts = _facts(finding, domain, next_check_at, now)
    return Words(said.detail.format_map(facts), said.action.format_map(facts))


def _failed(finding: Finding) -> Words:
    # Once the right record is published, whatever else was seen is a memory of some resolver.
    if Hint.STILL_CACHED in finding.hints:
        return HINTS[Hint.STILL_CACHED]
    told = [HINTS[hint] for hint in finding.hints]
    outcome = _outcome(finding)
    return _joined(told if told and outcome in _SAID_BY_HINTS else [outcome, *told])


def _outcome(finding: Finding) -> Words:
    if finding.delegated_to and finding.code in _DELEGATED:
        return _DELEGATED[finding.code]
    if finding.code is Code.NO_TXT and not finding.types:
        return _NOTHING_THERE
    return OUTCOMES[finding.code]


def _matched(finding: Finding) -> Words:
    place = _place(finding)
    overlooked = "; ".join(text for each, text in OVERLOOKED.items() if each in finding.warnings)
    aside = f" ({overlooked})" if overlooked else ""
    vouched = ", and DNSSEC confirms the answer" if finding.authenticated else ""
    remarks = [said for each, said in REMARKS.items() if each in finding.warnings]
    if place is _VERIFIED and not (aside or vouched or remarks):
        return _FOUND
    said = _joined([place._replace(detail=f"{place.detail}{aside}{vouched}."), *remarks])
    return said if said.action else said._replace(action="Nothing.")


def _place(finding: Finding) -> Words:
    if Warned.AT_DOMAIN_ITSELF in finding.warnings:
        return _AT_DOMAIN
    return _THROUGH if finding.delegated_to else _VERIFIED


def _joined(said: Sequence[Words]) -> Words:
    # Two hints may ask for the same, which is then said once.
    details = dict.fromkeys(each.detail for each in said)
    actions = dict.fromkeys(each.action for each in said if each.action)
    return Words(" ".join(details), " ".join(actions))


def _facts(
    finding: Finding, domain: str, next_check_at: datetime | None, now: datetime
) -> dict[str, str]:
    registered = registrable(domain)
    ede = printable(finding.ede)
    waiting = f"{finding.ttl} s" if finding.ttl is not None else ""
    return {
        "domain": domain,
        "n": challenge_name(domain),
        "host": relative_host(domain, registered),
        # A subdomain may be a zone of its own, where the host would be another.
        "in_zone": "" if registered == domain else f" in the zone {registered}",
        "target": printable(finding.delegated_to or "another name", _LONGEST_NAME),
        "k": "1 TXT record" if finding.records == 1 else f"{finding.records} TXT records",
        "none_holds": "and it does not hold" if finding.records == 1 else "none holds",
        "types": ", ".join(finding.types),
        "servers": ", ".join(finding.servers) or "your name servers",
        "ttl": f"for {waiting}" if waiting else "for a while",
        "up_to_ttl": f"up to {waiting}" if waiting else "for a while",
        "ede_aside": f" ({ede})" if ede else "",
        "ede_after_colon": f": {ede}" if ede else "",
        "again": _again(next_check_at, now),
        "retry": "we retry" if next_check_at else "verify again in a while",
    }


def _again(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "verify again in a while"
    if at <= now:
        return "we check again in a moment"
    day = "" if at.date() == now.date() else f" on {at.day} {at:%b %Y}"
    return f"we check again at {at:%H:%M} UTC{day}"
