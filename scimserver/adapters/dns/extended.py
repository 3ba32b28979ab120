"""Extended DNS errors by name (RFC 8914): what a server says about why it failed."""

from collections.abc import Sequence

import dns.edns

_SPELT = {"dnssec": "DNSSEC", "dnskey": "DNSKEY", "rrsigs": "RRSIGs", "nsec": "NSEC", "ds": "DS"}


def in_words(errors: Sequence[int]) -> str:
    """Return the first of them with its number, and its name where it has one.

    The text a server may send along is a stranger's, and differs for one and the same fault.
    """
    if not errors:
        return ""
    number = errors[0]
    name = _NAMES.get(number)
    return f"{name}, EDE {number}" if name else f"EDE {number}"


def _spelt(name: str) -> str:
    return " ".join(_SPELT.get(word, word) for word in name.lower().split("_"))


_NAMES = {int(each): _spelt(each.name) for each in dns.edns.EDECode}
