"""Tokens: minted, rotated, revoked, and what a header stands for."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from scimserver.domain.actor import Door
from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.scim.errors import UnauthorizedError
from scimserver.services import audit, connections, organizations, tokens
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import token as token_table
from scimserver.storage.transaction import run

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PEPPER = b"p" * 32
OLD_PEPPER = b"o" * 32


@pytest.fixture
def world(database):
    """An organization with one connection: (database, actor, connection)."""

    def build(session):
        organization = organizations.create(session, NOW, name="Acme")
        actor = audit.operator(organization)
        return actor, connections.create(session, actor, NOW, name="Directory", profile="okta")

    return (database, *run(database, build))


def _mint(world, **options):
    database, actor, connection = world
    return run(database, lambda s: tokens.mint(s, actor, NOW, PEPPER, connection.id, **options))


def _allow(world, scopes):
    database, actor, connection = world
    change = connections.Changes(scopes=frozenset(scopes))
    run(database, lambda s: connections.update(s, actor, NOW, connection.id, change))


def _authenticate(world, header, now=NOW, **options):
    with world[0].reading() as session:
        return tokens.authenticate(session, PEPPER, header, now, **options)


def _refusal(world, header, now=NOW, **options):
    with pytest.raises(UnauthorizedError) as caught:
        _authenticate(world, header, now, **options)
    return caught.value


def test_a_token_has_fifty_five_characters_and_a_checksum():
    made = {tokens.generate() for _ in range(100)}
    assert len(made) == 100
    for each in made:
        assert re.fullmatch(r"scimt_[0-9A-Za-z]{49}", each)
        assert tokens.well_formed(each)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t + "\n",
        lambda t: t.upper(),
        lambda t: t[:20] + ("a" if t[20] != "a" else "b") + t[21:],
        lambda t: "scimx_" + t[6:],
        lambda _: "",
        lambda t: t[:-1] + "é",
    ],
)
def test_a_mistyped_token_is_not_well_formed(spoil):
    assert not tokens.well_formed(spoil(tokens.generate()))


def test_a_minted_token_opens_its_connection_and_nothing_else_is_kept_of_it(world):
    database, actor, connection = world
    minted = _mint(world)
    credential = _authenticate(world, f"Bearer {minted.secret}")
    assert credential.org_id == actor.org_id
    assert credential.connection_id == connection.id
    assert credential.token_id == minted.token.id
    assert credential.profile.name == "okta"
    assert credential.scopes == {"scim"}
    assert (credential.rate_limit, credential.sandbox, credential.require_address) == (
        25,
        False,
        False,
    )
    assert minted.token.prefix == minted.secret[:10]
    assert minted.secret not in repr(minted)
    with database.reading() as session:
        for table in ("token", "token_digest", "audit"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            assert minted.secret not in repr(rows)
            assert minted.secret[10:] not in repr(rows)


def test_a_credential_becomes_the_actor_of_the_scim_door(world):
    minted = _mint(world)
    credential = _authenticate(world, f"Bearer {minted.secret}")
    actor = credential.actor(request_id="r1", user_agent="Okta")
    assert (actor.door, actor.id, actor.connection_id, actor.token_id) == (
        Door.SCIM,
        credential.connection_id,
        credential.connection_id,
        minted.token.id,
    )
    assert (actor.request_id, actor.user_agent) == ("r1", "Okta")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_scheme_is_read_in_any_case(world, scheme):
    assert _authenticate(world, scheme + _mint(world).secret).connection_id == world[2].id


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer é", "Token x"]
)
def test_a_header_without_a_bearer_token_counts_as_none_sent(world, header):
    refusal = _refusal(world, header)
    assert refusal.sent is False
    assert refusal.context == {}


def test_every_refused_token_reads_the_same_and_only_the_context_says_why(world):
    database, actor, connection = world
    minted, other = _mint(world), _mint(world)
    run(database, lambda s: tokens.revoke(s, actor, NOW, other.token.id))
    year = NOW + timedelta(days=365)
    cases = {
        "malformed": _refusal(world, "Bearer junk"),
        "unknown": _refusal(world, f"Bearer {tokens.generate()}"),
        "revoked": _refusal(world, f"Bearer {other.secret}"),
        "expired": _refusal(world, f"Bearer {minted.secret}", year),
    }
    run(database, lambda s: connections.disable(s, actor, NOW, connection.id))
    cases["disabled"] = _refusal(world, f"Bearer {minted.secret}")
    run(database, lambda s: connections.enable(s, actor, NOW, connection.id))
    assert _authenticate(world, f"Bearer {minted.secret}")
    assert {case: refusal.context["reason"] for case, refusal in cases.items()} == {
        case: case for case in cases
    }
    assert {(r.detail, r.sent, r.status) for r in cases.values()} == {
        (cases["unknown"].detail, True, 401)
    }
    known = cases["expired"].context
    assert (known["org_id"], known["connection_id"], known["token_id"]) == (
        actor.org_id,
        connection.id,
        minted.token.id,
    )
    assert "org_id" not in cases["unknown"].context


def test_an_unknown_and_a_revoked_token_ask_the_database_the_same(world, statements):
    database, actor, _ = world
    minted = _mint(world)
    run(database, lambda s: tokens.revoke(s, actor, NOW, minted.token.id))
    asked = []
    for each in (minted.secret, tokens.generate()):
        with statements(database) as seen, database.reading() as session:
            with pytest.raises(UnauthorizedError):
                tokens.authenticate(session, PEPPER, f"Bearer {each}", NOW)
            asked.append([sql.partition("WHERE")[0] for sql in seen])
    assert len(asked[0]) == 1
    assert asked[0] == asked[1]


def test_a_third_live_token_is_refused_until_one_is_revoked_or_expires(world):
    database, actor, connection = world
    first, second = _mint(world), _mint(world, days=1)
    with pytest.raises(InvalidRequestError, match="two tokens"):
        _mint(world)
    with pytest.raises(InvalidRequestError, match="two tokens"):
        run(database, lambda s: tokens.rotate(s, actor, NOW, PEPPER, connection.id))
    tomorrow = NOW + timedelta(days=1)
    third = run(database, lambda s: tokens.mint(s, actor, tomorrow, PEPPER, connection.id))
    for minted in (first, third):
        assert _authenticate(world, f"Bearer {minted.secret}", tomorrow)
    run(database, lambda s: tokens.revoke(s, actor, tomorrow, first.token.id))
    assert _refusal(world, f"Bearer {first.secret}", tomorrow)
    assert second.token.expires_at == tomorrow


def test_rotation_adds_a_second_token_with_the_same_scopes(world):
    database, actor, connection = world
    first = _mint(world, scopes=frozenset({"scim.users.read"}))
    second = run(database, lambda s: tokens.rotate(s, actor, NOW, PEPPER, connection.id, days=9))
    for minted in (first, second):
        assert _authenticate(world, f"Bearer {minted.secret}").scopes == {"scim.users.read"}
    with database.reading() as session:
        listed = tokens.every(session, actor, connection.id)
    assert [token.id for token in listed] == [first.token.id, second.token.id]


def test_rotation_without_a_live_token_makes_one_with_the_scopes_of_the_connection(world):
    database, actor, connection = world
    minted = run(database, lambda s: tokens.rotate(s, actor, NOW, PEPPER, connection.id))
    assert minted.token.scopes == {"scim"}


@pytest.mark.parametrize("days", [0, -1, 731])
def test_a_token_lives_at_most_two_years(world, days):
    with pytest.raises(InvalidRequestError, match="days"):
        _mint(world, days=days)


def test_a_token_lives_a_year_unless_asked(world):
    assert _mint(world).token.expires_at == NOW + timedelta(days=365)


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"admin"}), frozenset({"scim", "x"})])
def test_unknown_scopes_are_refused(world, scopes):
    with pytest.raises(InvalidRequestError, match="scopes"):
        _mint(world, scopes=scopes)


@pytest.mark.parametrize(
    ("own", "allowed", "effective"),
    [
        ({"scim"}, {"scim"}, {"scim"}),
        ({"scim.users.read"}, {"scim"}, {"scim.users.read"}),
        ({"scim"}, {"scim.groups.read"}, {"scim.groups.read"}),
        ({"scim.users.read", "scim.users.write"}, {"scim.users.read"}, {"scim.users.read"}),
        ({"scim.users.read"}, {"scim.groups.read"}, set()),
        ({"domains.read"}, {"domains.read", "domains.write"}, {"domains.read"}),
        ({"domains.read", "domains.write"}, {"scim"}, set()),
        ({"scim"}, {"domains.write"}, set()),
        ({"scim", "domains.read"}, {"scim", "domains.read"}, {"scim", "domains.read"}),
    ],
)
def test_narrowing_a_connection_narrows_its_tokens(world, own, allowed, effective):
    _allow(world, own)
    minted = _mint(world, scopes=frozenset(own))
    _allow(world, allowed)
    assert _authenticate(world, f"Bearer {minted.secret}").scopes == effective


@pytest.mark.parametrize(
    ("allowed", "asked"), [("scim.users.read", "scim"), ("scim", "domains.read")]
)
def test_a_token_cannot_have_more_than_its_connection(allowed, asked, world):
    _allow(world, {allowed})
    with pytest.raises(InvalidRequestError, match="cannot have more"):
        _mint(world, scopes=frozenset({asked}))
    assert _mint(world).token.scopes == {allowed}


def test_tokens_made_under_the_previous_key_hold_until_it_is_dropped(world):
    database, actor, connection = world
    old = run(database, lambda s: tokens.mint(s, actor, NOW, OLD_PEPPER, connection.id))
    assert _refusal(world, f"Bearer {old.secret}")
    assert _authenticate(world, f"Bearer {old.secret}", previous=OLD_PEPPER)
    assert _refusal(world, f"Bearer {tokens.generate()}", previous=OLD_PEPPER)


def test_revoking_twice_changes_nothing_more(world):
    database, actor, _ = world
    minted = _mint(world)
    for later in (NOW, NOW + timedelta(hours=1)):
        run(database, lambda s, later=later: tokens.revoke(s, actor, later, minted.token.id))
    with database.reading() as session:
        assert session.execute(select(token_table.c.revoked_at)).scalar() == NOW
        events = session.execute(
            select(audit_table.c.event).where(audit_table.c.subject_type == "token")
        ).scalars()
        assert sorted(events) == ["token:create", "token:revoke"]


@pytest.mark.parametrize("reference", ["01a20011-0000-7000-8000-000000000000", "not an id", ""])
def test_an_unknown_token_cannot_be_revoked(world, reference):
    database, actor, _ = world
    with pytest.raises(UnknownResourceError):
        run(database, lambda s: tokens.revoke(s, actor, NOW, reference))


def test_another_organizations_token_is_unknown(world):
    database, actor, _ = world
    minted = _mint(world)
    other = run(database, lambda s: organizations.create(s, NOW, name="Other"))
    stranger = replace(actor, org_id=other.id)
    with pytest.raises(UnknownResourceError):
        run(database, lambda s: tokens.revoke(s, stranger, NOW, minted.token.id))


def test_what_an_organization_and_a_connection_are_set_to_travels_with_the_credential(world):
    database, actor, connection = world
    minted = _mint(world)
    change = connections.Changes(profile="entra", switches={"unique_emails": "off"}, rate_limit=99)
    run(database, lambda s: connections.update(s, actor, NOW, connection.id, change))
    run(database, lambda s: organizations.update(s, actor, NOW, require_address=True))
    credential = _authenticate(world, f"Bearer {minted.secret}")
    assert credential.profile.name == "entra"
    assert credential.profile.unique_emails is False
    assert (credential.rate_limit, credential.require_address) == (99, True)


def test_a_token_cut_off_in_the_directory_is_unknown(world):
    database, _, _ = world
    minted = _mint(world)
    run(database, lambda s: s.execute(update(token_table).values(digest="gone")) and None)
    assert _authenticate(world, f"Bearer {minted.secret}")
