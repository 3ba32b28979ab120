"""The one parser of e-mail addresses: one reading, or none (M7, U8 to U11)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from email_validator import validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from scimserver.domain import domain_name
from scimserver.domain.domain_name import ENABLEABLE, SPECIAL_USE
from scimserver.domain.errors import InvalidDomainError

# What mail software may read as an @: the plain sign, the full-width and the small one.
AT_SIGNS = frozenset("@\uff20\ufe6b")
_MAX_LENGTH = 512
# Neither encoded words nor routes: some mail software turns those into another address.
_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+'&~-]{0,63}")
# An ordinary address, whose two parts cannot influence how the other is read: plain ASCII, one @,
# no empty atom, far below every limit on the whole. Two hyphens might begin an A-label.
_ORDINARY = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9_+'&~-]*(?:\.[A-Za-z0-9_+'&~-]+)*)@((?!.*--)[A-Za-z0-9.-]{1,100})"
)
_MAX_LOCAL = 64
# The parser writes the names of RFC 2142 in lower case.
_ROLES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)


class UnreadableAddressError(ValueError):
    """A text that is not an address in exactly one reading. Its words say why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed address: the local part as sent, the domain as a lower-case A-label."""

    local: str
    domain: str


def is_address_like(text: str) -> bool:
    """Return whether a userName claims to be an address, full-width forms included (U2)."""
    return "@" in text or not AT_SIGNS.isdisjoint(text)


@lru_cache(maxsize=8192)
def parse(text: str, *, test_suffixes: frozenset[str] = frozenset()) -> Address:
    """Return the address a text is, or raise UnreadableAddressError.

    ``test_suffixes`` are the suffixes enabled beside the public ones (EXTRA_SUFFIXES).
    """
    if len(text) > _MAX_LENGTH:
        raise UnreadableAddressError(f"It is longer than {_MAX_LENGTH} characters.")
    ordinary = _ORDINARY.fullmatch(text)
    if ordinary is not None:
        local, name = ordinary.groups()
        domain = _domain(name, test_suffixes)
        if domain is not None and len(local) <= _MAX_LOCAL and local.lower() not in _ROLES:
            return Address(local, domain)
    return read(text, test_suffixes)


@lru_cache(maxsize=1024)
def _domain(name: str, test_suffixes: frozenset[str]) -> str | None:
    """Return the domain of every ordinary address that ends in this name, or None.

    An import brings a million addresses and a few domains, and the parser costs thirty times this.
    """
    try:
        return read(f"a@{name}", test_suffixes).domain
    except UnreadableAddressError:
        return None


def read(text: str, test_suffixes: frozenset[str]) -> Address:
    """Return what ``parse`` returns, by the parser alone: the oracle of its shorter way."""
    try:
        valid = validate_email(
            text,
            check_deliverability=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_smtputf8=False,
            allow_display_name=False,
            strict=True,
            test_environment="test" in test_suffixes,
        )
        # Two libraries read the domain. If they ever differ there are two readings, so there is
        # none: taking one element out of two is a ValueError, as the parser's refusals are.
        # Each reads what was sent: the parser drops characters that cannot be seen.
        (domain,) = {
            valid.ascii_domain.lower(),
            domain_name.normalise(text.rpartition("@")[2]),
        }
    except (ValueError, InvalidDomainError) as refusal:
        raise UnreadableAddressError(_reason(text, test_suffixes)) from refusal
    if _LOCAL.fullmatch(valid.local_part) is None:
        raise UnreadableAddressError(
            "The part before the @ holds characters that other mail software may reinterpret."
        )
    return Address(valid.local_part, domain)


_REASONS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda text: not is_address_like(text), "It has no @."),
    (lambda text: sum(c in AT_SIGNS for c in text) > 1, "It has more than one @."),
    (lambda text: "@" not in text, "Its @ is not the plain one."),
    (lambda text: any(c.isspace() for c in text), "It holds white space."),
    (lambda text: not text.isprintable(), "It holds characters that cannot be seen."),
    (lambda text: text.endswith("."), "It ends with a dot."),
    (lambda text: len(text.partition("@")[0]) > 64, "More than 64 characters precede the @."),
)


def _reason(text: str, test_suffixes: frozenset[str]) -> str:
    """Return why the parser refused, in our words and without repeating the address."""
    for applies, sentence in _REASONS:
        if applies(text):
            return sentence
    top = text.rpartition(".")[2].lower()
    # The parser knows one of those that an operator can enable, and lets the others pass.
    refused = SPECIAL_USE - ENABLEABLE | ({"test"} - test_suffixes)
    if top in refused:
        return f"Its domain ends in '.{top}', which is reserved for special use."
    return "It is not a plain local part and a domain name, joined by an @."
