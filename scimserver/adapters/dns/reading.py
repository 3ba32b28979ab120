"""What TXT answers say about one question, at each of the places where its code may be."""

from dataclasses import dataclass

from scimserver.adapters.dns.answers import Answer, Kind
from scimserver.domain import txt_match
from scimserver.domain.ports import Question
from scimserver.domain.record import challenge_name
from scimserver.domain.txt_match import Match


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads answers for one question."""

    question: Question

    @property
    def places(self) -> tuple[str, str]:
        """Return where the code may be: at the name of the record, and at the domain itself."""
        return challenge_name(self.question.domain), self.question.domain

    def match(self, place: str, answer: Answer) -> Match:
        """Return what an answer says at a place: each has a form of its own (D15, D17)."""
        read = txt_match.apex if place == self.question.domain else txt_match.challenge
        return read(answer.texts, self.question.tokens, self.question.old_tokens)

    def holds(self, answer: Answer) -> bool:
        """Return whether the code is in an answer of any place, in any form."""
        return answer.kind is Kind.RECORDS and txt_match.holds(answer.texts, self.question.tokens)
