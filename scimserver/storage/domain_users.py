"""The users who have an address in a domain, counted, and the first of them by name (D31)."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, func, or_, select, union

from scimserver.storage.accounts import USER
from scimserver.storage.models import resource, resource_value, unique_value
from scimserver.storage.session import Session
from scimserver.storage.values import EMAIL

_USER_NAME = "userName"


class DomainUsers(NamedTuple):
    """How many users there are, and the names of the first."""

    total: int
    names: tuple[str, ...]


def of(session: Session, org_id: str, spellings: Collection[str], most: int) -> DomainUsers:
    """Return the users of an organization whose addresses end in one of a domain's spellings.

    An address is found in either table of values, wherever its connection let it be kept.
    """
    held = union(
        _holders(resource_value, org_id, spellings), _holders(unique_value, org_id, spellings)
    ).subquery()
    ids = select(held.c.resource_id)
    total: int = session.execute(select(func.count()).select_from(held)).scalar_one()
    named = (
        select(resource.c.user_name)
        .where(resource.c.org_id == org_id, resource.c.id.in_(ids))
        .order_by(resource.c.user_name)
        .limit(most)
    )
    return DomainUsers(total, tuple(session.execute(named).scalars()))


def _holders(table: Table, org_id: str, spellings: Collection[str]) -> Select[Any]:
    ends = [table.c.key.endswith(f"@{each}", autoescape=True) for each in sorted(spellings)]
    return select(table.c.resource_id).where(
        table.c.org_id == org_id,
        table.c.type == USER,
        table.c.path.in_((EMAIL, _USER_NAME)),
        or_(*ends),
    )
