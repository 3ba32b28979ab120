"""Local administrators: made with any address, out of reach of provisioning, never too few."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from scimserver.domain.actor import Actor, Door, Reach
from scimserver.domain.commands import Delete, Effect
from scimserver.domain.errors import (
    InvalidEmailError,
    InvalidRequestError,
    LastLocalAdministratorError,
    OutrankedError,
    PermissionDeniedError,
    ProtectedResourceError,
    TakenError,
    UnknownResourceError,
)
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, enrolment, intake, local_administrators
from scimserver.services import organizations as organization_service
from scimserver.services.enrolment import DEFAULT_LIFETIME, Way
from scimserver.services.intake import Request, Sizes
from scimserver.services.provisioning import Provisioning
from scimserver.services.verification import verify
from scimserver.storage import organizations
from scimserver.storage.models import (
    account,
    ceremony,
    enrol_digest,
    enrol_link,
    organization,
    passkey,
    passkey_credential,
    resource,
    web_session,
)
from scimserver.storage.models import audit as audit_table
from scimserver.storage.transaction import run
from tests.factories import (
    a_connection,
    a_group,
    a_passkey,
    a_person,
    a_user,
    an_organization,
    registry,
    rows,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
KIND = registry().types["User"]
OFF = [{"op": "replace", "path": "active", "value": False}]
ON = [{"op": "replace", "path": "active", "value": True}]


class FixedClock:
    """Always the same instant."""

    def now(self):
        """Return it."""
        return NOW


@pytest.fixture
def org(database):
    return an_organization(database, slug="acme")


@pytest.fixture
def shell(org):
    return Actor(org, Door.CLI, "operator", reach=Reach.PROTECTED)


@pytest.fixture
def directory(database, org):
    """What a connection's token acts as."""
    return Actor(org, Door.SCIM, "idp", connection_id=a_connection(database, org))


def _door(session, minimum=2):
    return Provisioning(session, registry(), FixedClock(), min_local_admins=minimum)


def _change(database, actor, user_id, operations, *, minimum=2):
    """PATCH a user, or DELETE it where there are no operations."""

    def work(session):
        command = Delete(KIND, user_id)
        if operations is not None:
            body = {"schemas": [PATCH], "Operations": operations}
            request = Request("PATCH", KIND, user_id, body)
            command = intake.command(request, actor.profile, Sizes())
        return _door(session, minimum).apply(actor, command)

    return run(database, work)


def _add(database, actor, address="ann@elsewhere.com", by=None, **options):
    return run(
        database,
        lambda s: local_administrators.add(
            s, _door(s), KIND, actor, NOW, by, address=address, **options
        ),
    )


def _promote(database, actor, user_id, by=None, role=None):
    return run(database, lambda s: local_administrators.promote(s, actor, NOW, by, user_id, role))


def _remove(database, actor, user_id, by=None, minimum=2):
    return run(
        database,
        lambda s: local_administrators.remove(s, actor, NOW, by, user_id, minimum=minimum),
    )


def _enforce(database, org):
    change = update(organization).where(organization.c.id == org).values(sso_mode="enforced")
    run(database, lambda s: s.execute(change))


def _events(database, *wanted):
    with database.reading() as session:
        query = select(audit_table).order_by(audit_table.c.id)
        return [
            (row.event, row.actor, {c["path"]: (c["before"], c["after"]) for c in row.changes})
            for row in session.execute(query)
            if not wanted or row.event in wanted
        ]


def _local(database, org, **options):
    return a_person(database, org, role="owner", local_administrator=True, **options)


def test_one_is_made_with_an_address_outside_the_verified_domains(database, org, shell):
    ann = _add(database, shell, name="Ann Archer")
    assert (ann.user_name, ann.email) == ("ann@elsewhere.com", "ann@elsewhere.com")
    assert (ann.display_name, ann.active, ann.role) == ("Ann Archer", True, Role.OWNER)
    assert ann.local_administrator
    assert len(ann.handle) == 64
    events = _events(database)
    assert [event for event, _, _ in events] == ["user:create", "local_admin:add"]
    assert events[1][2] == {
        "userName": (None, "ann@elsewhere.com"),
        "role": ("member", "owner"),
    }
    bob = _add(database, shell, "bob@elsewhere.com", role=Role.ADMINISTRATOR)
    assert (bob.display_name, bob.role) == ("bob@elsewhere.com", Role.ADMINISTRATOR)


