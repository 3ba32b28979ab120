"""Who reaches which page: one table, and every route of the console is in it."""

import pytest

from scimserver.domain.roles import Role
from scimserver.ids import new_id
from scimserver.web.browser import guard_of
from tests.factories import a_connection, a_group, a_user, an_error, an_organization

EVERYONE = frozenset(Role)
OWNERS = frozenset({Role.OWNER})
MANAGERS = OWNERS | {Role.ADMINISTRATOR}
VIEWERS = MANAGERS | {Role.VIEWER}
HELPERS = VIEWERS | {Role.HELPDESK}

ORGANIZATION = "/console/organization"
ADMINISTRATORS = f"{ORGANIZATION}/administrators"
SSO = f"{ORGANIZATION}/sso"
DOMAIN, OWNERS_OF_IDENTITY = f"{SSO}/domains/<id>", f"{SSO}/owners"
USER, TEAM = "/console/users/<id>", "/console/teams/<id>"
CONNECTION = "/console/connections/<id>"
ERRORS, ERROR = "/console/log/errors", "/console/log/errors/<id>"
REVOKE = f"{CONNECTION}/tokens/<token_id>/revoke"

SEEN = {
    "/console": HELPERS,
    ORGANIZATION: VIEWERS,
    "/console/api": VIEWERS,
    SSO: VIEWERS,
    f"{SSO}/domains/new": MANAGERS,
    DOMAIN: VIEWERS,
    f"{DOMAIN}/new-code": MANAGERS,
    f"{DOMAIN}/remove": MANAGERS,
    OWNERS_OF_IDENTITY: MANAGERS,
    f"{OWNERS_OF_IDENTITY}/<id>/remove": MANAGERS,
    f"{ORGANIZATION}/passkeys": VIEWERS,
    ADMINISTRATORS: VIEWERS,
    f"{ADMINISTRATORS}/new": OWNERS,
    f"{ADMINISTRATORS}/<id>/remove": OWNERS,
    "/console/users": HELPERS,
    USER: HELPERS,
    f"{USER}/deactivate": MANAGERS,
    f"{USER}/activate": MANAGERS,
    f"{USER}/role": MANAGERS,
    "/console/teams": HELPERS,
    TEAM: HELPERS,
    "/console/connections": VIEWERS,
    "/console/connections/new": MANAGERS,
    CONNECTION: VIEWERS,
    f"{CONNECTION}/edit": MANAGERS,
    f"{CONNECTION}/disable": MANAGERS,
    f"{CONNECTION}/rotate": MANAGERS,
    REVOKE: MANAGERS,
    "/console/log": VIEWERS,
    "/console/log/<id>": VIEWERS,
    ERRORS: VIEWERS,
    ERROR: VIEWERS,
    f"{ORGANIZATION}/errors": VIEWERS,
    "/console/log/audit": VIEWERS,
    "/console/notices": EVERYONE,
}
# What a form does: who may, and the most seconds since they last proved who they are (P70).
DONE = {
    ORGANIZATION: (OWNERS, None),
    f"{ORGANIZATION}/passkeys": (MANAGERS, 600),
    f"{SSO}/mode": (MANAGERS, 600),
    f"{SSO}/domains/new": (MANAGERS, None),
    f"{DOMAIN}/verify": (MANAGERS, None),
    f"{DOMAIN}/authoritative": (MANAGERS, None),
    f"{DOMAIN}/new-code": (MANAGERS, None),
    f"{DOMAIN}/remove": (MANAGERS, 600),
    OWNERS_OF_IDENTITY: (MANAGERS, 600),
    f"{OWNERS_OF_IDENTITY}/contact": (MANAGERS, 600),
    f"{OWNERS_OF_IDENTITY}/<id>/remove": (MANAGERS, 600),
    f"{ADMINISTRATORS}/new": (OWNERS, 30),
    f"{ADMINISTRATORS}/<id>/remove": (OWNERS, 30),
    f"{USER}/deactivate": (MANAGERS, None),
    f"{USER}/activate": (MANAGERS, None),
    f"{USER}/role": (MANAGERS, 600),
    "/console/connections/new": (MANAGERS, 30),
    f"{CONNECTION}/edit": (MANAGERS, None),
    f"{CONNECTION}/disable": (MANAGERS, None),
    f"{CONNECTION}/enable": (MANAGERS, None),
    f"{CONNECTION}/resume": (MANAGERS, None),
    f"{ERROR}/acknowledge": (MANAGERS, None),
    f"{ERROR}/reopen": (MANAGERS, None),
    f"{ORGANIZATION}/errors": (MANAGERS, None),
    f"{CONNECTION}/rotate": (MANAGERS, 30),
    REVOKE: (MANAGERS, 30),
    "/console/notices/<id>/dismiss": (EVERYONE, None),
}


