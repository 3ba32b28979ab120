"""A flow of requests, replayed against the real application."""

import json
import re

from tests.idp.exchange import MISSING, differences, filled, select


def _body(step, known):
    if "body" not in step:
        return None
    return json.dumps(filled(step["body"], known)).encode()


def _check(step, answer, known):
    expected = filled(step["expect"], known)
    statuses = expected["status"]
    if answer.status not in (statuses if isinstance(statuses, list) else [statuses]):
        return [f"status {answer.status}, expected {statuses}"]
    wrong = differences(expected.get("body", {}), answer.body)
    if answer.body is not None:
        wrong += differences(expected.get("body_if_any", {}), answer.body)
    for name, pattern in expected.get("headers", {}).items():
        if not re.search(pattern, answer.headers.get(name, "")):
            wrong.append(f"header {name}: {answer.headers.get(name)!r}, expected {pattern!r}")
    return wrong


def replay(flow, connection, known):
    """Send each step of a flow, and stop at the first answer that is not as expected."""
    for number, step in enumerate(flow["steps"]):
        answer = connection.call(
            step["method"],
            filled(step["path"], known),
            _body(step, known),
            query=filled(step.get("query"), known),
            headers=filled(step.get("headers", {}), known),
        )
        where = f"step {number}, {step['method']} {step['path']} {step.get('name', '')}"
        wrong = _check(step, answer, known)
        assert wrong == [], f"{where}: {wrong}\n{answer.body}"
        for name, path in step.get("save", {}).items():
            known[name] = select(path, answer.body)
            assert known[name] is not MISSING, f"{where}: nothing at {path}"
