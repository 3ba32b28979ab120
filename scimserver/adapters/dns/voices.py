"""What several resolvers' answers mean together (D19, D21, D22, D25)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scimserver.adapters.dns.answers import Answer, Kind
from scimserver.domain.findings import DEFINITIVE, Code, Warned
from scimserver.domain.txt_match import Match
from scimserver.resolvers import ResolverAddress

NO_MATCH = Match(matched=False)

_CODES = {
    Kind.NO_NAME: Code.RECORD_NOT_FOUND,
    Kind.NO_RECORDS: Code.NO_TXT,
    Kind.REFUSED: Code.REFUSED,
    Kind.FAILED: Code.SERVFAIL,
    Kind.BOGUS: Code.DNSSEC_BOGUS,
    Kind.SILENT: Code.TIMEOUT,
    Kind.LOOP: Code.CNAME_LOOP,
    Kind.CHAIN_TOO_LONG: Code.CNAME_CHAIN_TOO_LONG,
    Kind.TOO_MANY: Code.TOO_MANY_RECORDS,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """What one resolver's answer means for a claim."""

    resolver: ResolverAddress
    answer: Answer
    code: Code
    match: Match = NO_MATCH
    is_authenticated: bool = False

    @property
    def is_definite(self) -> bool:
        """Whether it says that the record is there, or that it is not (D25)."""
        return self.code is Code.VERIFIED or self.code in DEFINITIVE

    @property
    def is_to_be_probed(self) -> bool:
        """Whether a wildcard may be behind it (D19)."""
        return self.code is Code.VERIFIED or (
            self.answer.target is not None and self.code in DEFINITIVE
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What counts, and the voices that say so, those DNSSEC vouches for first."""

    code: Code
    voices: tuple[Voice, ...]

    @property
    def is_authenticated(self) -> bool:
        """Whether DNSSEC vouches for it: never for a disagreement, which no voice says."""
        best = self.voices[0]
        return best.code is self.code and best.is_authenticated

    @property
    def is_negative(self) -> bool:
        """Whether the record is not there, definitively."""
        return self.code in DEFINITIVE


def voice(resolver: ResolverAddress, answer: Answer, match: Match) -> Voice:
    """Return what an answer means; ``match`` is what its records say, if it has any."""
    if answer.kind is Kind.RECORDS:
        code = Code.VERIFIED if match.matched else Code.NO_MATCH
        return Voice(resolver, answer, code, match, answer.is_authenticated)
    code = _CODES[answer.kind]
    if answer.target is not None and answer.is_negative:
        code = Code.CNAME_DANGLING
    return Voice(resolver, answer, code, is_authenticated=answer.is_authenticated)


def probed(heard: Voice, sibling: Answer, *, holds_code: bool) -> Voice:
    """Return what is left of a voice once a name nobody published was asked for (D19).

    ``sibling`` is the answer for that name, in which the code may be as well.

    An alias that every name has proves nothing, since whoever runs its target could answer for any
    claim. A wildcard record is as good as one of its own: only the zone's owner can have put the
    code there.
    """
    if not heard.is_to_be_probed:
        return heard
    if heard.answer.target is None:
        if not holds_code:
            return heard
        warned = (*heard.match.warnings, Warned.WILDCARD_TXT)
        return replace(heard, match=heard.match._replace(warnings=warned))
    vouched = heard.is_authenticated and sibling.is_authenticated
    if sibling.target == heard.answer.target:
        return replace(heard, code=Code.WILDCARD_CNAME, is_authenticated=vouched)
    if sibling.kind is Kind.RECORDS or sibling.is_negative:
        return replace(heard, is_authenticated=vouched)
    # Nobody knows whether it is a wildcard: that is no proof, nor does it say that there is none.
    return replace(heard, code=_CODES[sibling.kind], is_authenticated=False)


def agree(voices: Sequence[Voice], needed: int, *, require_dnssec: bool) -> Verdict:
    """Return what counts.

    A match, or that there is none, counts where DNSSEC vouches for it or enough resolvers say the
    same. One that finds signatures broken outweighs all others, if that is asked for.
    """
    bogus = _saying(voices, Code.DNSSEC_BOGUS)
    if bogus and require_dnssec:
        return Verdict(Code.DNSSEC_BOGUS, bogus)
    matches = _saying(voices, Code.VERIFIED)
    if _counts(matches, needed):
        return Verdict(Code.VERIFIED, matches)
    definite = [each for each in voices if each.is_definite]
    # Whoever says unvouched what contradicts a vouched answer may be lagging, or lying.
    heard = [each for each in definite if each.is_authenticated] or definite
    codes = {each.code for each in heard}
    if len(codes) == 1:
        same = _saying(definite, codes.pop())
        if _counts(same, needed):
            return Verdict(same[0].code, same)
    if definite:
        return Verdict(Code.RESOLVERS_DISAGREE, tuple(voices))
    most, _ = Counter(each.code for each in voices).most_common(1)[0]
    return Verdict(most, _saying(voices, most))


def _saying(voices: Iterable[Voice], code: Code) -> tuple[Voice, ...]:
    same = [each for each in voices if each.code is code]
    return tuple(sorted(same, key=lambda each: not each.is_authenticated))


def _counts(same: Sequence[Voice], needed: int) -> bool:
    return len(same) >= needed or any(each.is_authenticated for each in same)
