"""The resource while PATCH operations are applied to it: written on a copy, made on first use."""

from collections.abc import Mapping
from typing import Any

from scimserver.scim.effort import Effort
from scimserver.scim.errors import InvalidSyntaxError, InvalidValueError, MutabilityError
from scimserver.scim.patch_edges import Edges
from scimserver.scim.patch_targets import is_derived
from scimserver.scim.quirks import Profile, counters
from scimserver.scim.readers import UNSET, Notes, Refusal, shown
from scimserver.scim.schema import Attribute, Mutability, ResourceType, Schema
from scimserver.scim.validate import canonical_value

EMPTY: tuple[Any, ...] = (None, "", [], {})


class State:
    """What the operations have made of a resource so far.

    ``before`` is never written to, nor is any object within it, so an error leaves no trace (C7).
    """

    def __init__(
        self,
        kind: ResourceType,
        before: Mapping[str, Any],
        external_id: str | None,
        profile: Profile,
    ) -> None:
        self.kind = kind
        self.profile = profile
        self.external_id = external_id
        self.notes = Notes(profile)
        self.effort = Effort()
        self.edges = Edges(kind, kind.edge, self.notes, self.effort) if kind.edge else None
        self.index = 0
        self.emptied: dict[str, tuple[int, str]] = {}
        self._before = before
        self._after: dict[str, Any] | None = None
        self._own: set[str] = set()

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes now: the very mapping given while nothing differs from it (C11)."""
        if self._after is None or self._after == self._before:
            return self._before
        return self._after

    def get(self, attribute: Attribute) -> Any:
        """Return the value of a top-level attribute, or None."""
        held: Any = self._before if self._after is None else self._after
        for name in attribute.location:
            held = held.get(name)
            if held is None:
                return None
        return held

    def put(self, attribute: Attribute, value: Any, where: str) -> None:
        """Set a top-level attribute, UNSET to take it away; immutable ones only once (C51)."""
        held = self.get(attribute)
        if value is UNSET:
            value = None
        if held == value:
            return
        if held is not None and attribute.mutability is Mutability.IMMUTABLE:
            raise MutabilityError(f"{where}: immutable, and has a value")
        home = self._home(attribute)
        if value is None:
            del home[attribute.name]
            if attribute.required:
                self.emptied[attribute.path] = self.index, where
        else:
            home[attribute.name] = value
        if not home and len(attribute.location) > 1:
            self.drop(attribute.location[0])

    def drop(self, urn: str) -> None:
        """Take an extension away with all it holds (C32)."""
        self._copy().pop(urn, None)
        self._own.discard(urn)

    def drop_schema(self, schema: Schema, where: str) -> None:
        """Take an extension away, unless something in it may not go (C32, C51, C52)."""
        for attribute in schema.attributes.values():
            if self.get(attribute) is not None:
                check_removable(attribute, where)
        self.drop(schema.urn)

    def canonical(self, attribute: Attribute, value: Any, where: str) -> Any:
        """Return a value as it is stored, or UNSET; count what had to be tolerated for it."""
        if attribute.multi_valued and not isinstance(value, list) and value not in EMPTY:
            if self.profile.strict:
                raise InvalidValueError(f"{where}: expected an array")
            self.use(counters.LONE_VALUE)
        return canonical_value(attribute, value, self.profile, where, self.notes)

    def subs(self, attribute: Attribute, value: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return what an object says of each sub-attribute: a value, or UNSET where it takes it.

        What only the server writes is passed over, as in POST and PUT (B3, B33).
        """
        found: dict[str, Any] = {}
        seen: set[str] = set()
        for key, each in value.items():
            check_once(key, seen, where)
            sub = attribute.sub_attributes.get(key.lower())
            if sub is None:
                self.ignore(f"{where}.{key}")
            elif sub.mutability is not Mutability.READ_ONLY and not is_derived(attribute, sub):
                found[sub.name] = self.canonical(sub, each, f"{where}.{sub.name}")
        return found

    def ignore(self, name: str) -> None:
        """Pass an unknown attribute over, or refuse it (B16)."""
        try:
            self.notes.unknown(name, "")
        except Refusal as refusal:
            refusal.at(name)
            raise refusal.error() from None

    def use(self, quirk: str) -> None:
        """Count a tolerance (J2.1)."""
        self.notes.use(quirk)

    def _copy(self) -> dict[str, Any]:
        if self._after is None:
            self._after = dict(self._before)
        return self._after

    def _home(self, attribute: Attribute) -> dict[str, Any]:
        """Return the dict an attribute lies in, ours to write to."""
        after = self._copy()
        if len(attribute.location) == 1:
            return after
        urn = attribute.location[0]
        if urn not in self._own:
            after[urn] = dict(after.get(urn, {}))
            self._own.add(urn)
        held: dict[str, Any] = after[urn]
        return held


def check_once(key: str, seen: set[str], where: str) -> None:
    """Refuse a name that was there before in another case: which one counts is a guess (T5)."""
    lowered = key.lower()
    if lowered in seen:
        raise InvalidSyntaxError(f"{where}: '{shown(key)}' is given twice")
    seen.add(lowered)


def check_removable(attribute: Attribute, where: str) -> None:
    """Refuse to take away what is required or immutable (C51, C52)."""
    if attribute.required:
        raise MutabilityError(f"{where}: required, so it cannot be removed")
    if attribute.mutability is Mutability.IMMUTABLE:
        raise MutabilityError(f"{where}: immutable, so it cannot be removed")


def merged(
    attribute: Attribute, entry: Mapping[str, Any], given: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Return an element or a complex value with what is given set or taken away in it."""
    result = dict(entry)
    for name, value in given.items():
        held = result.get(name)
        if held is not None and held != value:
            sub = attribute.sub_attributes[name.lower()]
            if sub.mutability is Mutability.IMMUTABLE:
                raise MutabilityError(f"{where}.{name}: immutable, and has a value")
        if value is UNSET:
            result.pop(name, None)
        else:
            result[name] = value
    return result
