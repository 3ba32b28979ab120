"""What several resolvers' answers mean together."""

import itertools

import pytest

from scimserver.adapters.dns.answers import Answer, Kind
from scimserver.adapters.dns.voices import Verdict, Voice, agree, probed, voice
from scimserver.domain.findings import Code, Warned
from scimserver.domain.txt_match import Match
from scimserver.resolvers import resolver

MATCHED = Match(matched=True)


def voices(*said):
    """Return voices: of a code each, or of a code and True where DNSSEC vouches."""
    return [
        Voice(resolver(f"192.0.2.{n}"), Answer(Kind.RECORDS), code, is_authenticated=vouched)
        for n, (code, vouched) in enumerate(
            each if isinstance(each, tuple) else (each, False) for each in said
        )
    ]


YES, NO, NO_TXT = Code.VERIFIED, Code.RECORD_NOT_FOUND, Code.NO_TXT
SILENT, BOGUS, FAILED = Code.TIMEOUT, Code.DNSSEC_BOGUS, Code.SERVFAIL
DIFFER = Code.RESOLVERS_DISAGREE


@pytest.mark.parametrize(
    ("said", "needed", "code"),
    [
        ([YES], 1, YES),
        ([YES, YES], 2, YES),
        ([YES, YES, NO], 2, YES),
        ([YES, YES, SILENT], 2, YES),
        ([(YES, True), NO, NO], 2, YES),
        ([(YES, True), SILENT, SILENT], 3, YES),
        ([(YES, True), (NO, True)], 2, YES),
        ([YES, NO], 1, YES),
        # A4: one that lies, or lags, is not enough; nor does it make a record lost.
        ([YES, NO, NO], 2, DIFFER),
        ([YES, NO], 2, DIFFER),
        ([YES, SILENT], 2, DIFFER),
        ([YES, (NO, True), NO], 2, NO),
        ([NO, NO], 2, NO),
        ([NO, NO, SILENT], 2, NO),
        ([(NO, True), SILENT], 2, NO),
        ([(NO, True), NO_TXT], 2, NO),
        ([NO, SILENT, SILENT], 2, DIFFER),
        ([NO, NO_TXT], 1, DIFFER),
        ([NO, NO_TXT, NO], 2, DIFFER),
        ([(NO, True), (NO_TXT, True)], 2, DIFFER),
        ([SILENT, FAILED, FAILED], 2, FAILED),
        ([SILENT, FAILED], 2, SILENT),
        # D22: whatever others say.
        ([BOGUS, YES, YES], 2, BOGUS),
        ([(YES, True), BOGUS], 2, BOGUS),
        ([NO, NO, BOGUS], 2, BOGUS),
        ([SILENT, SILENT, BOGUS], 2, BOGUS),
    ],
)
def test_what_counts(said, needed, code):
    assert agree(voices(*said), needed, require_dnssec=True).code is code


@pytest.mark.parametrize(
    ("said", "code"), [([BOGUS, YES, YES], YES), ([BOGUS, NO, NO], NO), ([BOGUS, FAILED], BOGUS)]
)
def test_broken_signatures_are_one_voice_where_they_need_not_be_right(said, code):
    assert agree(voices(*said), 2, require_dnssec=False).code is code


def test_nothing_is_proved_or_lost_by_fewer_than_are_needed():
    """Whatever the others say, as long as DNSSEC vouches for none of it."""
    codes = [YES, NO, NO_TXT, SILENT, BOGUS]
    for said in itertools.product(codes, repeat=4):
        verdict = agree(voices(*said), 3, require_dnssec=True)
        for code in (YES, NO, NO_TXT):
            assert (verdict.code is code) <= (said.count(code) >= 3)


def test_nobody_vouches_for_a_disagreement():
    verdict = agree(voices((NO, True), (NO_TXT, True)), 2, require_dnssec=True)
    assert not verdict.is_authenticated


