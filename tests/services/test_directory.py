"""Reads as one actor may see them: by id, in pages, never across organizations."""

from datetime import UTC, datetime

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Create
from scimserver.domain.errors import PermissionDeniedError, UnknownResourceError
from scimserver.ids import new_id
from scimserver.scim.cursor import Sealer
from scimserver.scim.errors import InvalidCursorError
from scimserver.scim.messages import SearchRequest
from scimserver.scim.validate import canonical
from scimserver.services.directory import Directory
from scimserver.services.provisioning import Provisioning
from scimserver.storage.transaction import run
from tests.factories import a_connection, an_organization, registry

NOW = datetime(2026, 11, 21, 18, 5, tzinfo=UTC)
SEALER = Sealer([b"k" * 32])


class FixedClock:
    def now(self):
        return NOW


def _actor(database, **more):
    org_id = an_organization(database)
    connection = a_connection(database, org_id)
    return Actor(org_id, Door.SCIM, connection, connection, **more)


def _user(database, actor, name):
    kind = registry().types["User"]
    draft = canonical(kind, {"userName": name}, actor.profile)
    return run(
        database,
        lambda session: (
            Provisioning(session, registry(), FixedClock())
            .apply(actor, Create(kind, draft))
            .stored.id
        ),
    )


@pytest.fixture
def actor(database):
    return _actor(database)


def test_one_resource_is_found_by_its_id_in_its_own_organization(database, actor):
    kind = registry().types["User"]
    id = _user(database, actor, "ann")
    other = _actor(database)
    with database.reading() as session:
        assert Directory(session, actor).get(kind, id).id == id
        for who, wanted in ((other, id), (actor, new_id()), (actor, "nonsense")):
            with pytest.raises(UnknownResourceError):
                Directory(session, who).get(kind, wanted)


def test_reading_needs_the_scope(database, actor):
    blind = _actor(database, scopes=frozenset({"scim.groups.read"}))
    kind = registry().types["User"]
    with database.reading() as session:
        with pytest.raises(PermissionDeniedError):
            Directory(session, blind).get(kind, new_id())
        with pytest.raises(PermissionDeniedError):
            Directory(session, blind).query((kind,), SearchRequest())


@pytest.mark.parametrize(
    ("request_", "is_costly"),
    [
        (SearchRequest(), False),
        (SearchRequest(filter='userName eq "a"'), False),
        (SearchRequest(filter='userName co "a"'), True),
        (SearchRequest(filter='title eq "a"'), True),
        (SearchRequest(sort_by="userName"), True),
    ],
)
def test_a_query_that_may_look_at_every_row_is_costly(database, actor, request_, is_costly):
    with database.reading() as session:
        query = Directory(session, actor).query((registry().types["User"],), request_)
    assert query.is_costly is is_costly


def test_a_change_of_scopes_ends_a_walk(database, actor):
    kind = registry().types["User"]
    for name in ("a", "b", "c"):
        _user(database, actor, name)
    narrowed = Actor(
        actor.org_id, Door.SCIM, actor.id, actor.id, scopes=frozenset({"scim.users.read"})
    )
    first = SearchRequest(cursor="", count=2)
    with database.reading() as session:
        directory = Directory(session, actor)
        page = directory.page(directory.query((kind,), first), SEALER, NOW)
        following = SearchRequest(cursor=page.next_cursor, count=2)
        assert len(directory.page(directory.query((kind,), following), SEALER, NOW).found) == 1
        elsewhere = Directory(session, narrowed)
        with pytest.raises(InvalidCursorError):
            elsewhere.page(elsewhere.query((kind,), following), SEALER, NOW)
