"""The audit log's vocabulary: ``noun:verb``, past and future rows alike."""

from scimserver.domain.commands import Effect

VERBS = {Effect.CREATED: "create", Effect.UPDATED: "update", Effect.DELETED: "delete"}


def event_of(type_name: str, effect: Effect) -> str:
    """Return the event's name: ``user:create``, ``group:update``."""
    return f"{type_name.lower()}:{VERBS[effect]}"