def test_what_is_no_good_makes_none(database, org, shell):
    _add(database, shell)
    sandbox = an_organization(database, sandbox=True)
    for actor, address, options, error in (
        (shell, "ANN@elsewhere.com", {}, TakenError),
        (shell, "ann@evil.com@elsewhere.com", {}, InvalidEmailError),
        (shell, "bob@elsewhere.com", {"role": Role.HELPDESK}, InvalidRequestError),
        (replace(shell, org_id=sandbox, sandbox=True), "a@b.com", {}, InvalidRequestError),
    ):
        with pytest.raises(error):
            _add(database, actor, address, **options)
    assert len(rows(database, account)) == 1
    assert len(rows(database, resource)) == 1


@pytest.mark.parametrize("role", Role)
def test_owners_alone_keep_the_list(role, database, org):
    by, member = a_person(database, org, role=role), a_user(database, org)
    _local(database, org)
    actor = accounts.actor_of(by, Visit())
    steps = (
        lambda: _add(database, actor, by=by),
        lambda: _promote(database, actor, member, by=by),
        lambda: _remove(database, actor, member, by=by),
    )
    for step in steps:
        if role is Role.OWNER:
            assert step()
            continue
        with pytest.raises(PermissionDeniedError):
            step()
    assert len(_events(database, "local_admin:add")) == (2 if role is Role.OWNER else 0)


def test_a_user_who_is_there_is_put_on_the_list_and_taken_off(database, org, shell, a_session):
    _local(database, org)
    member, owner = a_user(database, org), a_person(database, org)
    before = a_session(org, member)
    assert _promote(database, shell, member).role is Role.ADMINISTRATOR
    assert _promote(database, shell, owner.user_id).role is Role.OWNER
    digest = a_session(org, member)
    after = _remove(database, shell, member)
    assert (after.local_administrator, after.role) == (False, Role.ADMINISTRATOR)
    ended = {row.digest: row.ended_why for row in rows(database, web_session)}
    assert ended == {before: "role_changed", digest: "local_administrator_removed"}
    assert [event for event, _, _ in _events(database)] == [
        "local_admin:add",
        "local_admin:add",
        "local_admin:remove",
    ]


def test_the_list_refuses_who_does_not_fit(database, org, shell):
    local = _local(database, org)
    inactive = a_user(database, org, attributes={"active": False})
    elsewhere = a_user(database, an_organization(database))
    for act, user_id, error in (
        (_promote, local.user_id, InvalidRequestError),
        (_promote, inactive, InvalidRequestError),
        (_promote, elsewhere, UnknownResourceError),
        (_promote, new_id(), UnknownResourceError),
        (_remove, inactive, InvalidRequestError),
        (_remove, elsewhere, UnknownResourceError),
    ):
        with pytest.raises(error):
            act(database, shell, user_id)
    with pytest.raises(InvalidRequestError):
        _promote(database, shell, a_user(database, org), role=Role.VIEWER)
    sandbox = an_organization(database, sandbox=True)
    with pytest.raises(InvalidRequestError, match="sandbox"):
        _promote(database, replace(shell, org_id=sandbox), a_user(database, sandbox))
    assert _events(database) == []


def test_provisioning_changes_nothing_about_one(database, org, directory):
    ann = _local(database, org)
    _local(database, org)
    before = rows(database, resource)
    jit = replace(directory, door=Door.JIT)
    importing = Actor(org, Door.CLI, "operator")
    for actor in (directory, jit, importing):
        for operations in (OFF, [{"op": "add", "path": "title", "value": "x"}], None):
            with pytest.raises(ProtectedResourceError):
                _change(database, actor, ann.user_id, operations)
    assert rows(database, resource) == before
    assert _events(database) == []


