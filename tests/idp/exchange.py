"""A recorded exchange: its variables, its JSON paths, and its matchers."""

import json
import re
import secrets
import uuid
from collections.abc import Callable
from typing import Any

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "<missing>"})()

STEP = re.compile(
    r"\.(?P<name>[A-Za-z0-9_$-]+)"
    r"|\['(?P<quoted>[^']*)'\]"
    r"|\[(?P<index>\d+)\]"
    r"|(?P<all>\[\*\])"
    r"|\[\?(?P<attribute>[^=\]]+)=(?P<value>[^\]]*)\]"
)

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def variables(domain: str) -> dict[str, Any]:
    """Return the variables every flow begins with."""
    rand = secrets.token_hex(4)
    return {
        "domain": domain,
        "DOMAIN": domain.upper(),
        "rand": rand,
        "RAND": rand.upper(),
        **{f"uuid{number}": str(uuid.uuid4()) for number in range(1, 5)},
    }


def filled(template: Any, known: dict[str, Any]) -> Any:
    """Return a template with its variables put in."""
    if isinstance(template, dict):
        return {filled(key, known): filled(value, known) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(item, known) for item in template]
    if not isinstance(template, str):
        return template
    if whole := re.fullmatch(r"\{\{\{(\w+)\}\}\}", template):
        return known[whole[1]]
    return re.sub(r"\{\{(\w+)\}\}", lambda found: str(known[found[1]]), template)


def select(path: str, document: Any) -> Any:
    """Return what a path selects: one value, a list where it fans out, or MISSING."""
    assert path.startswith("$"), path
    place, fans, found = 1, False, [document]
    while place < len(path):
        step = STEP.match(path, place)
        assert step, f"{path} at {place}"
        place = step.end()
        fans = fans or bool(step["all"])
        found = [value for item in found for value in _walk(step, item)]
    if fans:
        return found
    return found[0] if found else MISSING


def _walk(step: re.Match[str], item: Any) -> list[Any]:
    name = step["name"] if step["name"] is not None else step["quoted"]
    if name is not None:
        return [item[name]] if isinstance(item, dict) and name in item else []
    if not isinstance(item, list):
        return []
    if step["index"] is not None:
        return item[int(step["index"]) :][:1]
    if step["all"]:
        return item
    return [entry for entry in item if _has(entry, step["attribute"], step["value"])][:1]


def _has(entry: Any, attribute: str, wanted: str) -> bool:
    value = entry.get(attribute, MISSING) if isinstance(entry, dict) else MISSING
    wanted = wanted.strip("'\"")
    return value == wanted or (value is not MISSING and json.dumps(value) == wanted)


def _no_nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_no_nulls(item) for item in value.values())
    if isinstance(value, list):
        return all(_no_nulls(item) for item in value)
    return value is not None


def _length(value: Any) -> int:
    return len(value) if value is not MISSING else 0


MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "$exists": lambda got, want: (got is not MISSING) is want,
    "$type": lambda got, want: TYPES[want](got),
    "$len": lambda got, want: got is not MISSING and len(got) == want,
    "$len_gte": lambda got, want: _length(got) >= want,
    "$len_lte": lambda got, want: _length(got) <= want,
    "$gte": lambda got, want: got is not MISSING and got >= want,
    "$ne": lambda got, want: got != want,
    "$ieq": lambda got, want: isinstance(got, str) and got.lower() == want.lower(),
    "$regex": lambda got, want: isinstance(got, str) and re.search(want, got) is not None,
    "$contains": lambda got, want: got is not MISSING and want in got,
    "$contains_all": lambda got, want: got is not MISSING and all(item in got for item in want),
    "$not_contains": lambda got, want: got is MISSING or want not in got,
    "$subset": lambda got, want: got is not MISSING and all(item in want for item in got),
    "$set": lambda got, want: got is not MISSING and sorted(got) == sorted(want),
    "$in": lambda got, want: got in want,
    "$absent_or": lambda got, want: got is MISSING or _is(got, want),
    "$no_nulls": lambda got, want: _no_nulls(got) is want,
}


def _is(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and wanted and all(key in MATCHERS for key in wanted):
        return all(MATCHERS[key](got, value) for key, value in wanted.items())
    return got == wanted


def differences(expected: dict[str, Any], document: Any) -> list[str]:
    """Return one line for each path whose value is not as expected."""
    wrong = []
    for path, wanted in expected.items():
        got = select(path, document)
        if not _is(got, wanted):
            wrong.append(f"{path}: expected {json.dumps(wanted)}, got {got!r}")
    return wrong
