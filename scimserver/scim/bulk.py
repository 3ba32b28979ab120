"""A Bulk request becomes a plan: its operations, which depends on which, and when to stop.

New ids are promised before anything runs, so a ``bulkId`` is replaced by text alone. An operation
runs after those it refers to; operations that refer to each other form one group, written in two
steps (RFC 7644 §3.7).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scimserver.scim.errors import (
    InvalidSyntaxError,
    InvalidValueError,
    PayloadTooLargeError,
    ScimError,
)
from scimserver.scim.messages import BULK_REQUEST, check_schemas
from scimserver.scim.quirks import Profile

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_REFERENCE = re.compile(r"bulkId:([^\s\"'\]/]+)", re.IGNORECASE)
_WHOLE = re.compile(r"bulkId:(.+)", re.IGNORECASE | re.DOTALL)
_TEXT_LENGTH = 512


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation as sent. ``problem`` is why it cannot run, found before anything ran (E3).

    ``endpoint`` is the first segment of the path, ``target`` the second, which a POST has not.
    """

    index: int
    method: str
    endpoint: str = ""
    target: str = ""
    bulk_id: str | None = None
    version: str | None = None
    data: Mapping[str, Any] | None = None
    problem: ScimError | None = None


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """All operations in the order sent, and how to run them.

    ``groups`` are indexes in running order; a group of several refers to itself in a circle.
    ``ids`` promises an id for the bulkId of each creation, ``creators`` says which one that is.
    """

    operations: tuple[BulkOperation, ...]
    groups: tuple[tuple[int, ...], ...]
    fail_on_errors: int | None
    ids: Mapping[str, str]
    creators: Mapping[str, int]

    def needs(self, operation: BulkOperation) -> frozenset[int]:
        """Return the creations an operation refers to, itself apart."""
        named = {self.creators[name] for name in references(operation) if name in self.creators}
        return frozenset(named - {operation.index})


def read(
    body: Mapping[str, Any], profile: Profile, max_operations: int, new_id: Callable[[], str]
) -> BulkPlan:
    """Return the plan of a BulkRequest body, or refuse the request as a whole (E1, E4, E11)."""
    check_schemas(body, BULK_REQUEST, absent_accepted=False)
    members = {name.lower(): value for name, value in body.items()}
    sent = members.get("operations")
    if not isinstance(sent, list):
        raise InvalidSyntaxError("Operations: must be an array.", path="Operations")
    if len(sent) > max_operations:
        raise PayloadTooLargeError(
            f"Operations: {len(sent)} of them; maxOperations is {max_operations}. Send fewer."
        )
    operations = tuple(_operation(index, each, profile) for index, each in enumerate(sent))
    _check_bulk_ids(operations)
    creators = {
        o.bulk_id: o.index
        for o in operations
        if o.bulk_id is not None and (o.method == "POST" or o.problem is not None)
    }
    plan = BulkPlan(
        operations, (), _fail_on_errors(members), {name: new_id() for name in creators}, creators
    )
    needs = [sorted(plan.needs(operation)) for operation in operations]
    return BulkPlan(
        operations, tuple(_in_order(needs)), plan.fail_on_errors, plan.ids, plan.creators
    )


def references(operation: BulkOperation) -> frozenset[str]:
    """Return the bulkIds an operation refers to, in its path or its data."""
    found: set[str] = set()

    def note(name: str) -> str:
        found.add(name)
        return name

    _substitute(operation.data, note)
    _in_text(operation.target, note)
    return frozenset(found)


def resolved(operation: BulkOperation, ids: Mapping[str, str]) -> BulkOperation:
    """Return the operation with every bulkId replaced by its id (E5), or refuse it (E7)."""

    def look_up(name: str) -> str:
        if name not in ids:
            raise InvalidValueError(
                f"bulkId:{name[:80]}: no operation of this request creates it. Declare it."
            )
        return ids[name]

    return BulkOperation(
        index=operation.index,
        method=operation.method,
        endpoint=operation.endpoint,
        target=_in_text(operation.target, look_up),
        bulk_id=operation.bulk_id,
        version=operation.version,
        data=_substitute(operation.data, look_up),
    )


def target_of(operation: BulkOperation, ids: Mapping[str, str]) -> str:
    """Return the id an operation's path names; empty where the one it refers to is not there."""
    whole = _WHOLE.fullmatch(operation.target)
    return ids.get(whole.group(1), "") if whole else operation.target


def without(operation: BulkOperation, names: frozenset[str]) -> BulkOperation:
    """Return a creation without its references to some bulkIds: the first of two steps (E6)."""
    return BulkOperation(
        index=operation.index,
        method=operation.method,
        endpoint=operation.endpoint,
        target=operation.target,
        bulk_id=operation.bulk_id,
        data=_without(operation.data, names) or {},
    )


