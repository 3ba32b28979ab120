"""Where a refusal is put right: the pages that help, the most helpful first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from scimserver.config import Settings
from scimserver.domain.claims import Claim
from scimserver.domain.domain_name import unicode_of
from scimserver.domain.errors import InvalidDomainError
from scimserver.domain.roles import Role, grants
from scimserver.services import domains
from scimserver.storage.connections import Connection
from scimserver.storage.names import Named
from scimserver.web.console.links import ORGANIZATION, SSO, Link, connection_page, domain_page

_DOMAIN, _SUBJECT, _CONNECTION = "domain", "subject", "connection"
_USERS, _RULES, _LOCAL = "users", "rules", "local administrators"

# By the code of a refusal, the pages that help; where a code is missing, the last row.
_HELPFUL: Mapping[str, tuple[str, ...]] = {
    "domain_not_verified": (_DOMAIN, _SUBJECT),
    "no_email": (_SUBJECT, _RULES),
    "taken": (_SUBJECT, _USERS),
    "uniqueness": (_SUBJECT, _USERS),
    "protected_account": (_LOCAL,),
    "permission_denied": (_CONNECTION,),
    "sensitive": (_RULES, _CONNECTION),
}
_OTHERS = (_SUBJECT, _CONNECTION)
_FIXED: Mapping[str, Link] = {
    _USERS: Link("/console/users", "Search the users", "users view"),
    _RULES: Link(ORGANIZATION, "See the rules of the organization"),
    _LOCAL: Link(f"{ORGANIZATION}/administrators", "See the local administrators"),
}
_PAGES = {
    "User": ("/console/users/", "Open the user", "users view"),
    "Group": ("/console/teams/", "Open the team", "teams view"),
}


class Refusal(Protocol):
    """A refusal, or a cause of many."""

    @property
    def code(self) -> str | None:
        """Why, as programs say it."""

    @property
    def domain(self) -> str | None:
        """The domain it is about, if any."""

    @property
    def resource_id(self) -> str | None:
        """What it is about, where that has an id here."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is of the organization around a refusal; ``subject`` is None once deleted."""

    claims: Sequence[Claim]
    connection: Connection | None
    subject: Named | None
    settings: Settings


def next_steps(refusal: Refusal, around: Surroundings, role: Role) -> list[Link]:
    """Return the pages that help with a refusal, those that somebody of a role may see."""
    found: list[Link] = []
    for kind in _HELPFUL.get(refusal.code or "", _OTHERS):
        if kind in _FIXED:
            found.append(_FIXED[kind])
        elif kind == _DOMAIN:
            found += _domain(refusal, around)
        elif kind == _SUBJECT:
            found += _subject(refusal, around)
        elif around.connection is not None:
            found.append(Link(connection_page(around.connection.id), "Open the connection"))
    return [link for link in found if grants(role, link.needs)]


def _domain(refusal: Refusal, around: Surroundings) -> list[Link]:
    """Return the page of the domain, else the form that adds it, where anybody could own it."""
    name = refusal.domain or ""
    held = next((claim for claim in around.claims if claim.domain == name), None)
    if held is not None:
        return [Link(domain_page(held.id), f"Open {unicode_of(held.domain)}")]
    try:
        new = domains.claimable(name, around.settings)
    except InvalidDomainError:
        return [Link(f"{SSO}#domains", "See your domains")]
    add = f"{SSO}/domains/new?{urlencode({'domain': unicode_of(new)})}"
    return [
        Link(add, f"Add {unicode_of(new)}", "domains edit"),
        Link(f"{SSO}#domains", "See your domains"),
    ]


def _subject(refusal: Refusal, around: Surroundings) -> list[Link]:
    if around.subject is None or around.subject.type not in _PAGES:
        return []
    place, label, needs = _PAGES[around.subject.type]
    return [Link(f"{place}{refusal.resource_id}", label, needs)]
