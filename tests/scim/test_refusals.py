"""Errors and views that only some surfaces use keep their promises by themselves."""

import json

import pytest

from scimserver.scim.errors import (
    MethodNotAllowedError,
    TooManyRequestsError,
    UnauthorizedError,
    UnavailableError,
)
from scimserver.scim.project import Projection
from scimserver.scim.registry import default_folder, load
from scimserver.scim.resource import is_public

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
EXAMPLES = default_folder() / "examples"


def test_what_cannot_be_done_now_says_when_to_come_back():
    refusal = UnavailableError("Not now.", retry_after=7, path="Users")
    assert (refusal.status, refusal.retry_after, refusal.context) == (503, 7, {"path": "Users"})


def test_a_used_up_budget_says_when_to_come_back():
    refusal = TooManyRequestsError("Slow down.", retry_after=3)
    assert (refusal.status, refusal.retry_after) == (429, 3)


def test_a_method_that_is_not_there_comes_with_those_that_are():
    refusal = MethodNotAllowedError("No DELETE here.", allow=("GET", "POST"))
    assert (refusal.status, refusal.allow) == (405, ("GET", "POST"))


@pytest.mark.parametrize(("named", "sent"), [({}, False), ({"sent": True}, True)])
def test_no_credential_and_a_wrong_one_are_told_apart(named, sent):
    refusal = UnauthorizedError("Not let in.", **named)
    assert (refusal.status, refusal.sent) == (401, sent)


def test_a_write_is_answered_with_what_it_named():
    kind = load(default_folder()).types["User"]
    seen = Projection.written(kind, ["title"]).apply(kind, {"id": "1", "title": "Boss"})
    assert seen["title"] == "Boss"


def test_a_type_with_hidden_attributes_is_never_sent_as_it_is_stored(tmp_path):
    for folder in (default_folder(), EXAMPLES):
        for file in folder.glob("*.json"):
            (tmp_path / file.name).write_text(file.read_text())
    kinds = load(tmp_path).types.values()
    hiding = [kind for kind in kinds if kind.hides and kind.name != "User"]
    assert hiding
    assert not any(is_public(kind, '{"schemas":[]}') for kind in hiding)


def _stored(*schemas):
    return json.dumps({"schemas": schemas, "id": "1", "userName": "a"}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("schemas", "public"),
    [
        ((USER,), True),
        ((USER, ENTERPRISE), True),
        ((USER.upper(),), True),
        ((USER, "urn:gone"), False),
        (("urn:gone",), False),
    ],
)
def test_a_document_is_sent_as_it_is_stored_while_all_its_schemas_are_in_force(schemas, public):
    kind = load(default_folder()).types["User"]
    # What was found out once is known the second time.
    assert [is_public(kind, _stored(*schemas)) for _ in range(2)] == [public] * 2
