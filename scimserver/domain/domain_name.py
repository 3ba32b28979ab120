"""Domain names in the one form that is stored, compared and shown (D3, D5, D6).

``normalise`` says what a name is; ``check_claimable`` says whether anyone may hold it. The rule at
the door, a claim and an operator's word all go through ``normalise``, so they cannot disagree.
"""

import ipaddress
import re
import unicodedata

import idna
from publicsuffixlist import PublicSuffixList

from scimserver.domain.errors import InvalidDomainError

# So that the name of its record still fits into the 253 octets of a name.
MAX_OCTETS = 231
_MAX_INPUT = 1024
_TOO_LONG = f"it is longer than {MAX_OCTETS} octets"
_JOINERS = frozenset("\u200c\u200d")
_FROM_RIGHT = frozenset({"R", "AL", "AN"})
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SUFFIXES = PublicSuffixList()

SPECIAL_USE = frozenset(
    {"arpa", "invalid", "local", "localhost", "onion", "test", "example", "internal", "alt"}
)
# The e-mail parser refuses the other five whatever an operator says.
ENABLEABLE = frozenset({"test", "example", "internal", "alt"})

MIXED_SCRIPT = "mixed_script"
# Scripts that one label holds side by side without deceiving anybody (UTS 39, "highly
# restrictive"): Japanese, Chinese and Korean names do, Latin letters among them.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Letters named for what they are, which every script may use.
_OF_NO_SCRIPT = frozenset({"MODIFIER", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})


def normalise(text: str) -> str:
    """Return the name as a lower-case A-label without a trailing dot, or raise InvalidDomainError.

    UTS 46 in its non-transitional form decides, so look-alike letters make another name (M8).
    """
    # The standard library's codec would map one name to another; it is never used here (D4).
    if len(text) > _MAX_INPUT:
        raise _invalid(_TOO_LONG)
    if any(map(_vanishes, text)):
        raise _invalid("it holds characters that cannot be seen")
    if _is_address(text):
        raise _ip_address()
    try:
        name = idna.encode(text, uts46=True, std3_rules=True, transitional=False).decode("ascii")
    except UnicodeError as refusal:
        raise _invalid(_why_not(text)) from refusal
    # After the mapping, since an ideographic full stop only now has become a dot.
    name = name.lower().removesuffix(".")
    if "." not in name:
        if _SUFFIXES.is_public(name, accept_unknown=False):
            raise _public_suffix(name)
        raise _invalid("it has only one label")
    if len(name) > MAX_OCTETS:
        raise _invalid(_TOO_LONG)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise _ip_address()
    if "xn--" in name and not _reads_one_way(name):
        raise _invalid("its labels change places where it is shown")
    return name


def check_claimable(name: str, *, extra_suffixes: frozenset[str] = frozenset()) -> None:
    """Raise InvalidDomainError when nobody can hold this normalised name (D5, D6).

    A suffix among ``extra_suffixes`` skips the lists, unless mail can never reach it.
    """
    top = name.rpartition(".")[2]
    if top in extra_suffixes and top not in SPECIAL_USE - ENABLEABLE:
        return
    if top in SPECIAL_USE:
        raise unclaimable(name, "special_use", f"'.{top}' is reserved for special use")
    if _SUFFIXES.is_public(name):
        raise _public_suffix(name)
    if _SUFFIXES.publicsuffix(name, accept_unknown=False) is None:
        raise unclaimable(name, "unknown_suffix", f"'.{top}' is no public suffix")


def registrable(name: str) -> str:
    """Return the part of a normalised name that its owner registered: ``acme.co.uk``.

    Under a suffix of no list, which an operator enabled, those are the last two labels. A name
    that is a suffix itself is its own.
    """
    return _SUFFIXES.privatesuffix(name) or name


def unicode_of(name: str) -> str:
    """Return a normalised name as people write it (``domainUnicode``)."""
    return idna.decode(name)


def warnings_of(name: str) -> tuple[str, ...]:
    """Return what is suspicious about a normalised name; nothing here forbids to claim it (D5)."""
    mixed = any(map(_mixes_scripts, unicode_of(name).split(".")))
    return (MIXED_SCRIPT,) if mixed else ()


def unclaimable(name: str, reason: str, why: str) -> InvalidDomainError:
    """Return the error that says why nobody may claim a name; ``reason`` is its code (D5)."""
    return InvalidDomainError(
        f"domain: '{name}' cannot be claimed: {why}. "
        f"{InvalidDomainError.recommended_action} (code {reason})",
        reason=reason,
    )


def _why_not(text: str) -> str:
    """Return what somebody gave in place of a domain name: what they copied, most often."""
    if "/" in text:
        return "it is a web address; leave out all but the name of the host"
    if "@" in text:
        return "it is an e-mail address; leave out the @ and what stands before it"
    if "*" in text:
        return "it is a pattern, and every domain is claimed by its own name"
    return "it is not a domain name"


def _reads_one_way(name: str) -> bool:
    """Return whether a name with letters from right to left keeps the Bidi rule (RFC 5893).

    The encoding judges each label alone, but one that begins with a digit is drawn on the other
    side of a Hebrew neighbour, where it makes two names look the same.
    """
    labels = unicode_of(name).split(".")
    if not any(unicodedata.bidirectional(each) in _FROM_RIGHT for each in "".join(labels)):
        return True
    try:
        return all(idna.check_bidi(label, check_ltr=True) for label in labels)
    except idna.IDNAError:
        return False


def _mixes_scripts(label: str) -> bool:
    # Names of characters begin with their script, which the standard library does not tell
    # otherwise. Digits, marks and the hyphen belong to every script.
    scripts = {
        unicodedata.name(character, "").partition(" ")[0]
        for character in label
        if unicodedata.category(character).startswith("L")
    } - _OF_NO_SCRIPT
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


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


def _ip_address() -> InvalidDomainError:
    return InvalidDomainError(
        "domain: an IP address cannot be claimed. "
        f"{InvalidDomainError.recommended_action} (code ip_address)",
        reason="ip_address",
    )


def _public_suffix(name: str) -> InvalidDomainError:
    return unclaimable(name, "public_suffix", "it is a public suffix, shared by many owners")