def test_those_who_say_it_are_named_those_who_vouch_first():
    verdict = agree(voices(YES, NO, (YES, True)), 2, require_dnssec=True)
    assert [str(each.resolver) for each in verdict.voices] == ["192.0.2.2@53", "192.0.2.0@53"]
    assert verdict.is_authenticated


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(Kind.RECORDS), Code.VERIFIED),
        (Answer(Kind.NO_NAME), Code.RECORD_NOT_FOUND),
        (Answer(Kind.NO_NAME, target="x.test"), Code.CNAME_DANGLING),
        (Answer(Kind.NO_RECORDS), Code.NO_TXT),
        (Answer(Kind.NO_RECORDS, target="x.test"), Code.CNAME_DANGLING),
        (Answer(Kind.REFUSED), Code.REFUSED),
        (Answer(Kind.FAILED), Code.SERVFAIL),
        (Answer(Kind.FAILED, target="x.test"), Code.SERVFAIL),
        (Answer(Kind.BOGUS), Code.DNSSEC_BOGUS),
        (Answer(Kind.SILENT), Code.TIMEOUT),
        (Answer(Kind.LOOP, target="x.test"), Code.CNAME_LOOP),
        (Answer(Kind.CHAIN_TOO_LONG, target="x.test"), Code.CNAME_CHAIN_TOO_LONG),
        (Answer(Kind.TOO_MANY), Code.TOO_MANY_RECORDS),
    ],
)
def test_each_answer_means_something(answer, code):
    assert voice(resolver("192.0.2.1"), answer, MATCHED).code is code


def test_every_kind_of_answer_means_something():
    for kind in Kind:
        voice(resolver("192.0.2.1"), Answer(kind), MATCHED)


ALIAS = {"target": "x.test"}


@pytest.mark.parametrize(
    ("answer", "sibling", "code"),
    [
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.RECORDS, **ALIAS), Code.WILDCARD_CNAME),
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.NO_NAME, **ALIAS), Code.WILDCARD_CNAME),
        (Answer(Kind.NO_NAME, **ALIAS), Answer(Kind.NO_NAME, **ALIAS), Code.WILDCARD_CNAME),
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.NO_NAME), Code.VERIFIED),
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.NO_RECORDS), Code.VERIFIED),
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.RECORDS, target="y.test"), Code.VERIFIED),
        # Whether it is a wildcard is not known, so nothing is.
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.SILENT), Code.TIMEOUT),
        (Answer(Kind.NO_NAME, **ALIAS), Answer(Kind.FAILED), Code.SERVFAIL),
        (Answer(Kind.RECORDS, **ALIAS), Answer(Kind.BOGUS), Code.DNSSEC_BOGUS),
        (Answer(Kind.RECORDS), Answer(Kind.SILENT), Code.VERIFIED),
        (Answer(Kind.NO_NAME), Answer(Kind.SILENT), Code.RECORD_NOT_FOUND),
        (Answer(Kind.LOOP, **ALIAS), Answer(Kind.LOOP, **ALIAS), Code.CNAME_LOOP),
    ],
)
def test_a_name_nobody_published_tells_wildcards(answer, sibling, code):
    heard = voice(resolver("192.0.2.1"), answer, MATCHED)
    assert probed(heard, sibling, holds_code=False).code is code


@pytest.mark.parametrize(("vouched", "sibling", "counts"), [(1, 1, 1), (1, 0, 0), (0, 1, 0)])
def test_dnssec_must_vouch_for_there_being_no_wildcard_too(vouched, sibling, counts):
    heard = voice(
        resolver("192.0.2.1"),
        Answer(Kind.RECORDS, is_authenticated=bool(vouched), **ALIAS),
        MATCHED,
    )
    left = probed(heard, Answer(Kind.NO_NAME, is_authenticated=bool(sibling)), holds_code=False)
    assert left.is_authenticated is bool(counts)


@pytest.mark.parametrize(("holds", "warnings"), [(True, (Warned.WILDCARD_TXT,)), (False, ())])
def test_a_wildcard_record_verifies_with_a_warning(holds, warnings):
    heard = voice(resolver("192.0.2.1"), Answer(Kind.RECORDS), MATCHED)
    left = probed(heard, Answer(Kind.RECORDS), holds_code=holds)
    assert (left.code, left.match.warnings) == (Code.VERIFIED, warnings)


def test_a_verdict_knows_whether_the_record_is_lost():
    assert Verdict(NO, ()).is_negative
    assert not Verdict(SILENT, ()).is_negative
