"""Every address stands behind its gate, and sensitive ones of the console ask for a step-up."""

import re

import pytest
from flask import Flask, Response

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.domain.actor import API_SCOPES
from scimserver.storage.session import Database
from scimserver.web.api.surface import scope_of
from scimserver.web.browser import Guard, Who, guard_of
from scimserver.web.guard import SAFE_METHODS

# What anybody and any program may fetch: no cookie, no session, nothing of an organization.
OPEN = frozenset({"/healthz", "/readyz", "/metrics", "/static/<path:name>"})
WELL_KNOWN = "/.well-known/"
API = "/api/"
API_DOCUMENT = "/api/openapi.json"

# How fresh a step-up must be to change what lies at an address (P45, P70).
FRESH = {
    # Typing one back may take longer than that; it uses a code up and shows none.
    r"recovery-codes(?!/confirm)": 30,
    r"enrol-link": 30,
    r"administrators": 30,
    r"\benforce": 30,
    r"\bkeys\b": 30,
    r"\btokens?\b|\brotate\b|^/console/connections/new": 30,
    r"/domains/<[^>]+>/remove|/sso/owners": 600,
    r"^/passkeys/register/options": 600,
    r"^/account/passkeys/<[^>]+>/delete": 600,
}
# All that someone reaches who may register one passkey and nothing else (P85).
RESTRICTED = re.compile(
    r"/passkeys/register/(options|verify)|/account/passkeys/new|/enrol/passkey|/signout"
)


def faults(app):
    """Return what is wrong with the routes of an application."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API):
            found += _unscoped(rule, scope_of(app.view_functions[rule.endpoint]))
            continue
        guard = guard_of(app.view_functions[rule.endpoint])
        changes = bool(set(rule.methods) - SAFE_METHODS)
        if guard is None:
            if changes or not (rule.rule in OPEN or rule.rule.startswith(WELL_KNOWN)):
                found.append(f"{rule.rule}: not behind the gate")
            continue
        if guard.who is Who.RESTRICTED_OR_SIGNED_IN and not RESTRICTED.fullmatch(rule.rule):
            found.append(f"{rule.rule}: reached by a restricted session")
        if guard.is_ceremony and set(rule.methods) - {"POST", "OPTIONS"}:
            found.append(f"{rule.rule}: a ceremony is a POST")
        if changes:
            found += _stale(rule.rule, guard)
    return found


def _unscoped(rule, scope):
    """The API has no sessions: a token's scope takes the place of a role and its step-up."""
    if rule.rule == API_DOCUMENT:
        return [] if scope == "" else [f"{rule.rule}: anybody may read it"]
    verb = "write" if set(rule.methods) - SAFE_METHODS else "read"
    if scope not in API_SCOPES or not scope.endswith(verb):
        return [f"{rule.rule}: needs a scope to {verb}"]
    return []


def _stale(rule, guard):
    return [
        f"{rule}: asks for no step-up within {most} s"
        for pattern, most in FRESH.items()
        if re.search(pattern, rule) and (guard.fresh is None or guard.fresh > most)
    ]


def test_every_route_of_the_application_is_guarded(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    app = create_app(Settings(secret_key="k" * 32), database=database)
    assert faults(app) == []
    database.dispose()


def a_view(guard):
    def view():
        return Response()

    if guard is not None:
        view.guard = guard
    return view


SIGNED_IN = Guard(Who.SIGNED_IN)


@pytest.mark.parametrize(
    ("rule", "methods", "guard", "fault"),
    [
        ("/console/users", ["POST"], None, "not behind the gate"),
        ("/console/users", ["GET"], None, "not behind the gate"),
        ("/healthz", ["POST"], None, "not behind the gate"),
        ("/healthz", ["GET"], None, None),
        ("/.well-known/webauthn", ["GET"], None, None),
        ("/console/users", ["POST"], SIGNED_IN, None),
        ("/console/users", ["GET"], Guard(Who.RESTRICTED_OR_SIGNED_IN), "restricted"),
        ("/account/passkeys/new", ["GET"], Guard(Who.RESTRICTED_OR_SIGNED_IN), None),
        ("/passkeys/signin/verify", ["GET"], Guard(Who.SESSION, is_ceremony=True), "is a POST"),
        ("/passkeys/signin/verify", ["POST"], Guard(Who.SESSION, is_ceremony=True), None),
        ("/account/recovery-codes", ["POST"], SIGNED_IN, "30 s"),
        ("/account/recovery-codes", ["POST"], Guard(Who.SIGNED_IN, None, 31), "30 s"),
        ("/account/recovery-codes", ["POST"], Guard(Who.SIGNED_IN, None, 30), None),
        ("/account/recovery-codes", ["GET"], SIGNED_IN, None),
        ("/console/users/<id>/enrol-link", ["POST"], SIGNED_IN, "30 s"),
        ("/console/organization/administrators/add", ["POST"], SIGNED_IN, "30 s"),
        ("/console/organization/sso/enforce", ["POST"], SIGNED_IN, "30 s"),
        ("/console/keys/new", ["POST"], SIGNED_IN, "30 s"),
        ("/console/connections/<id>/tokens", ["POST"], SIGNED_IN, "30 s"),
        ("/console/connections/<id>/rotate", ["POST"], SIGNED_IN, "30 s"),
        ("/console/connections/new", ["POST"], SIGNED_IN, "30 s"),
        ("/passkeys/register/options", ["POST"], SIGNED_IN, "600 s"),
        ("/account/passkeys/<id>/delete", ["POST"], SIGNED_IN, "600 s"),
        ("/account/passkeys/<id>/rename", ["POST"], SIGNED_IN, None),
    ],
)
def test_a_route_that_breaks_a_rule_is_found(rule, methods, guard, fault):
    app = Flask("broken", static_folder=None)
    app.add_url_rule(rule, "view", a_view(guard), methods=methods)
    found = faults(app)
    if fault is None:
        assert found == []
    else:
        (only,) = found
        assert only.startswith(rule)
        assert fault in only


@pytest.mark.parametrize(
    ("rule", "methods", "scope", "fault"),
    [
        ("/api/v2/things", ["GET"], None, "scope to read"),
        ("/api/v2/things", ["GET"], "", "scope to read"),
        ("/api/v2/things", ["GET"], "scim", "scope to read"),
        ("/api/v2/things", ["GET"], "domains.read", None),
        ("/api/v2/things", ["DELETE"], "domains.read", "scope to write"),
        ("/api/v2/things", ["POST"], "domains.write", None),
        ("/api/openapi.json", ["GET"], None, "anybody"),
        ("/api/openapi.json", ["GET"], "", None),
    ],
)
def test_an_operation_without_its_scope_is_found(rule, methods, scope, fault):
    app, view = Flask("broken", static_folder=None), a_view(None)
    if scope is not None:
        view.scope = scope
    app.add_url_rule(rule, "view", view, methods=methods)
    assert [fault in each for each in faults(app)] == [True] * (fault is not None)
