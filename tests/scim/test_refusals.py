"""Errors and views that only some surfaces use keep their promises by themselves."""

from scimserver.scim.errors import UnavailableError
from scimserver.scim.project import Projection
from scimserver.scim.registry import default_folder, load
from scimserver.scim.resource import is_public

EXAMPLES = default_folder() / "examples"


def test_what_cannot_be_done_now_says_when_to_come_back():
    refusal = UnavailableError("Not now.", retry_after=7, path="Users")
    assert (refusal.status, refusal.retry_after, refusal.context) == (503, 7, {"path": "Users"})


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
