"""One look at DNS: the name of the record, the domain itself, and what explains a failure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scimserver.adapters.dns.explain import Explanation, Reach
from scimserver.adapters.dns.extended import in_words
from scimserver.adapters.dns.panel import Panel
from scimserver.adapters.dns.reading import Reading
from scimserver.adapters.dns.voices import Verdict, Voice, agree, probed, voice
from scimserver.domain.findings import DEFINITIVE, Code, Finding, Hint
from scimserver.domain.ports import Question
from scimserver.domain.txt_match import MAX_FOUND


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator demands of answers, and where the name comes from that nobody published."""

    min_agree: int
    require_dnssec: bool
    reach: Reach
    label: Callable[[], str]


class Look:
    """One question about a domain, taken from resolver to finding."""

    def __init__(self, panel: Panel, question: Question, rules: Rules) -> None:
        self._panel = panel
        self._reading = Reading(question)
        self._rules = rules

    def finding(self) -> Finding:
        """Return what was found."""
        there = self._there()
        if not there.is_negative:
            return self._explained(there, _found(there))
        itself = self._itself()
        if not itself.is_negative:
            # A domain may be proved at either place, so it is lost only where both say no.
            return _found(itself)
        return self._explained(there, self._beside(_found(there), itself))

    def _beside(self, found: Finding, itself: Verdict) -> Finding:
        """Return what was found at the name of the record beside what is at the domain itself."""
        if any(self._reading.holds(each.answer) for each in itself.voices):
            return replace(found, hints=(*found.hints, Hint.AT_APEX))
        # Whoever uses the other form may get that wrong as well.
        nearly = max((each.match for each in itself.voices), key=lambda each: len(each.hints))
        return replace(
            found,
            found=(*found.found, *nearly.found)[:MAX_FOUND],
            hints=tuple(dict.fromkeys((*found.hints, *nearly.hints))),
        )

    def _explained(self, verdict: Verdict, found: Finding) -> Finding:
        is_explicable = found.is_definitive or found.code in _EXPLICABLE
        if not self._reading.question.diagnose or not is_explicable:
            return found
        best = min(verdict.voices, key=lambda each: not each.is_definite)
        explanation = Explanation(self._panel, self._reading, self._rules.reach)
        return explanation.of(found, best.resolver, best.answer.zone)

    def _there(self) -> Verdict:
        """Return what counts of the answers at the name of the record."""
        name, domain = self._reading.places
        voices = self._heard(name)
        if any(each.is_to_be_probed for each in voices):
            voices = self._probed(voices, domain)
        return self._agreed(voices)

    def _itself(self) -> Verdict:
        """Return what counts of the answers at the domain itself (D17)."""
        _, domain = self._reading.places
        voices = self._heard(domain)
        if any(each.is_to_be_probed and each.answer.target for each in voices):
            # A wildcard of the domain above may have made this name.
            voices = self._probed(voices, domain.partition(".")[2])
        # How the record is not there makes no difference here.
        absent = Code.RECORD_NOT_FOUND
        return self._agreed(
            [replace(each, code=absent) if each.code in DEFINITIVE else each for each in voices]
        )

    def _heard(self, place: str) -> list[Voice]:
        heard = zip(self._panel.resolvers, self._panel.hear(place), strict=True)
        return [
            voice(resolver, answer, self._reading.match(place, answer))
            for resolver, answer in heard
        ]

    def _probed(self, voices: Sequence[Voice], parent: str) -> list[Voice]:
        siblings = self._panel.hear(f"{self._rules.label()}.{parent}")
        return [
            probed(each, sibling, holds_code=self._reading.holds(sibling))
            for each, sibling in zip(voices, siblings, strict=True)
        ]

    def _agreed(self, voices: Sequence[Voice]) -> Verdict:
        return agree(voices, self._rules.min_agree, require_dnssec=self._rules.require_dnssec)


def _found(verdict: Verdict) -> Finding:
    voices = verdict.voices
    # Where resolvers disagree, what the others have tells more than that the first has nothing.
    best = min(voices, key=lambda each: not each.match.found)
    ttls = [each.answer.ttl for each in voices if each.answer.ttl is not None]
    errors = [number for each in voices for number in each.answer.errors]
    return Finding(
        verdict.code,
        found=best.match.found,
        records=len(best.answer.texts),
        hints=best.match.hints,
        warnings=best.match.warnings if verdict.code is Code.VERIFIED else (),
        authenticated=verdict.is_authenticated,
        ttl=max(ttls, default=None),
        delegated_to=best.answer.target,
        resolvers=tuple(str(each.resolver) for each in voices),
        ede=in_words(errors),
    )


# What the zone's own servers may explain beside definite negatives.
_EXPLICABLE = frozenset({Code.SERVFAIL, Code.RESOLVERS_DISAGREE})