def test_provisioning_adds_one_to_a_team(database, org, directory):
    ann, team = _local(database, org), a_group(database, org)
    body = {
        "schemas": [PATCH],
        "Operations": [{"op": "add", "path": "members", "value": [{"value": ann.user_id}]}],
    }
    request = Request("PATCH", registry().types["Group"], team, body)

    def work(session):
        return _door(session).apply(directory, intake.command(request, directory.profile, Sizes()))

    assert run(database, work).effect is Effect.UPDATED


@pytest.mark.parametrize("operations", [OFF, None], ids=["deactivate", "delete"])
def test_the_last_one_stays(operations, database, org, shell):
    ann, bob = _local(database, org), _local(database, org)
    _change(database, shell, bob.user_id, operations)
    for act in (
        lambda: _change(database, shell, ann.user_id, operations),
        lambda: _remove(database, shell, ann.user_id),
    ):
        with pytest.raises(LastLocalAdministratorError):
            act()
    assert accounts_of(database, org)[ann.user_id].active
    forced = replace(shell, reach=Reach.FORCED)
    _change(database, forced, ann.user_id, operations)


def accounts_of(database, org):
    """Return the people of the list by id."""
    with database.reading() as session:
        return {person.user_id: person for person in accounts.people(session, org)}


def test_the_second_last_stays_while_single_sign_on_is_enforced(database, org, shell):
    _enforce(database, org)
    ann, bob, third = (_local(database, org) for _ in range(3))
    _remove(database, shell, third.user_id)
    for act in (
        lambda: _remove(database, shell, ann.user_id),
        lambda: _change(database, shell, ann.user_id, OFF),
        lambda: _change(database, shell, bob.user_id, None),
    ):
        with pytest.raises(LastLocalAdministratorError, match="one of the last 2"):
            act()
    _remove(database, replace(shell, reach=Reach.FORCED), ann.user_id)


def test_as_many_stay_as_the_operator_says(database, org, shell):
    _enforce(database, org)
    people = [_local(database, org) for _ in range(3)]
    with pytest.raises(LastLocalAdministratorError):
        _change(database, shell, people[0].user_id, OFF, minimum=3)
    with pytest.raises(LastLocalAdministratorError):
        _remove(database, shell, people[0].user_id, minimum=3)
    _change(database, shell, people[0].user_id, OFF)


def test_one_who_is_inactive_may_go(database, org, shell):
    _local(database, org)
    gone = _local(database, org, attributes={"active": False})
    _remove(database, shell, gone.user_id)
    other = _local(database, org, attributes={"active": False})
    _change(database, shell, other.user_id, None)


