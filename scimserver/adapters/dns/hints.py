"""What an administrator probably did instead: at most three more questions find out (1.9)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from scimserver.adapters.dns.answers import Answer, Kind
from scimserver.adapters.dns.packet import AAAA, MX, TXT, A, Type
from scimserver.domain.domain_name import registrable
from scimserver.domain.findings import Code, Finding, Hint
from scimserver.domain.record import challenge_name

_MOST = 3
_LONGEST_NAME = 253


class Clue(NamedTuple):
    """A question whose answer would explain something: a hint, or which types a name has."""

    name: str
    type: Type
    hint: Hint | None = None


def clues(finding: Finding, domain: str) -> tuple[Clue, ...]:
    """Return what to ask about a finding that is no match."""
    name = challenge_name(domain)
    if finding.code is Code.RECORD_NOT_FOUND:
        # A panel adds the name of the zone it shows, which may be that of a domain above.
        above = dict.fromkeys((registrable(domain), domain))
        doubled = [Clue(f"{name}.{zone}", TXT, Hint.DOUBLED_DOMAIN) for zone in above]
        bare = Clue(name.removeprefix("_"), TXT, Hint.MISSING_UNDERSCORE)
        return tuple(each for each in (*doubled, bare) if len(each.name) <= _LONGEST_NAME)[:_MOST]
    if finding.code in {Code.NO_TXT, Code.CNAME_DANGLING}:
        return tuple(Clue(name, each) for each in (A, AAAA, MX))
    return ()


def read(
    finding: Finding,
    asked: Sequence[Clue],
    answers: Sequence[Answer],
    holds: Callable[[Answer], bool],
) -> Finding:
    """Return the finding with what the answers explain; ``holds`` sees the code in any form."""
    answered = [
        (clue, answer)
        for clue, answer in zip(asked, answers, strict=True)
        if answer.kind is Kind.RECORDS
    ]
    told = [clue.hint for clue, answer in answered if clue.hint and holds(answer)]
    types = tuple(clue.type.name for clue, _ in answered if clue.hint is None)
    # The target exists after all; only its type is wrong.
    code = Code.NO_TXT if types else finding.code
    hints = tuple(dict.fromkeys((*finding.hints, *told)))
    return replace(finding, code=code, hints=hints, types=types)
