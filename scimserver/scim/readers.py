"""Readers: functions compiled from attributes that turn JSON values into canonical ones.

The usual value costs a type test and little more; what a client may get wrong is looked at only
when the usual test fails. A path is put together only for a refusal, from the inside out.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from scimserver.scim.datetimes import instant
from scimserver.scim.errors import InvalidSyntaxError, InvalidValueError, ScimError
from scimserver.scim.formats import STRICT, is_base64, is_uri
from scimserver.scim.quirks import Profile, counters
from scimserver.scim.schema import COMPUTED, Attribute, Mutability, Type

MAX_VALUES = 100
MAX_BINARY = 16 * 1024
MAX_TEXT = 4_096
MAX_KEY = 512
_MAX_NOTES = 50
_SHOWN = 80
_INTEGERS = range(-(2**63), 2**63)

_USER_NAME = "urn:ietf:params:scim:schemas:core:2.0:User:userName"
_TEAM_NAME = "urn:ietf:params:scim:schemas:core:2.0:Group:displayName"
_KEYS = frozenset({"externalId", _USER_NAME, _TEAM_NAME})

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_BREAKS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Unset:
    """The type of UNSET, which stands for an attribute without a value (RFC 7643 §2.5)."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class Refusal(Exception):  # noqa: N818  # It never leaves this package; ``error`` is what does.
    """A value that cannot be read; each level it passes adds its step to the path."""

    def __init__(self, problem: str, kind: type[ScimError] = InvalidValueError) -> None:
        super().__init__(problem)
        self._problem = problem
        self._kind = kind
        self._steps: list[str] = []

    def at(self, step: str) -> None:
        """Say one step further out where it happened."""
        self._steps.append(shown(step))

    def error(self) -> ScimError:
        """Return the refusal as the client shall see it: where, what, what to do."""
        path = "".join(reversed(self._steps))
        return self._kind(f"{path}: {self._problem}", path=path)


class Notes:
    """What reading a body met: the profile that applies, tolerances used, names passed over."""

    __slots__ = ("ignored", "profile", "quirks")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.quirks: dict[str, None] = {}
        self.ignored: dict[str, None] = {}

    def use(self, quirk: str) -> None:
        """Count a tolerance (J2.1)."""
        self.quirks[quirk] = None

    def unknown(self, name: str, path: str) -> None:
        """Pass over an unknown attribute, or refuse it, as the profile says (B16)."""
        if not self.profile.unknown_attributes:
            raise Refusal("there is no such attribute. Do not send it.", InvalidSyntaxError)
        if len(self.ignored) < _MAX_NOTES:
            self.ignored[shown(path + name)] = None


Reader = Callable[[Any, Notes], Any]


def shown(name: str) -> str:
    """Return a client's name fit for a message or a log: short, and printable."""
    cut = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)


def reader(attribute: Attribute) -> Reader:
    """Return the reader of an attribute as a whole, compiled once."""
    return _memoized(attribute, "reader", lambda: _discarding(attribute, _whole(attribute)))


def entry_reader(attribute: Attribute) -> Reader:
    """Return the reader of one value of a multi-valued attribute, compiled once."""
    return _memoized(attribute, "entry", lambda: _single(attribute))


def _memoized(attribute: Attribute, key: str, build: Callable[[], Reader]) -> Reader:
    found: Reader | None = attribute.memo.get(key)
    if found is None:
        found = attribute.memo[key] = build()
    return found


def _discarding(attribute: Attribute, read: Reader) -> Reader:
    if not attribute.discarded:
        return read

    def check(value: Any, notes: Notes) -> Any:
        read(value, notes)
        return UNSET

    return check


def _whole(attribute: Attribute) -> Reader:
    return _many(attribute) if attribute.multi_valued else _single(attribute)


def _single(attribute: Attribute) -> Reader:
    match attribute.type:
        case Type.COMPLEX:
            return _complex(attribute)
        case Type.BOOLEAN:
            return _boolean
        case Type.INTEGER:
            return _integer
        case Type.DECIMAL:
            return _decimal
        case _:
            return _text(attribute)


