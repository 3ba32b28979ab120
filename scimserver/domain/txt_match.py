"""Whether TXT records hold a claim's code, or nearly do (D14 to D16, C1 to C6, C14 to C17, X6).

Strangers wrote what is read here. Only a whole value ever counts; one that holds or resembles the
code is a hint for people, and proves nothing.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from scimserver.domain.findings import Hint, Warned
from scimserver.domain.record import APEX_KEY, KEY
from scimserver.domain.record import value as value_of

MAX_FOUND = 10
MAX_SHOWN = 100
# A shorter piece of a code may well be a piece of something else.
_TELLING = 8
_QUOTES = frozenset("\"'“”„‟‘’‚‛«»‹›")  # noqa: RUF001  # As word processors turn them.
_SPACE = re.compile(r"\s")


class Match(NamedTuple):
    """What the TXT records at one name say about a claim.

    ``warnings`` are what was tolerated of the record that matched. ``hints`` say what those that
    did not match seem to be. ``found`` are the values fit to be shown, the telling ones first.
    """

    matched: bool
    warnings: tuple[Warned, ...] = ()
    hints: tuple[Hint, ...] = ()
    found: tuple[str, ...] = ()


class _Value(NamedTuple):
    """One TXT record: as it came, what is compared of it, and what had to be overlooked.

    ``spaced`` has a space between the strings it consists of, where DNS has nothing.
    """

    raw: str
    spaced: str
    text: str
    code: str
    overlooked: tuple[Warned, ...]

    @classmethod
    def read(cls, record: Sequence[bytes]) -> Self:
        """Return a record without its wrapping (D14); the whole of it is its code."""
        raw = b"".join(record).decode("utf-8", "replace")
        text = raw.strip()
        unquoted = _without_quotes(text)
        inner = unquoted.strip()
        seen = {
            Warned.JOINED: len(record) > 1,
            Warned.QUOTES: unquoted != text,
            Warned.SPACES: text != raw or inner != unquoted,
        }
        spaced = b" ".join(record).decode("utf-8", "replace")
        overlooked = tuple(each for each, is_so in seen.items() if is_so)
        return cls(raw, spaced, inner, inner, overlooked)

    @property
    def is_keyed(self) -> bool:
        """Whether it begins as the value we ask for does, in letters of any case (D15)."""
        # A few characters beyond ASCII have a lower case within it.
        key = self.text[: len(KEY)]
        return key.isascii() and key.lower() == KEY

    def at_challenge(self) -> Self:
        """Return it with the code it has at the name of the record (D15)."""
        if not self.is_keyed:
            return self._replace(overlooked=(Warned.WITHOUT_KEY, *self.overlooked))
        return self._replace(code=_SPACE.split(self.text[len(KEY) :], maxsplit=1)[0])

    def at_apex(self) -> Self:
        """Return it with the code it has at the domain itself, where the key must be exact."""
        return self._replace(code=self.text.removeprefix(APEX_KEY))


def challenge(
    records: Sequence[Sequence[bytes]], tokens: Sequence[str], old_tokens: Sequence[str] = ()
) -> Match:
    """Return what the records at the challenge name say; each is the strings it consists of.

    ``old_tokens`` are recognised and never match.
    """
    values = [_Value.read(record).at_challenge() for record in records]
    return _match(values, tokens, old_tokens)


def apex(
    records: Sequence[Sequence[bytes]], tokens: Sequence[str], old_tokens: Sequence[str] = ()
) -> Match:
    """Return what the records at the domain itself say: only the form that names us counts (D17).

    The others there, of mail and of other services, are none of our business.
    """
    values = [_Value.read(record).at_apex() for record in records]
    ours = [value for value in values if value.text[: len(APEX_KEY)].lower() == APEX_KEY]
    match = _match(ours, tokens, old_tokens)
    if not match.matched:
        return match
    return match._replace(warnings=(*match.warnings, Warned.AT_DOMAIN_ITSELF))


def holds(records: Sequence[Sequence[bytes]], tokens: Sequence[str]) -> bool:
    """Return whether a code is here in either form: for names where none is asked for (D39)."""
    return challenge(records, tokens).matched or apex(records, tokens).matched


def printable(text: str, longest: int = MAX_SHOWN) -> str:
    r"""Return a stranger's text fit to be shown: short, and unseen characters as ``\x00``."""
    shown = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text[: longest + 1]
    )
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _match(values: list[_Value], tokens: Sequence[str], old_tokens: Sequence[str]) -> Match:
    # An empty token would be proved by an empty record, so there is none.
    tokens = [token for token in tokens if token]
    proofs = [value for value in values if _is_one_of(value.code, tokens)]
    if proofs:
        # Where the record is there twice, the better one is what people should hear about.
        best = min(proofs, key=lambda value: len(value.overlooked))
        others = (Warned.OTHER_RECORDS,) if len(values) > 1 else ()
        return Match(
            matched=True,
            warnings=(*best.overlooked, *others),
            found=_shown(values, lambda value: value == best),
        )
    near = {value: _hints(value, tokens, old_tokens) for value in values}
    every = frozenset[Hint]().union(*near.values())
    return Match(
        matched=False,
        hints=tuple(hint for hint in Hint if hint in every),
        found=_shown(values, lambda value: bool(near[value])),
    )


def _hints(value: _Value, tokens: Sequence[str], old_tokens: Sequence[str]) -> frozenset[Hint]:
    """Return what a value that does not match seems to be, compared with each code."""
    if _is_one_of(value.code, old_tokens):
        return frozenset({Hint.OLD_CODE})
    return frozenset[Hint]().union(*(_likeness(value, token) for token in tokens))


def _likeness(value: _Value, token: str) -> frozenset[Hint]:
    # A zone file ends a text at a space unless it stands in quotation marks.
    if value.spaced == value_of(token):
        return frozenset({Hint.UNQUOTED})
    if token in value.text:
        return frozenset({Hint.EXTRA_TEXT})
    # Tokens have no capitals (D10).
    if value.code.lower() == token:
        return frozenset({Hint.CASE_CHANGED})
    if token in value.text.lower():
        return frozenset({Hint.EXTRA_TEXT, Hint.CASE_CHANGED})
    is_piece = len(value.code) >= _TELLING and value.code in token
    return frozenset({Hint.TRUNCATED} if is_piece or token.startswith(value.code) else ())


def _is_one_of(code: str, tokens: Sequence[str]) -> bool:
    read = code.encode("utf-8")
    return any(hmac.compare_digest(read, token.encode("utf-8")) for token in tokens)


def _without_quotes(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES
    return text[1:-1] if is_quoted else text


def _shown(values: list[_Value], is_telling: Callable[[_Value], bool]) -> tuple[str, ...]:
    # A sort keeps the order among equals, so the rest stays as the server sent it.
    ordered = sorted(values, key=lambda value: not is_telling(value))
    return tuple(printable(value.raw) for value in ordered[:MAX_FOUND])
