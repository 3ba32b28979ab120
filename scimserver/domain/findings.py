"""What a look at DNS found: one code, and everything the sentence about it needs (1.9)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self


class Code(StrEnum):
    """The outcome of one check."""

    VERIFIED = "verified"
    RECORD_NOT_FOUND = "record_not_found"
    NO_TXT = "no_txt"
    NO_MATCH = "no_match"
    WILDCARD_CNAME = "wildcard_cname"
    CNAME_DANGLING = "cname_dangling"
    CNAME_LOOP = "cname_loop"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    DNSSEC_BOGUS = "dnssec_bogus"
    SERVFAIL = "servfail"
    RESOLVERS_DISAGREE = "resolvers_disagree"
    TOO_MANY_RECORDS = "too_many_records"
    CNAME_CHAIN_TOO_LONG = "cname_chain_too_long"


# Only these say that a record is not there; everything else may be the weather (D25).
DEFINITIVE = frozenset(
    {
        Code.RECORD_NOT_FOUND,
        Code.NO_TXT,
        Code.NO_MATCH,
        Code.CNAME_DANGLING,
        Code.WILDCARD_CNAME,
    }
)


class Hint(StrEnum):
    """What an administrator probably did instead (C10 to C17, X4, X6)."""

    DOUBLED_DOMAIN = "doubled_domain"
    AT_APEX = "at_apex"
    MISSING_UNDERSCORE = "missing_underscore"
    TRUNCATED = "truncated"
    UNQUOTED = "unquoted"
    EXTRA_TEXT = "extra_text"
    CASE_CHANGED = "case_changed"
    OLD_CODE = "old_code"
    STILL_CACHED = "still_cached"


class Warned(StrEnum):
    """What is worth knowing of a record that verifies: tolerated (D40) or risky."""

    WITHOUT_KEY = "without_key"
    JOINED = "joined"
    QUOTES = "quotes"
    SPACES = "spaces"
    OTHER_RECORDS = "other_records"
    AT_DOMAIN_ITSELF = "at_domain_itself"
    WILDCARD_TXT = "wildcard_txt"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome.

    ``found`` are values seen, at most 10 of 100 characters, made printable: strangers wrote them.
    ``authenticated`` says that DNSSEC vouched. ``ttl`` is how long, in seconds, what was seen may
    stay in caches (D24). ``delegated_to`` is where a CNAME led. ``ede`` is the extended error of
    RFC 8914 in words, ``types`` are the types there instead of TXT, ``servers`` the authoritative
    servers that had what the resolvers had not (D23).
    """

    code: Code
    found: tuple[str, ...] = ()
    records: int = 0
    hints: tuple[Hint, ...] = ()
    warnings: tuple[Warned, ...] = ()
    authenticated: bool = False
    ttl: int | None = None
    delegated_to: str | None = None
    resolvers: tuple[str, ...] = ()
    ede: str = ""
    types: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()

    @property
    def is_match(self) -> bool:
        """Whether the record was found and counts."""
        return self.code is Code.VERIFIED

    @property
    def is_definitive(self) -> bool:
        """Whether it says that the record is not there (D25)."""
        return self.code in DEFINITIVE

    @property
    def is_transient(self) -> bool:
        """Whether it says nothing about the record: shown, never counted (D25)."""
        return not self.is_match and not self.is_definitive

    def kept(self) -> dict[str, Any]:
        """Return it as JSON values, for the claim's row."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Return what ``kept`` returned, also from a later version that knows more fields."""
        known = {each.name for each in fields(cls)}
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in kept.items() if k in known
        }
        values["code"] = Code(values["code"])
        values["hints"] = tuple(map(Hint, values.get("hints", ())))
        values["warnings"] = tuple(map(Warned, values.get("warnings", ())))
        return cls(**values)