def _many(attribute: Attribute) -> Reader:
    read = entry_reader(attribute)
    has_primary = "primary" in attribute.sub_attributes

    def read_all(value: Any, notes: Notes) -> Any:
        if type(value) is not list:
            if value is None or value == {}:
                return UNSET
            if not notes.profile.scalar_to_list:
                raise Refusal("must be an array")
            notes.use(counters.SCALAR_TO_LIST)
            value = [value]
        if len(value) > MAX_VALUES:
            raise Refusal(f"holds more than {MAX_VALUES} values. Send fewer.")
        found = []
        index = 0
        try:
            for index, each in enumerate(value):  # noqa: B007  # The refusal needs it.
                one = read(each, notes)
                if one is not UNSET:
                    found.append(one)
        except Refusal as refusal:
            refusal.at(f"[{index}]")
            raise
        if has_primary and sum(each.get("primary") is True for each in found) > 1:
            raise Refusal("more than one value is primary. Mark one at most.")
        return found or UNSET

    return read_all


def table(attributes: Mapping[str, Attribute], *, reference: bool = False) -> dict[str, Any]:
    """Return name → (canonical name, reader, limit) for exact and lower-case names.

    Without a reader it is passed over. A printable text within the limit needs none.

    Of a reference, what we compute from its target is passed over as well (B33, T29).
    """
    found: dict[str, tuple[str, Reader | None, int]] = {}
    for key, each in attributes.items():
        skipped = each.mutability is Mutability.READ_ONLY or (reference and key in COMPUTED)
        entry = (each.name, None, 0) if skipped else (each.name, reader(each), plain_limit(each))
        found[key] = found[each.name] = entry
    return found


def members_reader(
    attributes: Mapping[str, Attribute], path: str, step: str, *, reference: bool = False
) -> Callable[[dict[str, Any], Notes], Any]:
    """Return the reader of a JSON object with these attributes. ``step`` stands before a name."""
    known = table(attributes, reference=reference)

    def read(value: dict[str, Any], notes: Notes) -> Any:
        found: dict[str, Any] = {}
        key = ""
        try:
            for key, each in value.items():
                entry = known.get(key) or known.get(key.lower())
                if entry is None:
                    notes.unknown(key, path)
                    continue
                name, read_one, limit = entry
                # Most values are plain texts, and a call costs more than this test.
                if type(each) is str and 0 < len(each) <= limit and each.isprintable():
                    found[name] = each
                    continue
                if read_one is None:
                    continue
                one = read_one(each, notes)
                if one is not UNSET:
                    found[name] = one
        except Refusal as refusal:
            refusal.at(f"{step}{key}")
            raise
        return found or UNSET

    return read


def _complex(attribute: Attribute) -> Reader:
    is_reference = bool(attribute.targets)
    read_object = members_reader(
        attribute.sub_attributes, f"{attribute.path}.", ".", reference=is_reference
    )
    wraps = attribute.multi_valued and "value" in attribute.sub_attributes
    lenient = is_reference and not attribute.multi_valued

    def read(value: Any, notes: Notes) -> Any:
        if type(value) is dict:
            return read_object(value, notes)
        if value is None or value == []:
            return UNSET
        if lenient and notes.profile.manager_forms == "lenient":
            bare = value[0] if type(value) is list and len(value) == 1 else value
            bare = {"value": bare} if type(bare) is str else bare
            if type(bare) is dict:
                notes.use(counters.MANAGER_FORM)
                return read_object(bare, notes)
        if wraps and type(value) is not list and notes.profile.scalar_to_list:
            notes.use(counters.SCALAR_TO_LIST)
            return read_object({"value": value}, notes)
        raise Refusal("must be a JSON object")

    return read


def _plain(value: Any, notes: Notes, must: str) -> Any:
    """Return UNSET, or the scalar within a one-element list (J1.4); refuse what is neither."""
    if value is None or value in ([], {}):
        return UNSET
    if type(value) is list and len(value) == 1 and notes.profile.scalar_to_list:
        inner = value[0]
        if type(inner) is dict and list(inner) == ["value"]:
            inner = inner["value"]
        if inner is not None and type(inner) not in (list, dict):
            notes.use(counters.UNWRAPPED_LIST)
            return inner
    raise Refusal(must)


def _boolean(value: Any, notes: Notes) -> Any:
    if type(value) is bool:
        return value
    if type(value) is not str:
        value = _plain(value, notes, "must be true or false")
        if value is UNSET or type(value) is bool:
            return value
    word = value.lower() if type(value) is str else ""
    if word not in ("true", "false") or not notes.profile.string_booleans:
        raise Refusal("must be true or false")
    notes.use(counters.STRING_BOOLEAN)
    return word == "true"


