"""/console/connections: made with a guide, their tokens shown once, switched off and on."""

import re

import pytest
from sqlalchemy import update

from scimserver.domain.roles import Role
from scimserver.ids import new_id
from scimserver.scim.quirks import PROFILES
from scimserver.services import audit, connections
from scimserver.services import tokens as services_tokens
from scimserver.storage import connections as stored
from scimserver.storage import organizations, quirk_counts, tokens
from scimserver.storage.models import token as token_table
from scimserver.storage.quirk_counts import QuirkCount
from scimserver.storage.tokens import note_use
from scimserver.storage.transaction import run
from tests.factories import a_connection, a_user

HERE = "/console/connections"
NEW = f"{HERE}/new"
SECRET = re.compile(r"scimt_[0-9A-Za-z]{49}")


def _found(acme, id):
    with acme.database.reading() as session:
        return stored.get(session, acme.org_id, id)


def _made(acme, owner, name="Directory", profile="generic"):
    owner.post(NEW, {"name": name, "profile": profile}, status=201)
    with acme.database.reading() as session:
        return stored.every(session, acme.org_id)[-1]


def _tokens(acme, id):
    with acme.database.reading() as session:
        return tokens.every(session, acme.org_id, id)


def _asks(acme, token):
    client = acme.app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    return client.get("/scim/v2/Users", headers=headers).status_code


def test_without_a_connection_the_page_offers_one(acme, owner):
    page = owner.get(HERE)
    assert "No connection yet" in page.text
    assert NEW in page.links
    assert NEW not in acme.browser(Role.VIEWER).get(HERE).links


@pytest.mark.parametrize("profile", PROFILES)
def test_a_new_connection_comes_with_its_guide_and_its_token(acme, owner, profile):
    page = owner.post(NEW, {"name": "Directory", "profile": profile}, status=201)
    (secret,) = set(SECRET.findall(page.html))
    assert _asks(acme, secret) == 200
    assert "https://localhost:5000/scim/v2" in page.text
    assert page.text.count(secret) == 2
    assert page.headers["Cache-Control"] == "no-store"
    assert "<ol>" in page.html
    connection = _found(acme, _last(acme))
    assert (connection.name, connection.profile) == ("Directory", profile)
    again = owner.get(f"{HERE}/{connection.id}")
    assert not SECRET.search(again.html)
    assert f"{secret[:10]}…" in again.text
    assert "the token, as it was shown when it was made" in again.text


