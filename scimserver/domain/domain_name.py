"""Domain names in the one form that is stored, compared and shown (D3, D6).

``normalise`` says what a name is; ``check_claimable`` says whether anyone may hold it. The rule at
the door and the attestation by an operator both go through ``normalise``, so they cannot disagree.
"""

import re
import unicodedata

import idna
from publicsuffixlist import PublicSuffixList

from scimserver.domain.errors import InvalidDomainError

MAX_OCTETS = 231
_MAX_INPUT = 1024
_JOINERS = frozenset("\u200c\u200d")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SUFFIXES = PublicSuffixList()

SPECIAL_USE = frozenset(
    {"arpa", "invalid", "local", "localhost", "onion", "test", "example", "internal", "alt"}
)
ENABLEABLE = frozenset({"test", "example", "internal", "alt"})


def normalise(text: str) -> str:
    """Return the name as a lower-case A-label without a trailing dot, or raise InvalidDomainError.

    UTS 46 in its non-transitional form decides, so look-alike letters make another name (M8).
    """
    # The standard library's codec would map one name to another; it is never used here (D4).
    if len(text) > _MAX_INPUT or any(map(_vanishes, text)):
        raise _invalid("it holds characters that cannot be seen")
    try:
        name = idna.encode(text, uts46=True, std3_rules=True, transitional=False).decode("ascii")
    except UnicodeError as refusal:
        raise _invalid("it is not a domain name") from refusal
    # After the mapping, since an ideographic full stop only now has become a dot.
    name = name.lower().removesuffix(".")
    if "." not in name:
        raise _invalid("it has only one label")
    if len(name) > MAX_OCTETS:
        raise _invalid(f"it is longer than {MAX_OCTETS} octets")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise InvalidDomainError(
            "domain: an IP address cannot be claimed. Give a domain name. (code ip_address)",
            reason="ip_address",
        )
    return name


def check_claimable(name: str, *, extra_suffixes: frozenset[str] = frozenset()) -> None:
    """Raise InvalidDomainError when nobody can hold this normalised name (D5, D6).

    A suffix among ``extra_suffixes`` skips the lists, unless mail can never reach it.
    """
    top = name.rpartition(".")[2]
    if top in extra_suffixes and top in ENABLEABLE | ({top} - SPECIAL_USE):
        return
    if top in SPECIAL_USE:
        raise _refused(name, "special_use", f"'.{top}' is reserved for special use")
    if _SUFFIXES.is_public(name):
        raise _refused(name, "public_suffix", "it is a public suffix, shared by many owners")
    if _SUFFIXES.publicsuffix(name, accept_unknown=False) is None:
        raise _refused(name, "unknown_suffix", f"'.{top}' is no public suffix")


def _vanishes(character: str) -> bool:
    # UTS 46 would delete these without a word and accept what is left.
    if character in _JOINERS:
        return False
    return (
        unicodedata.category(character) in ("Cc", "Cf")
        or character == "\u034f"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
        or "\u180b" <= character <= "\u180f"
    )


def _invalid(why: str) -> InvalidDomainError:
    return InvalidDomainError(
        f"domain: {why}. {InvalidDomainError.recommended_action} (code invalid_domain)",
        reason="invalid_domain",
    )


def _refused(name: str, reason: str, why: str) -> InvalidDomainError:
    return InvalidDomainError(
        f"domain: '{name}' cannot be claimed: {why}. "
        f"{InvalidDomainError.recommended_action} (code {reason})",
        reason=reason,
    )