def _integer(value: Any, notes: Notes) -> Any:
    if type(value) is not int:
        value = _plain(value, notes, "must be an integer")
        if value is UNSET:
            return value
    if type(value) is not int or value not in _INTEGERS:
        raise Refusal("must be an integer of 64 bits")
    return value


def _decimal(value: Any, notes: Notes) -> Any:
    if type(value) not in (int, float):
        value = _plain(value, notes, "must be a number")
        if value is UNSET:
            return value
    if type(value) is int and value in _INTEGERS:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    raise Refusal("must be a number of 64 bits")


def _text(attribute: Attribute) -> Reader:
    limit = _limit(attribute)
    control = _control(attribute)
    checks = tuple(_checks(attribute))

    def read(value: Any, notes: Notes) -> Any:
        if type(value) is not str:
            value = _plain(value, notes, "must be a string")
            if value is UNSET:
                return value
            if type(value) is not str:
                raise Refusal("must be a string")
        if not value:
            return UNSET
        if len(value) > limit:
            raise Refusal(f"is longer than {limit} characters. Shorten it.")
        if not value.isprintable() and control.search(value):
            raise Refusal("holds a control character. Remove it.")
        for check in checks:
            check(value, notes.profile)
        return value

    return read


def plain_limit(attribute: Attribute) -> int:
    """Return up to which length a printable text is taken as it is; 0 where it must be read."""
    is_text = attribute.type not in (Type.COMPLEX, Type.BOOLEAN, Type.INTEGER, Type.DECIMAL)
    is_taken = is_text and not attribute.multi_valued and not attribute.discarded
    return _limit(attribute) if is_taken and not _checks(attribute) else 0


def is_key(attribute: Attribute) -> bool:
    """Return whether a text names its resource: shorter limits apply, and no line breaks (B63)."""
    return attribute.email or attribute.urn in _KEYS


def _limit(attribute: Attribute) -> int:
    if attribute.type is Type.BINARY:
        return MAX_BINARY
    return MAX_KEY if is_key(attribute) else MAX_TEXT


def _control(attribute: Attribute) -> re.Pattern[str]:
    return _CONTROL if is_key(attribute) else _CONTROL_BUT_BREAKS


def check_text(attribute: Attribute, text: str, where: str) -> None:
    """Refuse a text that is too long for the attribute or holds control characters (B63, B65)."""
    if len(text) > _limit(attribute):
        raise InvalidValueError(f"{where}: is longer than {_limit(attribute)} characters.")
    if _control(attribute).search(text):
        raise InvalidValueError(f"{where}: holds a control character. Remove it.")


def _checks(attribute: Attribute) -> list[Callable[[str, Profile], None]]:
    found: list[Callable[[str, Profile], None]] = []
    if attribute.urn == _USER_NAME:
        found.append(_check_trimmed)
    if attribute.type is Type.DATE_TIME:
        found.append(_check_instant)
    if attribute.type is Type.BINARY:
        found.append(_check_base64)
    if attribute.type is Type.REFERENCE:
        found.append(_strictly(is_uri, "must be an absolute URI"))
    if attribute.urn in STRICT:
        found.append(_strictly(*STRICT[attribute.urn]))
    if attribute.canonical_values:
        found.append(_canonical(attribute))
    return found


def _check_trimmed(text: str, profile: Profile) -> None:  # noqa: ARG001  # A check's signature.
    if text != text.strip():
        raise Refusal("begins or ends with white space. Remove it.")


def _check_instant(text: str, profile: Profile) -> None:  # noqa: ARG001  # A check's signature.
    if instant(text) is None:
        raise Refusal("must be a date and time such as 2026-01-31T23:59:59Z")


def _check_base64(text: str, profile: Profile) -> None:  # noqa: ARG001  # A check's signature.
    if not is_base64(text):
        raise Refusal("must be base64 (RFC 4648 section 4)")


def _strictly(has_format: Callable[[str], bool], must: str) -> Callable[[str, Profile], None]:
    def check(text: str, profile: Profile) -> None:
        if profile.strict_formats and not has_format(text):
            raise Refusal(must)

    return check


def _canonical(attribute: Attribute) -> Callable[[str, Profile], None]:
    allowed = {attribute.fold(each) for each in attribute.canonical_values}
    must = f"must be one of {', '.join(attribute.canonical_values)}"[:300]

    def check(text: str, profile: Profile) -> None:
        if profile.canonical_types == "closed" and attribute.fold(text) not in allowed:
            raise Refusal(must)

    return check
