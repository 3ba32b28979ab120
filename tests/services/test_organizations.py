"""Organizations: made, found, changed, deleted."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.ids import is_id, new_id
from scimserver.services import audit, connections, domains, organizations, tokens
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import metadata, web_session
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _create(database, **options):
    return run(database, lambda s: organizations.create(s, NOW, **options))


def _events(database):
    with database.reading() as session:
        rows = session.execute(select(audit_table).order_by(audit_table.c.id)).mappings()
        return [(row["event"], row["door"], row["actor"], row["changes"]) for row in rows]


def test_an_organization_is_made_with_a_slug_of_its_name(database):
    made = _create(database, name="Bücher & Söhne GmbH")
    assert is_id(made.id)
    assert (made.slug, made.sandbox, made.require_address) == ("bucher-sohne-gmbh", False, False)
    with database.reading() as session:
        assert organizations.find(session, made.slug) == made
        assert organizations.find(session, made.id) == made
    [(event, door, actor, changes)] = _events(database)
    assert (event, door, actor) == ("organization:create", "cli", "operator")
    assert {change["path"]: change["after"] for change in changes} == {
        "slug": made.slug,
        "name": made.name,
        "sandbox": False,
        "requireAddress": False,
    }


def test_names_may_repeat_and_slugs_count_up(database):
    slugs = [_create(database, name="Acme").slug for _ in range(3)]
    assert slugs == ["acme", "acme-2", "acme-3"]


@pytest.mark.parametrize(
    ("name", "slug"), [("株式会社", "organization"), ("--A--", "a"), ("x" * 200, "x" * 59)]
)
def test_any_name_gives_a_slug(database, name, slug):
    assert _create(database, name=name).slug == slug


def test_a_given_slug_must_be_free(database):
    _create(database, name="Acme", slug="acme")
    with pytest.raises(InvalidRequestError, match="'acme' is in use"):
        _create(database, name="Other", slug="acme")


@pytest.mark.parametrize(
    "slug",
    ["", "Acme", "a b", "-a", "a-", "a" * 64, "ä", "a\n", "5affd9c1-f198-4185-afe9-5b3f78f64923"],
)
def test_a_slug_is_plain(database, slug):
    with pytest.raises(InvalidRequestError, match="slug"):
        _create(database, name="Acme", slug=slug)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_can_be_printed(database, name):
    with pytest.raises(InvalidRequestError, match="name"):
        _create(database, name=name)


@pytest.mark.parametrize(
    "reference", ["nobody", "", "5affd9c1-f198-4185-afe9-5b3f78f64923", "' OR 1=1"]
)
def test_an_unknown_organization_is_said_to_be(database, reference):
    with database.reading() as session, pytest.raises(UnknownResourceError):
        organizations.find(session, reference)


def test_all_are_listed_by_slug(database):
    for name in ("b", "a", "c"):
        _create(database, name=name)
    with database.reading() as session:
        assert [each.slug for each in organizations.every(session)] == ["a", "b", "c"]


def test_an_update_changes_what_is_given_and_says_so(database):
    made = _create(database, name="Acme", sandbox=True)
    actor = audit.operator(made)
    assert actor.sandbox
    changed = run(database, lambda s: organizations.update(s, actor, NOW, require_address=True))
    assert (changed.name, changed.require_address, changed.sandbox) == ("Acme", True, True)
    renamed = run(database, lambda s: organizations.update(s, actor, NOW, name="New"))
    assert (renamed.name, renamed.require_address, renamed.slug) == ("New", True, "acme")
    with pytest.raises(InvalidRequestError):
        run(database, lambda s: organizations.update(s, actor, NOW, name=""))
    _, first, second = _events(database)
    assert first[3] == [{"path": "requireAddress", "before": False, "after": True}]
    assert second[3] == [{"path": "name", "before": "Acme", "after": "New"}]


def test_filters_in_urls_are_forbidden_and_allowed_again(database):
    made = _create(database, name="Acme")
    actor = audit.operator(made)

    def told(**values):
        return run(database, lambda s: organizations.update(s, actor, NOW, **values))

    assert not made.forbid_get_filters
    assert told(forbid_get_filters=True).forbid_get_filters
    assert told(name="New").forbid_get_filters
    assert not told(forbid_get_filters=False).forbid_get_filters
    changes = [event[3] for event in _events(database)][1:]
    assert changes[0] == [{"path": "forbidGetFilters", "before": False, "after": True}]
    assert changes[2] == [{"path": "forbidGetFilters", "before": True, "after": False}]


def test_deletion_asks_for_the_slug_and_leaves_nothing(database):
    made, other = _create(database, name="Acme"), _create(database, name="Other")
    suffixes = frozenset({"test"})

    def fill(session, organization):
        actor = audit.operator(organization)
        connection = connections.create(session, actor, NOW, name="Directory")
        tokens.mint(session, actor, NOW, b"p" * 32, connection.id)
        name = f"{organization.slug}.test"
        domains.attest(session, actor, NOW, name, reason="Ours.", extra_suffixes=suffixes)
        rows = [
            {
                "org_id": organization.id,
                "id": new_id(),
                "at": NOW,
                "door": "cli",
                "actor": "operator",
                "event": "x:y",
                "subject_type": "x",
                "subject_id": "y",
                "changes": [],
                "request_id": "",
            }
            for _ in range(1_500)
        ]
        session.execute(insert(audit_table), rows)

    for each in (made, other):
        run(database, lambda s, each=each: fill(s, each))
    before = _counts(database)
    erased = []
    actor = audit.operator(made)
    for wrong in ("", "other", made.id):
        with pytest.raises(InvalidRequestError, match="'acme'"):
            run(
                database,
                lambda s, wrong=wrong: organizations.delete(
                    s, actor, confirm=wrong, erase_resources=erased.append
                ),
            )
    assert erased == []
    assert _counts(database) == before
    run(
        database,
        lambda s: organizations.delete(s, actor, confirm="acme", erase_resources=erased.append),
    )
    assert erased == [made.id]
    assert _counts(database) == {table: count // 2 for table, count in before.items()}


def _counts(database):
    with database.reading() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar()
            for table in metadata.tables.values()
        }


def test_suspending_ends_sessions_once_and_leaves_a_trace(database, a_session):
    made, other = _create(database, name="Acme"), _create(database, name="Other")
    digest, kept = a_session(made.id, new_id()), a_session(other.id, new_id())
    actor = audit.operator(made)
    for suspended in (True, True, False):
        changed = run(
            database,
            lambda s, to=suspended: organizations.update(s, actor, NOW, suspended=to),
        )
        assert changed.suspended is suspended
    with database.reading() as session:
        ended = session.execute(select(web_session.c.digest, web_session.c.ended_why))
        assert dict(map(tuple, ended)) == {digest: "organization_suspended", kept: None}
    updates = [changes for event, _, _, changes in _events(database) if "update" in event]
    assert [[(c["path"], c["before"], c["after"]) for c in each] for each in updates] == [
        [("suspended", False, True), ("sessions", 1, 0)],
        [],
        [("suspended", True, False)],
    ]
