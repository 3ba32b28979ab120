"""Changes have names in the audit log."""

import pytest

from scimserver.domain.commands import Effect
from scimserver.domain.events import event_of


@pytest.mark.parametrize(
    ("type_name", "effect", "event"),
    [
        ("User", Effect.CREATED, "user:create"),
        ("Group", Effect.UPDATED, "group:update"),
        ("Device", Effect.DELETED, "device:delete"),
    ],
)
def test_an_event_is_named_by_what_was_changed_and_how(type_name, effect, event):
    assert event_of(type_name, effect) == event
