"""What administrators read about each case of the specification's table (1.9)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from scimserver.domain.diagnostics import HINTS, OUTCOMES, OVERLOOKED, REMARKS, words
from scimserver.domain.findings import Code, Finding, Hint, Warned

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEXT = NOW + timedelta(minutes=5)
N = "_scimserver-challenge.acme.com"
AGAIN = "we check again at 12:05 UTC"
TARGET = "acme.proofs.net"


def finding(code, *extra, **fields):
    """Return a finding; loose values are its hints and warnings."""
    return Finding(
        code,
        hints=tuple(each for each in extra if isinstance(each, Hint)),
        warnings=tuple(each for each in extra if isinstance(each, Warned)),
        **fields,
    )


MATCHES = {
    "C1": (finding(Code.VERIFIED), f"Verified. We found your code at {N}.", "Keep the record."),
    "C2": (
        finding(Code.VERIFIED, Warned.WITHOUT_KEY),
        "Verified (value without `token=`).",
        "Nothing.",
    ),
    "C3": (
        finding(Code.VERIFIED, Warned.JOINED),
        "Verified (value was split; we joined it).",
        "Nothing.",
    ),
    "C4": (
        finding(Code.VERIFIED, Warned.QUOTES),
        "Verified (extra quotation marks ignored).",
        "Nothing.",
    ),
    "C5": (finding(Code.VERIFIED, Warned.SPACES), "Verified (extra spaces ignored).", "Nothing."),
    "C6": (
        finding(Code.VERIFIED, Warned.OTHER_RECORDS),
        "Verified. Another TXT record is present too.",
        "Remove an old code if it is yours.",
    ),
    "C7": (
        finding(Code.VERIFIED, delegated_to=TARGET),
        f"Verified through {TARGET}, which you delegate to.",
        f"Keep the CNAME; whoever runs {TARGET} can prove your domain.",
    ),
    "C8": (
        finding(Code.VERIFIED, authenticated=True),
        "Verified, and DNSSEC confirms the answer.",
        "Nothing.",
    ),
    "X1": (
        finding(Code.VERIFIED, Warned.AT_DOMAIN_ITSELF),
        "Verified at the domain itself.",
        "Keep the record.",
    ),
    "X2": (
        finding(Code.VERIFIED, Warned.WILDCARD_TXT),
        "Verified. *.acme.com answers with your code at every name.",
        f"Create {N} as its own TXT record.",
    ),
    "two things overlooked": (
        finding(Code.VERIFIED, Warned.SPACES, Warned.WITHOUT_KEY),
        "Verified (value without `token=`; extra spaces ignored).",
        "Nothing.",
    ),
    "everything at once": (
        finding(
            Code.VERIFIED,
            *(each for each in Warned if each is not Warned.AT_DOMAIN_ITSELF),
            delegated_to=TARGET,
            authenticated=True,
        ),
        (
            f"Verified through {TARGET}, which you delegate to (value without `token=`; value was "
            "split; we joined it; extra quotation marks ignored; extra spaces ignored), and DNSSEC "
            "confirms the answer. Another TXT record is present too. *.acme.com answers with your "
            "code at every name."
        ),
        (
            f"Keep the CNAME; whoever runs {TARGET} can prove your domain. Remove an old code if "
            f"it is yours. Create {N} as its own TXT record."
        ),
    ),
}

FAILURES = {
    "C9": (
        finding(Code.RECORD_NOT_FOUND, ttl=300),
        f"{N} does not exist yet. A new record can stay invisible up to 300 s.",
        f"Create the record; {AGAIN}.",
    ),
    "C9 without a time to live": (
        finding(Code.RECORD_NOT_FOUND),
        f"{N} does not exist yet. A new record can stay invisible for a while.",
        f"Create the record; {AGAIN}.",
    ),
    "C10": (
        finding(Code.RECORD_NOT_FOUND, Hint.DOUBLED_DOMAIN),
        "Your DNS panel added the domain twice.",
        "Enter only `_scimserver-challenge` as host.",
    ),
    "C11": (
        finding(Code.RECORD_NOT_FOUND, Hint.AT_APEX),
        "The code is at acme.com itself.",
        f"Move it to {N}, or use the apex value.",
    ),
    "C12": (
        finding(Code.RECORD_NOT_FOUND, Hint.MISSING_UNDERSCORE),
        "The host lacks its leading underscore.",
        "Rename it, or use the apex value.",
    ),
    "C13": (
        finding(Code.NO_TXT, types=("A", "CAA")),
        f"{N} exists but has no TXT record (found: A, CAA).",
        "Change the record type to TXT.",
    ),
    "C13 where servers deny by holding nothing": (
        finding(Code.NO_TXT),
        f"{N} has no TXT record.",
        f"Create the record; {AGAIN}.",
    ),
    "C13 behind a CNAME": (
        finding(Code.NO_TXT, types=("A",), delegated_to=TARGET),
        f"{N} points to {TARGET}, which has no TXT record.",
        f"Create the record at {TARGET}, or replace the CNAME by it.",
    ),
    "C14": (
        finding(Code.NO_MATCH, records=3),
        f"3 TXT records at {N}, none holds your code.",
        "Add ours; keep the others.",
    ),
    "C14 with one record": (
        finding(Code.NO_MATCH, records=1),
        f"1 TXT record at {N}, and it does not hold your code.",
        "Add ours; keep the others.",
    ),
    "C14 behind a CNAME": (
        finding(Code.NO_MATCH, records=2, delegated_to=TARGET),
        f"2 TXT records at {TARGET}, to which {N} points, none holds your code.",
        "Add ours there; keep the others.",
    ),
    "C15": (
        finding(Code.NO_MATCH, Hint.TRUNCATED, records=1),
        "The code is incomplete.",
        "Copy the whole value again.",
    ),
    "C16": (
        finding(Code.NO_MATCH, Hint.EXTRA_TEXT, records=1),
        "The code is surrounded by other text.",
        "Publish exactly our value.",
    ),
    "C16 without quotation marks": (
        finding(Code.NO_MATCH, Hint.UNQUOTED, records=1),
        "The value arrived in two parts, without the space between them.",
        (
            "Put quotation marks around the whole value: without them, a zone file takes a space "
            "for the end of a text."
        ),
    ),
    "C17": (
        finding(Code.NO_MATCH, Hint.CASE_CHANGED, records=1),
        "The code is right but its letters changed case.",
        "Publish it in lower case.",
    ),
    "C18": (
        finding(Code.WILDCARD_CNAME, delegated_to=TARGET),
        f"*.acme.com points to {TARGET}, which could answer for anyone.",
        f"Create {N} as its own TXT record.",
    ),
    "C19": (
        finding(Code.CNAME_LOOP),
        f"{N} points back to itself.",
        "Replace the CNAME by a TXT record.",
    ),
    "C20": (
        finding(Code.CNAME_DANGLING, delegated_to=TARGET),
        f"{N} points to {TARGET}, which does not exist.",
        "Fix the target or remove the CNAME.",
    ),
    "C21": (
        finding(Code.REFUSED, ede="Not Authoritative"),
        "Your name servers refuse questions about acme.com (Not Authoritative).",
        "Check the delegation at the registrar.",
    ),
    "C21 without a reason": (
        finding(Code.REFUSED),
        "Your name servers refuse questions about acme.com.",
        "Check the delegation at the registrar.",
    ),
    "C22": (
        finding(Code.TIMEOUT),
        "Your name servers did not answer.",
        "Nothing to change yet; we retry.",
    ),
    "C23": (
        finding(Code.DNSSEC_BOGUS, ede="DNSSEC Bogus"),
        "DNSSEC validation fails: DNSSEC Bogus.",
        "Fix DS/DNSKEY at registrar or DNS host.",
    ),
    "C23 without a reason": (
        finding(Code.DNSSEC_BOGUS),
        "DNSSEC validation fails.",
        "Fix DS/DNSKEY at registrar or DNS host.",
    ),
    "C24": (
        finding(Code.SERVFAIL),
        "Your name servers report an internal error.",
        "Ask the DNS host; we retry.",
    ),
    "X3": (
        finding(Code.RESOLVERS_DISAGREE),
        "The resolvers we ask give different answers, as they do while a change spreads.",
        "Nothing to change yet; we retry.",
    ),
    "X4": (
        finding(Code.RECORD_NOT_FOUND, Hint.STILL_CACHED, ttl=287, servers=("ns1.acme.com",)),
        (
            "Your record is published at ns1.acme.com; what was there before is cached elsewhere "
            "for 287 s."
        ),
        f"Nothing to change; {AGAIN}.",
    ),
    "X4 while resolvers remember a mistake": (
        finding(Code.NO_MATCH, Hint.TRUNCATED, Hint.STILL_CACHED, records=1),
        (
            "Your record is published at your name servers; what was there before is cached "
            "elsewhere for a while."
        ),
        f"Nothing to change; {AGAIN}.",
    ),
    "X5 records": (
        finding(Code.TOO_MANY_RECORDS),
        f"There is more text at {N} than we read.",
        "Remove the TXT records nobody needs, then verify again.",
    ),
    "X5 links": (
        finding(Code.CNAME_CHAIN_TOO_LONG),
        f"{N} leads through more CNAMEs than we follow.",
        "Let it point to the last name at once, or replace the CNAME by a TXT record.",
    ),
    "X6": (
        finding(Code.NO_MATCH, Hint.OLD_CODE, records=1),
        "The code is an old one, or that of another domain.",
        "Replace it by the present value.",
    ),
    "two mistakes in a record": (
        finding(Code.NO_MATCH, Hint.EXTRA_TEXT, Hint.CASE_CHANGED, records=1),
        "The code is surrounded by other text. The code is right but its letters changed case.",
        "Publish exactly our value. Publish it in lower case.",
    ),
    "a hint where servers deny by holding nothing": (
        finding(Code.NO_TXT, Hint.AT_APEX),
        "The code is at acme.com itself.",
        f"Move it to {N}, or use the apex value.",
    ),
    "a hint beside what must be put right first": (
        finding(Code.WILDCARD_CNAME, Hint.AT_APEX, delegated_to=TARGET),
        (
            f"*.acme.com points to {TARGET}, which could answer for anyone. The code is at "
            "acme.com itself."
        ),
        f"Create {N} as its own TXT record. Move it to {N}, or use the apex value.",
    ),
    "two hints": (
        finding(Code.RECORD_NOT_FOUND, Hint.DOUBLED_DOMAIN, Hint.CASE_CHANGED),
        "Your DNS panel added the domain twice. The code is right but its letters changed case.",
        "Enter only `_scimserver-challenge` as host. Publish it in lower case.",
    ),
}


@pytest.mark.parametrize("case", MATCHES | FAILURES)
def test_each_case_is_put_in_words(case):
    found, detail, action = (MATCHES | FAILURES)[case]
    assert words(found, "acme.com", NEXT, NOW) == (detail, action)


@pytest.mark.parametrize(
    ("next_check_at", "action"),
    [
        (NEXT, "Create the record; we check again at 12:05 UTC."),
        (
            NOW + timedelta(hours=12),
            "Create the record; we check again at 00:00 UTC on 23 Nov 2026.",
        ),
        (NOW, "Create the record; we check again in a moment."),
        (None, "Create the record; verify again in a while."),
    ],
)
def test_people_are_told_when_dns_is_asked_again(next_check_at, action):
    found = finding(Code.RECORD_NOT_FOUND)
    assert words(found, "acme.com", next_check_at, NOW).action == action


def test_nobody_waits_for_a_retry_that_does_not_come():
    said = words(finding(Code.TIMEOUT), "acme.com", None, NOW)
    assert said.action == "Nothing to change yet; verify again in a while."


def test_the_host_of_a_subdomain_is_relative_to_what_its_owner_registered():
    said = words(finding(Code.RECORD_NOT_FOUND, Hint.DOUBLED_DOMAIN), "eng.acme.com", None, NOW)
    assert said.action == "Enter only `_scimserver-challenge.eng` as host in the zone acme.com."


def test_what_strangers_wrote_is_printable_in_a_sentence_too():
    found = finding(Code.REFUSED, ede="\x1b[31m{n}" + "x" * 200)
    detail = words(found, "acme.com", None, NOW).detail
    assert detail.isprintable()
    assert "{n}" in detail
    assert len(detail) < 200


def test_the_target_of_an_alias_is_told_in_full():
    target = ".".join(["a" * 60] * 4)
    assert target in words(finding(Code.NO_TXT, delegated_to=target), "acme.com", None, NOW).action


def test_every_outcome_hint_and_warning_has_words():
    assert OUTCOMES.keys() == set(Code) - {Code.VERIFIED}
    assert HINTS.keys() == set(Hint)
    assert {*OVERLOOKED, *REMARKS, Warned.AT_DOMAIN_ITSELF} == set(Warned)


@pytest.mark.parametrize("code", Code)
def test_every_combination_makes_whole_sentences(code):
    for extra, target in product([*Hint, *Warned, None], [None, TARGET]):
        said = words(finding(code, extra, delegated_to=target), "acme.com", NEXT, NOW)
        for text in said:
            assert text.endswith(".")
            assert not set(text) & set("{}")
            assert "  " not in text
            assert ".." not in text