def _last(acme):
    with acme.database.reading() as session:
        return stored.every(session, acme.org_id)[-1].id


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_has_a_name_of_its_own(owner, profile):
    page = owner.get(NEW)
    (label,) = re.findall(rf'<label for="profile-{profile}">([^<]+)</label>', page.html)
    assert label != profile


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "", "profile": "generic"}, "f-name-error"),
        ({"name": "x" * 201, "profile": "generic"}, "f-name-error"),
        ({"name": "Directory", "profile": "another"}, "profile-error"),
        ({"name": "Directory"}, "profile-error"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(acme, owner, sent, field):
    page = owner.post(NEW, sent, status=400)
    assert field in page.described
    assert page.fields["name"]["value"] == sent["name"]
    with acme.database.reading() as session:
        assert stored.every(session, acme.org_id) == []


def test_the_list_says_how_each_does(acme, owner):
    fresh, off, bare = (_made(acme, owner, name) for name in ("Fresh", "Off", "Bare"))
    owner.post(f"{HERE}/{off.id}/disable")
    (token,) = _tokens(acme, bare.id)
    owner.post(f"{HERE}/{bare.id}/tokens/{token.id}/revoke")
    page = owner.get(HERE)
    assert "Fresh Another one Never used 1 live" in page.text
    assert "Off Another one Switched off" in page.text
    assert "Bare Another one No live token 0 live" in page.text
    used = _tokens(acme, fresh.id)[0]
    now = acme.clock.now()
    acme.run(lambda s: note_use(s, acme.org_id, used.id, now, "192.0.2.9", "Agent/1"))
    assert "Fresh Another one Fine 1 live" in owner.get(HERE).text
    assert "Agent/1, 192.0.2.9" in owner.get(f"{HERE}/{fresh.id}").text


def test_what_came_and_what_was_refused_is_counted(acme, owner):
    page = owner.post(NEW, {"name": "Directory", "profile": "generic"}, status=201)
    (secret,) = set(SECRET.findall(page.html))
    client, headers = acme.app.test_client(), {"Authorization": f"Bearer {secret}"}
    urn = "urn:ietf:params:scim:schemas:core:2.0:User"
    for name in ("ann", "ben@evil.test", "eve@evil.test"):
        body = {"schemas": [urn], "userName": name}
        client.post("/scim/v2/Users", json=body, headers=headers)
    page = owner.get(HERE)
    assert "Some refused" in page.text
    assert re.search(r'data-head="Accepted" class="number">1<', page.html)
    assert "1 accepted, 2 refused" in owner.get(f"{HERE}/{_last(acme)}").text


def test_departures_and_tolerances_are_told(acme, owner):
    id = a_connection(acme.database, acme.org_id, profile="okta", patch_response="body")
    count = QuirkCount("string-boolean", 1234, acme.clock.now())
    acme.run(lambda session: quirk_counts.add(session, acme.org_id, id, [count]))
    text = owner.get(f"{HERE}/{id}").text
    assert "Identity provider Okta" in text
    assert "patch_response = body" in text
    assert "Sends true and false as text" in text
    assert "1,234" in text


def test_a_rotation_keeps_the_old_token_until_it_is_revoked(acme, owner):
    page = owner.post(NEW, {"name": "Directory", "profile": "generic"}, status=201)
    (old,) = set(SECRET.findall(page.html))
    here = f"{HERE}/{_last(acme)}"
    page = owner.get(f"{here}/rotate")
    assert "so that nothing stops while you paste the new one" in page.text
    page = owner.post(f"{here}/rotate", status=201)
    (new,) = set(SECRET.findall(page.html))
    assert f"Revoke the old token there ({old[:10]}…)" in page.text
    assert (_asks(acme, old), _asks(acme, new)) == (200, 200)
    refused = owner.post(f"{here}/rotate", status=400)
    assert "two tokens of this connection are live" in refused.text.lower()
    first = _tokens(acme, _last(acme))[0]
    asked = owner.get(f"{here}/tokens/{first.id}/revoke")
    assert "It is the last live token" not in asked.text
    assert owner.post(f"{here}/tokens/{first.id}/revoke").location == f"{here}?done=revoked"
    assert (_asks(acme, old), _asks(acme, new)) == (401, 200)
    last = _tokens(acme, _last(acme))[1]
    assert "It is the last live token" in owner.get(f"{here}/tokens/{last.id}/revoke").text


def test_a_token_of_another_connection_is_not_found(acme, owner):
    one, other = _made(acme, owner, "One"), _made(acme, owner, "Other")
    (token,) = _tokens(acme, other.id)
    owner.get(f"{HERE}/{one.id}/tokens/{token.id}/revoke", 404)
    owner.post(f"{HERE}/{one.id}/tokens/{token.id}/revoke", status=404)
    assert _tokens(acme, other.id)[0].revoked_at is None


def _bound(acme, id, user_id):
    """Make a token for a user, as the shell does; the console only shows and ends them."""

    def work(session):
        organization = organizations.get(session, acme.org_id)
        now = acme.clock.now()
        actor = audit.operator(organization)
        return services_tokens.bind(session, actor, now, b"p" * 32, id, user_id).token

    return run(acme.database, work)


def test_h2_tokens_of_users_stand_apart_with_their_names(acme, owner):
    made = _made(acme, owner)
    ann = a_user(acme.database, acme.org_id, "ann@acme.test", attributes={"displayName": "Ann"})
    here = f"{HERE}/{made.id}"
    assert "Tokens of users" not in owner.get(here).text
    token = _bound(acme, made.id, ann)
    page = owner.get(here)
    assert "Tokens of users" in page.text
    assert f"/console/users/{ann}" in page.links
    assert f"{here}/tokens/{token.id}/revoke" in page.links
    asked = owner.get(f"{here}/tokens/{token.id}/revoke").text
    assert "It is bound to Ann" in asked
    assert "It is the last live token" not in asked
    # It is none of the two of the connection, and keeps none of them alive.
    (own,) = _tokens(acme, made.id)
    assert "It is the last live token" in owner.get(f"{here}/tokens/{own.id}/revoke").text
    owner.post(f"{here}/rotate", status=201)
    for each in _tokens(acme, made.id):
        owner.post(f"{here}/tokens/{each.id}/revoke")
    assert "No token is live" in owner.get(here).text
    assert owner.post(f"{here}/tokens/{token.id}/revoke").location == f"{here}?done=revoked"
    viewer = acme.browser(Role.VIEWER).get(here)
    assert "Tokens of users" in viewer.text
    assert not any(link.endswith("/revoke") for link in viewer.links)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_h2_a_page_shows_the_newest_tokens_of_users(acme, owner):
    made = _made(acme, owner)
    users = [a_user(acme.database, acme.org_id) for _ in range(11)]
    here = f"{HERE}/{made.id}"
    for each in users[:10]:
        for _ in range(5):
            last = _bound(acme, made.id, each)
    assert "These are the newest" not in owner.get(here).text
    newest = _bound(acme, made.id, users[10])
    page = owner.get(here)
    assert "These are the newest" in page.text
    shown = [link for link in page.links if link.endswith("/revoke")]
    assert len(shown) == 51
    assert {newest.id, last.id} <= {link.split("/")[-2] for link in shown}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_h2_a_token_outlives_the_name_of_its_user(acme, owner):
    made = _made(acme, owner)
    token = _bound(acme, made.id, a_user(acme.database, acme.org_id))
    run(
        acme.database,
        lambda s: s.execute(
            update(token_table).where(token_table.c.id == token.id).values(user_id=new_id())
        ),
    )
    here = f"{HERE}/{made.id}"
    assert "A user who is deleted" in owner.get(here).text
    assert "a user who is deleted" in owner.get(f"{here}/tokens/{token.id}/revoke").text


def test_switching_off_asks_and_can_be_undone(acme, owner):
    made = _made(acme, owner)
    here = f"{HERE}/{made.id}"
    assert "Nobody comes in" in owner.get(f"{here}/disable").text
    assert owner.post(f"{here}/disable").location == f"{here}?done=disabled"
    assert _found(acme, made.id).disabled
    assert "This connection is switched off" in owner.get(here).text
    assert owner.post(f"{here}/enable").location == f"{here}?done=enabled"
    assert not _found(acme, made.id).disabled


def test_a_connection_is_changed(acme, owner):
    id = a_connection(acme.database, acme.org_id, patch_response="body")
    sent = {"name": "New", "profile": "okta", "rateLimit": "40", "plain": "yes"}
    assert owner.post(f"{HERE}/{id}/edit", sent).location == f"{HERE}/{id}?done=saved"
    found = _found(acme, id)
    assert (found.name, found.profile, found.rate_limit, found.switches) == ("New", "okta", 40, {})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "f-name-error"),
        ({"profile": "x"}, "f-profile-error"),
        ({"rateLimit": "many"}, "f-rateLimit-error"),
        ({"rateLimit": "0"}, "f-rateLimit-error"),
        ({"rateLimit": "9" * 30}, "f-rateLimit-error"),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(acme, owner, wrong, field):
    made = _made(acme, owner)
    sent = {"name": "New", "profile": "okta", "rateLimit": "40", **wrong}
    page = owner.post(f"{HERE}/{made.id}/edit", sent, status=400)
    assert field in page.described
    assert _found(acme, made.id) == made


def test_many_connections_cost_no_more_statements(acme, owner, statements):
    def asked():
        with statements(acme.database) as seen:
            owner.get(HERE)
        return len(seen)

    owner.get(HERE)
    before = asked()
    for _ in range(20):
        a_connection(acme.database, acme.org_id)
    assert asked() == before


def test_an_administrator_without_edit_rights_sees_no_form(acme, owner):
    made = _made(acme, owner)
    page = acme.browser(Role.VIEWER).get(f"{HERE}/{made.id}")
    assert [action for _, action in page.forms] == ["/signout"]
    assert not any(link.endswith(("/edit", "/rotate", "/revoke")) for link in page.links)
    assert made.rate_limit == connections.RATE_LIMIT
