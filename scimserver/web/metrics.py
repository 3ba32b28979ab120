"""What Prometheus scrapes: requests by surface, method, route template and status.

Labels are few and bounded: never an organization, an id or a path.
"""

from collections.abc import Iterable

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

_SECONDS = Histogram(
    "scimserver_request_seconds",
    "Time from the request's arrival to its answer.",
    ("surface", "method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_REFUSALS = Counter("scimserver_refusals", "Requests refused, by code.", ("surface", "code"))
_QUIRKS = Counter(
    "scimserver_quirks", "How often a tolerance took effect, by its name.", ("quirk",)
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Finding a child by its labels takes a lock and costs more than counting.
_children: dict[tuple[str, str, str, int], Histogram] = {}


def observe(surface: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    key = (surface, method, route, status)
    child = _children.get(key)
    if child is None:
        # A method is the client's text until it is one we know.
        known = method if method in METHODS else "other"
        child = _SECONDS.labels(surface, known, route, str(status))
        if known == method:
            _children[key] = child
    child.observe(seconds)


def refuse(surface: str, code: str) -> None:
    """Count one refusal by its code."""
    _REFUSALS.labels(surface, code).inc()


def tolerate(profile: str, quirks: Iterable[str]) -> None:
    """Count the tolerances of a profile that took effect in one request (J2.1)."""
    for name in quirks:
        _QUIRKS.labels(f"quirk:{profile}:{name}").inc()


def exposition() -> bytes:
    """Return what this process counted, or what all counted where they share a folder."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:
        # No folder is set: this process is the only one.
        registry = prometheus_client.REGISTRY
    return prometheus_client.generate_latest(registry)


CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