def _routes(app, method):
    return {
        rule.rule: guard_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        # Other surfaces have pages below /console, too, and test them.
        if rule.rule.startswith("/console") and rule.endpoint == f"{method} {rule.rule}"
    }


def _at(rule, id, token_id):
    return rule.replace("<id>", id).replace("<token_id>", token_id)


def test_every_route_is_in_the_table(acme):
    assert set(_routes(acme.app, "GET")) == set(SEEN)
    found = {rule: guard.fresh for rule, guard in _routes(acme.app, "POST").items()}
    assert found == {rule: fresh for rule, (_, fresh) in DONE.items()}


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_its_own_pages_and_no_other(acme, role):
    browser, id, token_id = acme.browser(role), new_id(), new_id()
    for rule, admitted in SEEN.items():
        expected = 403 if role not in admitted else 404 if "<" in rule else 200
        browser.get(_at(rule, id, token_id), expected)


@pytest.mark.parametrize("role", Role)
def test_a_role_does_what_it_may_and_nothing_else(acme, role):
    browser, id, token_id = acme.browser(role), new_id(), new_id()
    for rule, (admitted, _) in DONE.items():
        expected = 403 if role not in admitted else 404 if "<" in rule else 400
        browser.post(_at(rule, id, token_id), status=expected)


@pytest.mark.parametrize("rule", DONE)
def test_no_form_is_taken_without_its_token(acme, owner, rule):
    path = _at(rule, new_id(), new_id())
    assert owner.post(path, {"csrf": "another"}, status=403).status == 403


@pytest.mark.parametrize(
    ("rule", "fresh"), [(rule, fresh) for rule, (_, fresh) in DONE.items() if fresh]
)
def test_a_sensitive_form_asks_for_the_passkey_again(acme, owner, rule, fresh):
    acme.clock.move(seconds=fresh + 1)
    page = owner.post(_at(rule, new_id(), new_id()), {"name": "kept"}, status=403)
    assert "Is it still you?" in page.text
    assert 'name="name" value="kept"' in page.html


def test_what_belongs_to_another_organization_is_not_there(acme, owner):
    other = an_organization(acme.database)
    ids = {
        "users": a_user(acme.database, other),
        "teams": a_group(acme.database, other),
        "connections": a_connection(acme.database, other),
        "errors": an_error(acme.database, other),
    }
    for rule in [rule for rule in SEEN if "<id>" in rule]:
        for id in ids.values():
            owner.get(_at(rule, id, id), 404)
    for rule in [rule for rule in DONE if "<id>" in rule]:
        for id in ids.values():
            owner.post(_at(rule, id, id), {"role": "viewer", "name": "x"}, status=404)


@pytest.mark.parametrize("id", ["x", "0", "é", "a" * 300])
def test_whatever_is_no_id_is_not_found(owner, id):
    for rule in [rule for rule in SEEN if "<id>" in rule]:
        owner.get(_at(rule, id, id), 404)


def test_nobody_gets_in_without_signing_in(acme):
    client = acme.app.test_client()
    answer = client.get("/console/users", base_url="https://localhost:5000")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/signin?next=/console/users",
    )
