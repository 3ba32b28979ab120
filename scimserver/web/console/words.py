"""Entries of the provisioning log for people who know no SCIM: what was tried, why it failed."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Explained(NamedTuple):
    """A refusal in plain words: what it means, and what to do about it."""

    title: str
    meaning: str
    action: str


_VERBS: Mapping[str, str] = {
    "POST": "Create",
    "PUT": "Replace",
    "PATCH": "Change",
    "DELETE": "Delete",
    "GET": "Read",
}
_NOUNS: Mapping[str, str] = {"User": "user", "Group": "team", "Users": "user", "Groups": "team"}
_MAPPING = "Correct the attribute mapping of the application at the identity provider."
_OURS = Explained(
    "Not as the standard has it",
    "The identity provider sent something that this server does not understand.",
    "Check that the connection has the right identity provider. If it does, show this entry to "
    "the support of the identity provider.",
)

EXPLAINED: Mapping[str, Explained] = {
    "domain_not_verified": Explained(
        "Address outside your domains",
        "The user has an address or a user name in a domain that is not verified for this "
        "organization. Nobody comes in with such an address, so nothing was changed.",
        "If the domain is yours, add and verify it under “Organization”, “Single sign-on”; if it "
        "has lapsed, publish its record again. Otherwise take the user out of the assignment at "
        "the identity provider, or map an address of your company.",
    ),
    "invalid_email": Explained(
        "Address that cannot be read",
        "An address of the user is not a plain e-mail address.",
        "Correct it at the identity provider, or map another attribute to the address.",
    ),
    "no_email": Explained(
        "User without an address",
        "This organization asks for an address of each user, and this one has none.",
        "Map an e-mail address at the identity provider, or let users without one in on the page "
        "of the organization.",
    ),
    "uniqueness": Explained(
        "Already in use",
        "Another user or team has the same value, such as the same user name or address.",
        "Search for the other one in the list of users, compare both, and merge them at the "
        "identity provider or change the mapping.",
    ),
    "protected_account": Explained(
        "Local administrator",
        "The user is a local administrator, whom no identity provider can change.",
        "Take this person out of the assignment at the identity provider. The account is managed "
        "in this console.",
    ),
    "invalid_value": Explained(
        "Value that does not fit",
        "An attribute holds a value of the wrong kind, or one that is too long.",
        "Correct the value in your directory, or the mapping of the attribute.",
    ),
    "mutability": Explained(
        "Attribute that cannot be changed",
        "The identity provider tried to change an attribute that this server computes itself.",
        "Take the attribute out of the mapping.",
    ),
    "invalid_path": Explained(
        "Unknown attribute",
        "The identity provider named an attribute that this server does not have.",
        _MAPPING,
    ),
    "no_target": Explained(
        "Nothing to change",
        "The identity provider wanted to change a value that the user does not have.",
        "Check that the connection has the right identity provider; for some of them such a "
        "change makes the value.",
    ),
    "unknown_resource": Explained(
        "Not found",
        "The identity provider spoke of a user or team that is not here, perhaps because it was "
        "deleted.",
        "Usually the next cycle creates it again. If it does not, restart provisioning at the "
        "identity provider.",
    ),
    "unauthorized": Explained(
        "Token not accepted",
        "The request came with a token that is revoked, has expired, or belongs to a connection "
        "that is switched off.",
        "Make a token on the page of the connection and paste it at the identity provider.",
    ),
    "permission_denied": Explained(
        "Not allowed for this connection",
        "The connection may not do this: its scopes do not cover it.",
        "Ask the operator to widen the scopes of the connection.",
    ),
    "too_many_requests": Explained(
        "Too many requests",
        "The identity provider sent more requests a second than the connection may.",
        "It tries again by itself. If this lasts, raise the limit on the page of the connection.",
    ),
    "payload_too_large": Explained(
        "Too much at once",
        "The request was larger than this server accepts.",
        "Let the identity provider send smaller batches.",
    ),
    "provisioning_paused": Explained(
        "Changes are paused",
        "So many changes of this connection were refused in a short time that its changes wait for "
        "somebody to look. What turns people off or deletes them is carried out all the same.",
        "Review the open errors and put their cause right, then resume on the page of the "
        "connection.",
    ),
    "limit_exceeded": Explained(
        "Limit reached",
        "The organization holds as many of these as it may.",
        "Remove what is not needed, or ask the operator for more room.",
    ),
    "stale_version": Explained(
        "Changed meanwhile",
        "Somebody else changed the user or team at the same time.",
        "Nothing: the identity provider tries again.",
    ),
    "sensitive": Explained(
        "Filter in an address",
        "This organization forbids filters in addresses, because they end up in logs.",
        "Let the identity provider search by POST, or allow such filters on the page of the "
        "organization.",
    ),
    "invalid_filter": _OURS,
    "invalid_syntax": _OURS,
    "invalid_version": _OURS,
    "unsupported_media_type": _OURS,
}
_REFUSED = Explained(
    "Refused", "The request could not be carried out.", "The reason below says more."
)
_SAME: Mapping[str, str] = {
    "taken": "uniqueness",
    "conflict": "uniqueness",
    "not_found": "unknown_resource",
    "precondition_failed": "stale_version",
    "precondition_required": "invalid_syntax",
}


def explained(code: str | None, status: int) -> Explained | None:
    """Return a refusal in plain words, or None for what was accepted."""
    if status < 400:
        return None
    found = _found(code)
    if found is not None:
        return found
    if status == 503:
        return Explained(
            "Server not available",
            "The server could not answer at that moment.",
            "Nothing: the identity provider tries again.",
        )
    return _REFUSED


def meaning(code: str) -> Explained:
    """Return what a code of a refusal means, in plain words."""
    return _found(code) or _REFUSED


def _found(code: str | None) -> Explained | None:
    return EXPLAINED.get(_SAME.get(code or "", code or ""))


def undertaken(row: Any) -> str:
    """Return what a request wanted, such as "Change user"."""
    place = row.endpoint.strip("/").partition("/")[0]
    if place == "Bulk":
        return "Many at once"
    noun = _NOUNS.get(row.resource_type or "") or _NOUNS.get(place) or row.resource_type
    if row.method == "GET" and not row.resource_id:
        return f"Search {noun}s" if noun else "Search"
    return attempted(row.method, noun)


def attempted(method: str, resource_type: str | None) -> str:
    """Return what a method wanted of a type of resource, such as "Create team"."""
    verb = _VERBS.get(method, method.capitalize()) or "Request about"
    noun = _NOUNS.get(resource_type or "") or resource_type
    return f"{verb} {noun}" if noun else verb.removesuffix(" about")