def _operation(index: int, sent: Any, profile: Profile) -> BulkOperation:
    members = (
        {name.lower(): value for name, value in sent.items()} if isinstance(sent, dict) else {}
    )
    method = members.get("method")
    method = method.upper() if isinstance(method, str) and method.upper() in METHODS else ""
    bulk_id = members.get("bulkid")
    if not isinstance(bulk_id, str) or not 0 < len(bulk_id) <= _TEXT_LENGTH:
        bulk_id = None
    try:
        _check_operation(members, method, bulk_id, profile)
        endpoint, target = _segments(members.get("path"), method)
    except InvalidSyntaxError as refusal:
        problem = InvalidSyntaxError(f"Operations[{index}]: {refusal.detail}")
        return BulkOperation(index=index, method=method, bulk_id=bulk_id, problem=problem)
    return BulkOperation(
        index=index,
        method=method,
        endpoint=endpoint,
        target=target,
        bulk_id=bulk_id,
        version=members.get("version") or None,
        data=None if method == "DELETE" else members["data"],
    )


def _check_operation(
    members: Mapping[str, Any], method: str, bulk_id: str | None, profile: Profile
) -> None:
    if not method:
        raise InvalidSyntaxError("method must be POST, PUT, PATCH or DELETE.")
    if bulk_id is None and members.get("bulkid") is not None:
        raise InvalidSyntaxError(f"bulkId must be a text of 1 to {_TEXT_LENGTH} characters.")
    if bulk_id is None and method == "POST" and profile.strict:
        raise InvalidSyntaxError("bulkId is required with POST.")
    if not isinstance(members.get("version"), str | None):
        raise InvalidSyntaxError("version must be a string.")
    if method != "DELETE" and not isinstance(members.get("data"), dict):
        raise InvalidSyntaxError("data must be an object.")


def _segments(path: Any, method: str) -> tuple[str, str]:
    segments = path.strip("/").split("/") if isinstance(path, str) else []
    if method == "POST" and len(segments) == 1 and segments[0]:
        return segments[0], ""
    if method != "POST" and len(segments) == 2 and all(segments):
        return segments[0], segments[1]
    shape = "/Users" if method == "POST" else "/Users/<id>"
    raise InvalidSyntaxError(f"path must look like {shape} for {method}.")


def _check_bulk_ids(operations: Sequence[BulkOperation]) -> None:
    seen: set[str] = set()
    for operation in operations:
        if operation.bulk_id is None:
            continue
        if operation.bulk_id in seen:
            raise InvalidSyntaxError(
                f"Operations[{operation.index}]: the bulkId stands twice. Make each unique."
            )
        seen.add(operation.bulk_id)


def _fail_on_errors(members: Mapping[str, Any]) -> int | None:
    value = members.get("failonerrors")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidValueError("failOnErrors: must be an integer of at least 1.")
    return value


def _substitute(value: Any, replace: Callable[[str], str], *, is_reference: bool = False) -> Any:
    """Return JSON with the bulkIds in reference places replaced; other texts are left alone.

    A reference place is a ``value`` or ``$ref``, an entry of a list, or a whole attribute given as
    one text (``"manager": "bulkId:…"``); a path of a PATCH operation may name one in its filter.
    """
    if isinstance(value, str):
        return _in_reference(value, replace) if is_reference else value
    if isinstance(value, list):
        return [_substitute(each, replace, is_reference=True) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, held in value.items():
        if name.lower() == "path" and isinstance(held, str):
            found[name] = _in_text(held, replace)
        else:
            key = _in_text(name, replace) if "[" in name else name
            found[key] = _substitute(held, replace, is_reference=name.lower() not in _PLAIN)
    return found


# Names people choose: a text there that looks like a bulkId is what it looks like to them.
_PLAIN = frozenset({"username", "displayname", "externalid", "nickname", "title", "display"})


def _in_reference(text: str, replace: Callable[[str], str]) -> str:
    whole = _WHOLE.fullmatch(text)
    return replace(whole.group(1)) if whole else text


def _in_text(text: str, replace: Callable[[str], str]) -> str:
    if "bulkid:" not in text.lower():
        return text
    return _REFERENCE.sub(lambda match: replace(match.group(1)), text)


def _without(value: Any, names: frozenset[str]) -> Any:
    """Return JSON without the references to ``names``; None where nothing is left."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        return None if whole and whole.group(1) in names else value
    if isinstance(value, list):
        return [kept for each in value if (kept := _without(each, names)) is not None]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, held in value.items():
        kept = held if name.lower() in _PLAIN else _without(held, names)
        if kept is None and held is not None:
            if name.lower() == "value":
                return None
            continue
        found[name] = kept
    return found


def _in_order(needs: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return the operations in running order, those that need each other grouped.

    Tarjan's algorithm, without recursion: it yields a group after every group it needs, and starts
    from the operations in the order the client sent them.
    """
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_: list[int] = []
    groups: list[tuple[int, ...]] = []
    grouped: set[int] = set()
    for root in range(len(needs)):
        if root in number:
            continue
        visits = [(root, iter(needs[root]))]
        while visits:
            node, rest = visits[-1]
            if node not in number:
                number[node] = lowest[node] = len(number)
                open_.append(node)
            for needed in rest:
                if needed not in number:
                    visits.append((needed, iter(needs[needed])))
                    break
                if needed not in grouped:
                    lowest[node] = min(lowest[node], number[needed])
            else:
                visits.pop()
                if visits:
                    parent = visits[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                if lowest[node] == number[node]:
                    start = open_.index(node)
                    groups.append(tuple(sorted(open_[start:])))
                    grouped.update(open_[start:])
                    del open_[start:]
    return groups
