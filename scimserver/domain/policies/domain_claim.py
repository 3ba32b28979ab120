"""The domain rule: every address lies in a domain its organization has verified (M1 to M8).

Judged is what would result, never how it was asked for: a PATCH by value path, a PUT, an import
and an adoption meet the same lines.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scimserver.domain.actor import Actor
from scimserver.domain.address import UnreadableAddressError, is_address_like, parse
from scimserver.domain.commands import Create, Plan
from scimserver.domain.errors import DomainNotVerifiedError, InvalidEmailError, PolicyDeniedError
from scimserver.domain.policies.facts import Facts, Row, Violation
from scimserver.scim.resource import Resource
from scimserver.scim.schema import Attribute, ResourceType

USER_NAME = "userName"
EMAIL_VALUE = "emails.value"


def check(actor: Actor, plan: Plan, resource: Resource | None, facts: Facts) -> None:
    """Raise when a judged address does not parse or lies outside the owned domains."""
    anywhere = _makes_local_administrator(plan)
    for path, text in judged(actor, plan, resource, facts.protected):
        _check_address(path, text, facts, anywhere=anywhere)


def violations(
    kind: ResourceType, attributes: Mapping[str, Any], row: Row, facts: Facts
) -> Iterator[Violation]:
    """Yield each address of an active stored resource that could not enter today.

    An inactive one may keep what it has: turning people off is what a lapsed domain calls for. A
    local administrator's may lie anywhere (P89).
    """
    if row.sandbox or not row.active or row.id in facts.protected:
        return
    for path, text in addresses_of(kind, attributes):
        try:
            _check_address(path, text, facts)
        except PolicyDeniedError as refusal:
            yield Violation("domain_claim", row.id, refusal.detail)


def judged(
    actor: Actor, plan: Plan, resource: Resource | None, protected: frozenset[str] = frozenset()
) -> list[tuple[str, str]]:
    """Return the addresses to judge, with their paths.

    All of them when a resource comes to life, by creation or re-activation; otherwise those the
    stored resource did not have, so that a lapsed domain never blocks an unrelated change (M3).
    A local administrator keeps an address that lies elsewhere; another one must be ours (G8).
    """
    if resource is None or actor.sandbox:
        return []
    found = addresses_of(resource.type, resource.attributes)
    if plan.before is None:
        return found
    if resource.active and not plan.before.active and plan.id not in protected:
        return found
    known = {text for _, text in addresses_of(resource.type, plan.before_attributes)}
    return [(path, text) for path, text in found if text not in known]


def domains_needed(
    actor: Actor,
    plan: Plan,
    resource: Resource | None,
    *,
    protected: frozenset[str] = frozenset(),
    test_suffixes: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Return the domains whose owner decides about this change; mostly none, or one."""
    if _makes_local_administrator(plan):
        return frozenset()
    return _domains(judged(actor, plan, resource, protected), test_suffixes)


def domains_stored(
    kind: ResourceType,
    attributes: Mapping[str, Any],
    *,
    test_suffixes: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Return the domains of every address in a stored resource, for the twin."""
    return _domains(addresses_of(kind, attributes), test_suffixes)


def addresses_of(kind: ResourceType, attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every address a resource holds as (path, text), in schema order.

    Those are the values of ``emails``, of attributes whose schema file marks them as addresses
    (L8), and ``userName`` when it holds an @ in any width.
    """
    found: list[tuple[str, str]] = []
    for attribute, parent in _holders(kind):
        held = _values(attribute, parent, attributes)
        if attribute.path == USER_NAME:
            held = [(path, value) for path, value in held if is_address_like(value)]
        found += held
    return found


def holds_addresses(kind: ResourceType) -> bool:
    """Return whether a resource of this type can have an address at all."""
    return bool(_holders(kind))


@lru_cache(maxsize=256)
def _holders(kind: ResourceType) -> tuple[tuple[Attribute, str], ...]:
    """Return the attributes that hold addresses, with the path of what they are a part of."""
    held = (a for a in kind.every() if a.email or a.path in (USER_NAME, EMAIL_VALUE))
    return tuple((a, a.path.removesuffix(f".{a.location[-1]}")) for a in held)


def _values(
    attribute: Attribute, parent: str, attributes: Mapping[str, Any]
) -> list[tuple[str, str]]:
    # The location is URN (of an extension), then attribute, then sub-attribute. SCIM's path has
    # the same names, so the index of an entry goes before the last of them.
    holder: Any = attributes
    for key in attribute.location[:-1]:
        holder = holder.get(key, {})
    name = attribute.location[-1]
    if not isinstance(holder, list):
        return _texts(attribute, attribute.path, holder.get(name))
    found: list[tuple[str, str]] = []
    for index, entry in enumerate(holder):
        found += _texts(attribute, f"{parent}[{index}].{name}", entry.get(name))
    return found


def _texts(attribute: Attribute, path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    if not attribute.multi_valued or not isinstance(value, list):
        return []
    return [(f"{path}[{i}]", each) for i, each in enumerate(value) if isinstance(each, str)]


def _domains(addresses: list[tuple[str, str]], suffixes: frozenset[str]) -> frozenset[str]:
    domains = set()
    for _, text in addresses:
        try:
            domains.add(parse(text, test_suffixes=suffixes).domain)
        except UnreadableAddressError:
            # The rule itself refuses it, with the path; no owner is needed for that.
            continue
    return frozenset(domains)


def _makes_local_administrator(plan: Plan) -> bool:
    """Return whether this is the one creation whose addresses may lie anywhere (G8)."""
    return isinstance(plan.command, Create) and plan.command.local_administrator


def _check_address(path: str, text: str, facts: Facts, *, anywhere: bool = False) -> None:
    try:
        domain = parse(text, test_suffixes=facts.test_suffixes).domain
    except UnreadableAddressError as refusal:
        raise InvalidEmailError(path, str(refusal)) from refusal
    if domain not in facts.owned and not anywhere:
        raise DomainNotVerifiedError(path, domain)
