"""Connections: made, listed, changed, switched off and on."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.services import audit, connections, organizations
from scimserver.services.connections import Changes
from scimserver.storage.models import audit as audit_table
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def actor(database):
    """The operator of one organization."""
    return audit.operator(run(database, lambda s: organizations.create(s, NOW, name="Acme")))


def _create(database, actor, **options):
    given = {"name": "Directory", **options}
    return run(database, lambda s: connections.create(s, actor, NOW, **given))


def _update(database, actor, connection, **options):
    return run(
        database, lambda s: connections.update(s, actor, NOW, connection.id, Changes(**options))
    )


def _find(database, actor, reference):
    with database.reading() as session:
        return connections.find(session, actor, reference)


def _last_audit(database):
    with database.reading() as session:
        row = session.execute(select(audit_table).order_by(audit_table.c.id.desc())).mappings()
        last = row.first()
    changes = {c["path"]: (c["before"], c["after"]) for c in last["changes"]}
    return last["event"], last["subject_type"], last["subject_id"], changes


def test_a_connection_starts_generic_with_the_promised_rate(database, actor):
    made = _create(database, actor)
    assert (made.profile, made.switches, made.rate_limit) == ("generic", {}, 25)
    assert (made.scopes, made.disabled) == ({"scim"}, False)
    assert _find(database, actor, made.id) == made
    assert _find(database, actor, "Directory") == made
    event, subject_type, subject_id, changes = _last_audit(database)
    assert (event, subject_type, subject_id) == ("connection:create", "connection", made.id)
    assert changes["profile"] == (None, "generic")


def test_switches_are_kept_by_their_words(database, actor):
    made = _create(
        database,
        actor,
        profile="entra",
        switches={"adopt_inactive": "on", "string_booleans": "on"},
    )
    assert _find(database, actor, made.id).switches == made.switches


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"name": "01a20011-0000-7000-8000-000000000000"}, "name"),
        ({"profile": "netscape"}, "no such profile; there are generic"),
        ({"switches": {"nothing": "on"}}, "no such switch"),
        ({"switches": {"adopt_inactive": "maybe"}}, "not one of on, off"),
        ({"rate_limit": 0}, "rate limit"),
        ({"rate_limit": 10_001}, "rate limit"),
        ({"scopes": frozenset()}, "scopes"),
        ({"scopes": frozenset({"root"})}, "scopes"),
    ],
)
def test_what_does_not_exist_cannot_be_chosen(database, actor, options, hint):
    with pytest.raises(InvalidRequestError, match=hint):
        _create(database, actor, **options)
    made = _create(database, actor)
    with pytest.raises(InvalidRequestError, match=hint):
        _update(database, actor, made, **options)
    assert _find(database, actor, made.id) == made


def test_an_update_changes_what_is_given(database, actor):
    made = _create(database, actor, switches={"endpoint_case": "exact", "unique_emails": "off"})
    changed = _update(
        database,
        actor,
        made,
        profile="okta",
        switches={"endpoint_case": "", "require_if_match": "on"},
        rate_limit=50,
    )
    assert changed.switches == {"unique_emails": "off", "require_if_match": "on"}
    assert (changed.name, changed.profile, changed.rate_limit) == ("Directory", "okta", 50)
    assert _find(database, actor, made.id) == changed
    event, _, _, changes = _last_audit(database)
    assert event == "connection:update"
    assert set(changes) == {"profile", "switches", "rateLimit"}
    assert changes["rateLimit"] == (25, 50)
    renamed = _update(database, actor, made, name="New", scopes=frozenset({"scim.users.read"}))
    assert (renamed.name, renamed.scopes) == ("New", {"scim.users.read"})


def test_a_connection_is_switched_off_and_on(database, actor):
    made = _create(database, actor)
    assert run(database, lambda s: connections.disable(s, actor, NOW, made.id)).disabled
    assert _find(database, actor, made.id).disabled
    assert _last_audit(database)[0] == "connection:disable"
    assert not run(database, lambda s: connections.enable(s, actor, NOW, made.id)).disabled
    assert not _find(database, actor, made.id).disabled
    assert _last_audit(database)[0] == "connection:enable"
    assert _last_audit(database)[3] == {"disabled": (True, False)}


def test_connections_are_listed_in_the_order_they_were_made(database, actor):
    made = [_create(database, actor, name=name) for name in ("b", "a", "b")]
    with database.reading() as session:
        assert connections.every(session, actor) == made
        with pytest.raises(InvalidRequestError, match="2 connections"):
            connections.find(session, actor, "b")


@pytest.mark.parametrize("reference", ["", "nobody", "01a20011-0000-7000-8000-000000000000"])
def test_an_unknown_connection_is_said_to_be(database, actor, reference):
    with pytest.raises(UnknownResourceError):
        _find(database, actor, reference)


def test_another_organizations_connection_is_unknown(database, actor):
    made = _create(database, actor)
    other = run(database, lambda s: organizations.create(s, NOW, name="Other"))
    with pytest.raises(UnknownResourceError):
        _find(database, audit.operator(other), made.id)
