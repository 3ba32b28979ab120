"""Causes of refusals over the API (G11)."""

from datetime import timedelta
from typing import get_args

import pytest

from scimserver.domain.provisioning_error import State
from scimserver.ids import new_id
from scimserver.services import provisioning_errors
from scimserver.web.api.shapes import ErrorState, ProvisioningError
from tests.factories import NOW, a_connection, an_error
from tests.web.api.server import PROVISIONING

PATH = "/provisioning-errors"
READ, WRITE = PROVISIONING
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def _ids(reply):
    assert reply.status == 200, reply.body
    return [each["id"] for each in reply.body["items"]]


def test_a_refusal_over_scim_is_found_as_g11_has_it(server, acme):
    provisioner = server.program(acme.org_id, "scim")
    body = {"schemas": [USER], "userName": "mallory@evil.test", "externalId": "42"}
    assert provisioner.ask("POST", "/scim/v2/Users", body).status == 400
    (error,) = acme.call("GET", PATH).body["items"]
    ProvisioningError.model_validate(error)
    assert {
        "state": "open",
        "count": 1,
        "source": "scim",
        "operation": "POST",
        "resourceType": "User",
        "resourceId": None,
        "externalId": "42",
        "errorCategory": "policy",
        "errorCode": "domain_not_verified",
        "retryable": False,
        "acknowledgedBy": None,
    }.items() <= error.items()
    assert "evil.test" in error["reason"]
    assert error["recommendedAction"]
    assert "mallory" not in str(error)
    assert acme.call("GET", f"{PATH}/{error['id']}").body == error


def test_every_state_is_described():
    assert get_args(ErrorState) == tuple(State)


def test_the_list_is_asked_for_by_state_and_connection(quiet):
    acme = quiet.program(quiet.organization())
    idp = a_connection(quiet.database, acme.org_id)
    made = {
        state: an_error(quiet.database, acme.org_id, state=state)
        for state in ("open", "acknowledged", "resolved")
    }
    mine = an_error(quiet.database, acme.org_id, connection_id=idp, state="resolved")
    for state in ("open", "acknowledged"):
        assert _ids(acme.call("GET", PATH, query={"state": state})) == [made[state]]
    assert set(_ids(acme.call("GET", PATH))) == {*made.values(), mine}
    assert _ids(acme.call("GET", PATH, query={"connection": idp})) == [mine]
    assert _ids(acme.call("GET", PATH, query={"connection": idp, "state": "open"})) == []
    assert acme.call("GET", PATH, query={"state": "closed"}).problem == (422, "invalid_request")


@pytest.mark.parametrize("connection", ["x", "", "%00", new_id()], ids=["x", "none", "nul", "id"])
def test_a_connection_that_is_none_has_no_errors(quiet, connection):
    acme = quiet.program(quiet.organization())
    an_error(quiet.database, acme.org_id)
    assert _ids(acme.call("GET", PATH, query={"connection": connection})) == []


def test_pages_hold_the_latest_first_and_each_once(quiet):
    acme = quiet.program(quiet.organization())
    # Two of an instant, wherever a page ends.
    made = [
        an_error(quiet.database, acme.org_id, last_seen_at=NOW + timedelta(minutes=number // 2))
        for number in range(7)
    ]
    seen, cursor = [], None
    for _ in range(4):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        reply = acme.call("GET", PATH, query=query)
        seen += _ids(reply)
        cursor = reply.body["next"]
    assert cursor is None
    assert set(seen) == set(made)
    assert len(seen) == 7
    assert [made.index(id) // 2 for id in seen] == [3, 2, 2, 1, 1, 0, 0]


def test_a_cursor_that_is_none_of_ours_is_refused(quiet):
    acme = quiet.program(quiet.organization())
    an_error(quiet.database, acme.org_id)
    for cursor in ("!", "AA", "🦆", "a" * 900):
        reply = acme.call("GET", PATH, query={"cursor": cursor})
        assert reply.problem == (422, "invalid_request")


def test_it_is_acknowledged_and_opened_again(server, acme):
    error = an_error(server.database, acme.org_id)
    done = acme.call("POST", f"{PATH}/{error}/acknowledge")
    assert (done.status, done.body["state"]) == (200, "acknowledged")
    ProvisioningError.model_validate(done.body)
    assert acme.call("GET", f"{PATH}/{error}").body == done.body
    again = acme.call("POST", f"{PATH}/{error}/reopen", {})
    assert (again.status, again.body["state"]) == (200, "open")


def test_what_is_resolved_is_not_acknowledged(quiet):
    acme = quiet.program(quiet.organization())
    error = an_error(quiet.database, acme.org_id, state="resolved")
    reply = acme.call("POST", f"{PATH}/{error}/acknowledge")
    assert (reply.status, reply.body["action"] != "") == (409, True)
    assert acme.call("GET", f"{PATH}/{error}").body["state"] == "resolved"


@pytest.mark.parametrize("id", [new_id(), "x", "%00", "🦆"], ids=["another", "x", "nul", "duck"])
def test_whatever_is_no_error_is_not_found(quiet, id):
    acme = quiet.program(quiet.organization())
    assert acme.call("GET", f"{PATH}/{id}").problem == (404, "not_found")
    for verb in ("acknowledge", "reopen"):
        assert acme.call("POST", f"{PATH}/{id}/{verb}").problem == (404, "not_found")


def test_another_organization_s_errors_are_not_there(quiet):
    acme, other = quiet.program(quiet.organization()), quiet.organization()
    error = an_error(quiet.database, other)
    assert _ids(acme.call("GET", PATH)) == []
    assert acme.call("GET", f"{PATH}/{error}").problem == (404, "not_found")
    for verb in ("acknowledge", "reopen"):
        assert acme.call("POST", f"{PATH}/{error}/{verb}").problem == (404, "not_found")
    assert acme.call("GET", PATH, org_id=other).problem == (403, "forbidden")
    with quiet.database.reading() as session:
        assert provisioning_errors.find(session, other, error).state == "open"


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (("domains.read", "domains.write"), 403, 403),
        (("scim",), 403, 403),
        ((READ,), 200, 403),
        ((WRITE,), 403, 200),
    ],
    ids=["domains", "scim", "read", "write"],
)
def test_neither_scope_includes_the_other(quiet, scopes, reads, writes):
    program = quiet.program(quiet.organization(), *scopes)
    error = an_error(quiet.database, program.org_id)
    for path in (PATH, f"{PATH}/{error}"):
        assert program.call("GET", path).status == reads
    for verb in ("acknowledge", "reopen"):
        reply = program.call("POST", f"{PATH}/{error}/{verb}")
        assert reply.status == writes
        if writes == 403:
            assert f'scope="{WRITE}"' in reply.headers["WWW-Authenticate"]
