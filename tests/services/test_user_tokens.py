"""Tokens bound to a user: who gets one, how many, and what becomes of them (H2, B44, M22)."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scimserver.domain.errors import InvalidRequestError, UnknownResourceError
from scimserver.scim.errors import UnauthorizedError
from scimserver.services import audit, connections, intake, organizations, tokens
from scimserver.services.intake import Request, Sizes
from scimserver.services.provisioning import Provisioning
from scimserver.storage import tokens as stored_tokens
from scimserver.storage.models import audit as audit_table
from scimserver.storage.models import token as token_table
from scimserver.storage.transaction import run
from tests.factories import NOW, a_user, registry
from tests.signing_in import Clock

PEPPER = b"p" * 32


class Acme:
    """An organization with a connection and a user, and what is done with them."""

    def __init__(self, database, *, sandbox=False, scopes=connections.EVERYTHING):
        self.database = database

        def build(session):
            made = organizations.create(session, NOW, name="Acme", sandbox=sandbox)
            actor = audit.operator(made)
            return actor, connections.create(session, actor, NOW, name="Directory", scopes=scopes)

        self.actor, self.connection = run(database, build)
        self.ann = self.user("ann")

    def user(self, name, **options):
        return a_user(self.database, self.actor.org_id, name, **options)

    def bind(self, reference="ann", **options):
        return run(self.database, lambda s: self.bind_in(s, reference, **options))

    def bind_in(self, session, reference, **options):
        return tokens.bind(
            session, self.actor, NOW, PEPPER, self.connection.id, reference, **options
        )

    def apply(self, session, method, **change):
        body = None
        if change:
            operations = [{"op": "replace", "path": path, "value": change[path]} for path in change]
            body = {"Operations": operations}
        door = Provisioning(session, registry(), Clock(NOW))
        request = Request(method, registry().types["User"], self.ann, body)
        idp = replace(self.actor, connection_id=self.connection.id)
        return door.apply(idp, intake.command(request, idp.profile, Sizes()))

    def change(self, method, **change):
        return run(self.database, lambda s: self.apply(s, method, **change))

    def opens(self, minted, now=NOW):
        with self.database.reading() as session:
            try:
                return tokens.authenticate(session, PEPPER, f"Bearer {minted.secret}", now)
            except UnauthorizedError as refusal:
                return refusal.context["reason"]

    def rows(self):
        with self.database.reading() as session:
            return session.execute(select(token_table)).all()

    def audited(self, event):
        with self.database.reading() as session:
            rows = session.execute(select(audit_table)).all()
        return [
            {change["path"]: change["after"] for change in row.changes}
            for row in rows
            if row.event == event
        ]


@pytest.fixture
def acme(database):
    return Acme(database)


def test_h2_a_bound_token_says_whose_it_is_and_may_do_no_more_than_users_need(acme):
    minted = acme.bind(days=7)
    credential = acme.opens(minted)
    assert (credential.user_id, credential.connection_id) == (acme.ann, acme.connection.id)
    assert credential.scopes == {"scim.users.read", "scim.users.write"}
    assert minted.token.user_id == acme.ann
    assert minted.token.expires_at == NOW + timedelta(days=7)
    actor = credential.actor()
    assert (actor.id, actor.bound_to) == (f"user:{acme.ann}", acme.ann)
    assert acme.opens(acme.bind(acme.ann)).user_id == acme.ann
    told = acme.audited("token:create")
    assert [each["user"] for each in told] == [acme.ann] * 2


def test_h2_tokens_of_users_are_counted_apart(acme):
    def mint(session):
        return tokens.mint(session, acme.actor, NOW, PEPPER, acme.connection.id)

    for _ in range(tokens.LIVE_OF_USER):
        acme.bind()
    own = [run(acme.database, mint) for _ in range(tokens.LIVE_AT_ONCE)]
    with pytest.raises(InvalidRequestError, match="two tokens"):
        run(acme.database, mint)
    with pytest.raises(InvalidRequestError, match="5 tokens of this user"):
        acme.bind()
    acme.bind(acme.user("bob"))
    with acme.database.reading() as session:
        every = tokens.every(session, acme.actor, acme.connection.id)
        bound = tokens.bound(session, acme.actor, acme.connection.id)
        few = tokens.bound(session, acme.actor, acme.connection.id, 2)
        grouped = tokens.by_connection(session, acme.actor)
    assert [each.id for each in every] == [each.token.id for each in own]
    assert grouped == {acme.connection.id: every}
    assert len(bound) == 6
    assert few == bound[:2]
    assert [each.id for each in bound] == sorted((each.id for each in bound), reverse=True)


def test_h2_a_dead_token_makes_room_for_another(acme):
    first = acme.bind()
    for _ in range(tokens.LIVE_OF_USER - 1):
        acme.bind(days=1)
    run(acme.database, lambda s: tokens.revoke(s, acme.actor, NOW, first.token.id))
    assert acme.opens(first) == "revoked"
    acme.bind()
    with acme.database.reading() as session:
        org_id, tomorrow = acme.actor.org_id, NOW + timedelta(days=1)
        assert stored_tokens.live_of_user(session, org_id, acme.ann, tomorrow) == 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("reference", "options", "error"),
    [
        ("nobody", {}, UnknownResourceError),
        ("off", {}, InvalidRequestError),
        ("ann", {"days": 0}, InvalidRequestError),
        ("ann", {"days": 731}, InvalidRequestError),
    ],
)
def test_h2_not_everybody_gets_one(acme, reference, options, error):
    acme.user("off", attributes={"active": False})
    with pytest.raises(error):
        acme.bind(reference, **options)
    assert acme.rows() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_h2_nobody_is_named_across_organizations(acme, database):
    other = Acme(database)
    with pytest.raises(UnknownResourceError):
        acme.bind(other.ann)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_m22_nobody_of_a_sandbox_has_one(database):
    with pytest.raises(InvalidRequestError, match="sandbox"):
        Acme(database, sandbox=True).bind()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_h2_no_token_may_more_than_its_connection(database):
    with pytest.raises(InvalidRequestError, match="cannot read users"):
        Acme(database, scopes=frozenset({"scim.groups.read", "domains.write"})).bind()
    acme = Acme(database, scopes=frozenset({"scim.users.read", "domains.write"}))
    minted = acme.bind()
    assert acme.opens(minted).scopes == {"scim.users.read"}
    # Narrowed later on, and widened: neither brings it what it never had.
    for scopes, left in (
        ({"scim.groups.write"}, set()),
        ({"scim", "domains.write"}, {"scim.users.read"}),
    ):
        changes = connections.Changes(scopes=frozenset(scopes))
        run(
            database,
            lambda s, c=changes: connections.update(s, acme.actor, NOW, acme.connection.id, c),
        )
        assert acme.opens(minted).scopes == left


ENDS = {"PATCH": {"active": False}, "DELETE": {}}


@pytest.mark.parametrize("method", ENDS)
def test_b44_who_is_turned_off_or_deleted_loses_their_tokens_for_good(acme, method):
    bob = acme.user("bob")
    hers, gone, his = [acme.bind(), acme.bind()], acme.bind(), acme.bind(bob)
    run(acme.database, lambda s: tokens.revoke(s, acme.actor, NOW, gone.token.id))
    outcome = acme.change(method, **ENDS[method])
    (revoked,) = [change.after for change in outcome.consequences if change.path == "revoked"]
    assert revoked["tokens"] == 2
    assert [acme.opens(each) for each in hers] == ["revoked"] * 2
    assert acme.opens(his).user_id == bob
    if method == "PATCH":
        (told,) = acme.audited("user:update")
        assert told["revoked"] == revoked
        assert acme.change("PATCH", active=True).consequences == ()
        assert [acme.opens(each) for each in hers] == ["revoked"] * 2
        assert acme.opens(acme.bind()).user_id == acme.ann


def test_p64_nobody_comes_in_while_their_organization_is_suspended(acme):
    minted = acme.bind()

    def suspend(session, *, suspended):
        return organizations.update(session, acme.actor, NOW, suspended=suspended)

    run(acme.database, lambda s: suspend(s, suspended=True))
    assert acme.opens(minted) == "suspended"
    run(acme.database, lambda s: suspend(s, suspended=False))
    assert acme.opens(minted).user_id == acme.ann


@pytest.mark.parametrize("there", [True, False], ids=["turned off", "gone"])
def test_b44_a_token_that_was_put_back_does_not_open(acme, there):
    minted = acme.bind()
    method = "PATCH" if there else "DELETE"
    acme.change(method, **ENDS[method])
    run(acme.database, lambda s: s.execute(update(token_table).values(revoked_at=None)))
    assert acme.opens(minted) == "deactivated"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_b44_other_changes_take_nothing(acme):
    minted = acme.bind()
    assert acme.change("PATCH", nickName="A").consequences == ()
    assert acme.opens(minted).user_id == acme.ann
    acme.user("bob")
    # Who has nothing to lose is told of nothing.
    run(acme.database, lambda s: s.execute(update(token_table).values(user_id=None)))
    assert acme.change("PATCH", active=False).consequences == ()


def test_b44_a_deactivation_waits_for_the_token_that_is_being_made_and_ends_it(acme):
    order, bound = [], threading.Event()

    def turn_off():
        bound.wait(10)
        acme.change("PATCH", active=False)
        order.append("off")

    other = threading.Thread(target=turn_off)
    other.start()

    def make(session):
        minted = acme.bind_in(session, "ann")
        bound.set()
        other.join(0.3)
        order.append("made")
        return minted

    minted = run(acme.database, make)
    other.join(10)
    assert order == ["made", "off"]
    assert acme.opens(minted) == "revoked"


def test_b44_no_token_is_made_while_its_user_is_being_turned_off(acme):
    order, off = [], threading.Event()

    def make():
        off.wait(10)
        with pytest.raises(InvalidRequestError, match="deactivated"):
            acme.bind()
        order.append("refused")

    other = threading.Thread(target=make)
    other.start()

    def work(session):
        acme.apply(session, "PATCH", active=False)
        off.set()
        other.join(0.3)
        order.append("off")

    run(acme.database, work)
    other.join(10)
    assert order == ["off", "refused"]
    assert acme.rows() == []


def test_h2_of_many_tokens_at_once_five_are_made(acme):
    for _ in range(tokens.LIVE_OF_USER - 1):
        acme.bind()
    start, made = threading.Barrier(3), []

    def make():
        start.wait(10)
        try:
            made.append(acme.bind())
        except InvalidRequestError:
            made.append(None)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert [each is None for each in made].count(False) == 1
    assert len(made) == 3
