"""Values without quotes in filters (D13): found by their place, quoted where the grammar refuses.

The scanner knows just enough of the grammar to tell a value from a name: it follows what may come
next. Whatever it does not understand stays as it is, and the grammar has the last word.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[()\[\]]|[ \t\f\r\n]+|[^ \t\f\r\n()\[\]"]+|"', re.DOTALL)
_BARE_SIGNS = frozenset("._@:/+-")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = frozenset({"true", "false", "null"})
_COMPARE = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})
_AFTER = {"(": "name", "[": "name", ")": "end", "]": "select"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands in the text. ``bare`` values are numbers and other words unquoted."""

    text: str
    bare: bool

    def means(self, value: float) -> bool:
        """Return whether this spells a number the grammar read."""
        return _NUMBER.fullmatch(self.text) is not None and float(self.text) == value


def literals(text: str) -> tuple[list[Literal], str]:
    """Return the values of a filter in order, and the text with those quoted that must be.

    Numbers, true, false and null are values of their own, so they stay.
    """
    found: list[Literal] = []
    parts: list[str] = []
    state = "name"
    for token in _TOKEN.findall(text):
        shown = token
        if not token.isspace():
            if state == "value":
                bare = _is_bare(token)
                found.append(Literal(token, bare))
                if bare and not _NUMBER.fullmatch(token):
                    shown = f'"{token}"'
            state = _next(state, token.lower())
        parts.append(shown)
    return found, "".join(parts)


def _is_bare(token: str) -> bool:
    return token.lower() not in _WORDS and all(c.isalnum() or c in _BARE_SIGNS for c in token)


def _next(state: str, token: str) -> str:
    """Return what the next token may be: a name, an operator, a value, or what ends a term."""
    if token in _AFTER:
        return _AFTER[token]
    if state == "name":
        return "name" if token == "not" else "operator"  # noqa: S105  # A word of the grammar.
    if state == "operator":
        return "value" if token in _COMPARE else "end"
    if state == "select" and token.startswith("."):
        return "operator"
    return "name" if token in ("and", "or") else "end"