@pytest.mark.parametrize("acts", ["deactivate", "remove"])
def test_of_two_who_go_at_once_one_stays(acts, database, org, shell):
    people = [_local(database, org) for _ in range(4)]
    start, refused = threading.Barrier(4), []

    def go(user_id):
        start.wait()
        try:
            if acts == "deactivate":
                _change(database, shell, user_id, OFF)
            else:
                _remove(database, shell, user_id)
        except LastLocalAdministratorError:
            refused.append(user_id)

    threads = [threading.Thread(target=go, args=[each.user_id]) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = [
        person
        for person in accounts_of(database, org).values()
        if person.active and person.local_administrator
    ]
    assert len(refused) == 1
    assert [person.user_id for person in left] == refused


def test_nobody_in_the_console_turns_off_somebody_above(database, org):
    owner, administrator = a_person(database, org), a_person(database, org, role="administrator")
    local = _local(database, org)
    _local(database, org)
    actor = accounts.actor_of(administrator, Visit())
    for user_id, error in (
        (owner.user_id, OutrankedError),
        (administrator.user_id, OutrankedError),
        (local.user_id, ProtectedResourceError),
    ):
        with pytest.raises(error):
            _change(database, actor, user_id, OFF)
    _change(database, actor, a_person(database, org, role="helpdesk").user_id, OFF)
    _change(database, actor, a_user(database, org), None)
    _change(database, accounts.actor_of(owner, Visit()), local.user_id, OFF)


def _with_everything(database, org, a_session, **options):
    """Add a person with two sessions, attempts, two passkeys and a link."""
    person = a_person(database, org, role="member", **options)
    for attempts in (1, 2):
        a_session(org, person.user_id, attempts=attempts)
    keys = [a_passkey(database, org, person.user_id) for _ in range(2)]
    link = {
        "org_id": org,
        "id": new_id(),
        "user_id": person.user_id,
        "door": "administrator",
        "issued_by": "Olga",
        "created_at": NOW,
        "expires_at": NOW,
    }
    digest = {"digest": new_id(), "org_id": org, "link_id": link["id"]}

    def work(session):
        session.execute(enrol_link.insert(), link)
        session.execute(enrol_digest.insert(), digest)

    run(database, work)
    return person, keys


_TABLES = (account, passkey, passkey_credential, enrol_link, enrol_digest)
LOST = {"sessions": 2, "passkeys": 2, "enrolLinks": 1, "attempts": 3, "tokens": 0}
AT = "2026-11-22T12:00:00.000000Z"


def test_whoever_is_turned_off_loses_all_access_in_the_same_transaction(
    database, org, directory, a_session
):
    ann, _ = _with_everything(database, org, a_session)
    bob, _ = _with_everything(database, org, a_session)
    _change(database, directory, ann.user_id, OFF)
    ended = {row.user_id: row.ended_why for row in rows(database, web_session)}
    assert ended == {ann.user_id: "deactivated", bob.user_id: None}
    links = {row.user_id: row.ended_why for row in rows(database, enrol_link)}
    assert links == {ann.user_id: "deactivated", bob.user_id: None}
    tries = {(row.user_id, row.ended_why) for row in rows(database, ceremony)}
    assert tries == {(ann.user_id, "revoked"), (bob.user_id, None)}
    assert len(rows(database, passkey)) == 4
    [(event, actor, changes)] = _events(database)
    assert (event, actor) == ("user:update", "idp")
    assert changes == {"active": (True, False), "revoked": (None, {**LOST, "at": AT})}
    _change(database, directory, ann.user_id, OFF)
    assert len(_events(database)) == 1


def test_whoever_is_turned_on_again_has_the_passkeys_back(database, org, directory, a_session):
    ann, _ = _with_everything(database, org, a_session, name="ann")
    _change(database, directory, ann.user_id, OFF)
    _change(database, directory, ann.user_id, ON)
    assert len(rows(database, passkey)) == 2
    assert accounts_of_user(database, org, ann.user_id) == ann
    assert {row.ended_why for row in rows(database, web_session)} == {"deactivated"}


def accounts_of_user(database, org, user_id):
    """Return a person afresh."""
    with database.reading() as session:
        return accounts.person(session, org, user_id)


def test_a_deletion_removes_everything_and_keeps_the_record_of_authenticators(
    database, org, directory, a_session
):
    ann, keys = _with_everything(database, org, a_session)
    bob, _ = _with_everything(database, org, a_session)
    _change(database, directory, ann.user_id, None)
    for table in (account, passkey, passkey_credential, enrol_link):
        assert {row.user_id for row in rows(database, table)} == {bob.user_id}, table.name
    assert len(rows(database, enrol_digest)) == 1
    ended = {row.user_id: row.ended_why for row in rows(database, web_session)}
    assert ended == {ann.user_id: "deleted", bob.user_id: None}
    [(event, _, changes)] = _events(database)
    assert event == "user:delete"
    assert changes["revoked"] == (None, {**LOST, "at": AT})
    listed, after = changes["passkeys"]
    assert after is None
    assert {each["aaguid"] for each in listed} == {"00000000-0000-0000-0000-000000000000"}
    assert len({each["credentialId"] for each in listed}) == len(keys)


def test_a_user_without_an_account_costs_little_and_leaves_no_trace_of_access(
    database, org, directory, a_session, statements
):
    plain = a_user(database, org)
    _change(database, directory, a_user(database, org), None)
    with statements(database) as seen:
        _change(database, directory, plain, OFF)
    asked = [text for text in seen if "account" in text or "web_session" in text]
    assert len([text for text in asked if text.lstrip().startswith("SELECT")]) == 1
    assert len(asked) == 2
    assert [changes for _, _, changes in _events(database)] == [{}, {"active": (True, False)}]
    opened = a_user(database, org)
    a_session(org, opened)
    _change(database, directory, opened, None)
    assert {row.ended_why for row in rows(database, web_session)} == {"deleted"}


def test_a_change_that_turns_nobody_off_asks_once_for_the_account(
    database, org, directory, statements
):
    ann = a_user(database, org)
    titled = [{"op": "add", "path": "title", "value": "x"}]
    with statements(database) as seen:
        _change(database, directory, ann, titled)
    asked = [text for text in seen if "account" in text or "web_session" in text]
    assert len(asked) == 1


def test_an_organization_is_erased_with_everything(database, org, a_session):
    other = an_organization(database)
    _with_everything(database, org, a_session)
    kept, _ = _with_everything(database, other, a_session)
    actor = Actor(org, Door.CLI, "operator")

    def work(session):
        erase = _door(session).erase
        organization_service.delete(session, actor, confirm="acme", erase_resources=erase)

    run(database, work)
    for table in (*_TABLES, web_session, ceremony):
        assert {row.org_id for row in rows(database, table)} == {other}, table.name
    assert accounts_of_user(database, other, kept.user_id) == kept


def _verify(database, org):
    with database.reading() as session:
        found = organizations.get(session, org)
        return [
            (finding.violation.rule, finding.violation.id)
            for finding in verify(session, found, registry())
        ]


def test_verification_spares_their_addresses_and_finds_the_deactivated_last(database, org, shell):
    ann = _add(database, shell)
    assert _verify(database, org) == []
    member = a_user(database, org, "eve@elsewhere.com")
    assert _verify(database, org) == [("domain_claim", member)]
    forced = replace(shell, reach=Reach.FORCED)
    _change(database, forced, ann.user_id, OFF)
    assert _verify(database, org) == [("protected", ann.user_id), ("domain_claim", member)]
    _add(database, shell, "bob@elsewhere.com")
    assert _verify(database, org) == [("domain_claim", member)]
    _enforce(database, org)
    assert _verify(database, org)[0] == ("protected", ann.user_id)


def test_one_who_comes_back_keeps_the_address(database, org, shell):
    ann = _add(database, shell)
    _add(database, shell, "bob@elsewhere.com")
    _change(database, shell, ann.user_id, OFF)
    _change(database, shell, ann.user_id, ON)
    assert accounts_of_user(database, org, ann.user_id).active


def test_what_is_done_in_a_browser_says_where_from(database, org):
    owner, member = a_person(database, org), a_user(database, org)
    visit = Visit(address="192.0.2.1", user_agent="Browser", session="0123456789abcdef")
    actor = accounts.actor_of(owner, visit)

    def work(session):
        known = {"visit": visit}
        accounts.set_role(session, actor, NOW, owner, member, Role.HELPDESK, **known)
        accounts.set_audience(session, actor, NOW, owner, accounts.Audience.EVERYONE, **known)
        made = local_administrators.add(
            session, _door(session), KIND, actor, NOW, owner, address="a@elsewhere.com", **known
        )
        local_administrators.promote(session, actor, NOW, owner, member, **known)
        local_administrators.remove(session, actor, NOW, owner, member, minimum=2, **known)
        enrolment.issue(
            session,
            actor,
            NOW,
            made,
            door=Way.ADMINISTRATOR,
            issued_by=owner.user_name,
            lifetime=DEFAULT_LIFETIME,
            origin="https://id.acme.test",
            by=owner,
            **known,
        )
        enrolment.revoke(session, actor, NOW, made, owner, **known)

    run(database, work)
    done = {row.event: row.context for row in rows(database, audit_table)}
    # A user's own row is the door's, which knows no browser.
    assert done.pop("user:create") is None
    assert list(done.values()) == [visit.context()] * 6
