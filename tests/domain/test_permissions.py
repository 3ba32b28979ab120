"""Which scopes open SCIM, and who may read and change claims of domains (D2)."""

import pytest

from scimserver.domain.actor import SCIM_SCOPES, Actor, Door
from scimserver.domain.errors import PermissionDeniedError
from scimserver.domain.permissions import check_domains, check_scim
from scimserver.domain.roles import Role


def may(verb, door, **options):
    actor = Actor("org", door, "someone", **options)
    try:
        check_domains(actor, verb)
    except PermissionDeniedError:
        return False
    return True


@pytest.mark.parametrize("door", [Door.CLI, Door.SYSTEM])
def test_the_operator_and_the_program_itself_may_do_both(door):
    assert may("read", door, scopes=frozenset())
    assert may("write", door, scopes=frozenset())


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        (Role.OWNER, {"read", "write"}),
        (Role.ADMINISTRATOR, {"read", "write"}),
        (Role.HELPDESK, set()),
        (Role.VIEWER, {"read"}),
        (Role.MEMBER, set()),
        (None, set()),
    ],
)
def test_d2_people_may_what_their_role_grants(role, verbs):
    # Whatever scopes an actor has beside it.
    scopes = frozenset({"scim", "domains.read", "domains.write"})
    found = {v for v in ("read", "write") if may(v, Door.CONSOLE, role=role, scopes=scopes)}
    assert found == verbs


@pytest.mark.parametrize("door", [Door.API, Door.SCIM])
@pytest.mark.parametrize(
    ("scopes", "verbs"),
    [
        ({"scim"}, set()),
        ({"scim", "scim.users.write"}, set()),
        ({"domains.read"}, {"read"}),
        ({"domains.write"}, {"write"}),
        ({"domains.read", "domains.write"}, {"read", "write"}),
    ],
)
def test_a_credential_needs_the_scope_of_the_verb(door, scopes, verbs):
    found = {v for v in ("read", "write") if may(v, door, scopes=frozenset(scopes))}
    assert found == verbs


def test_the_refusal_names_what_is_missing():
    with pytest.raises(PermissionDeniedError, match=r"domains\.write"):
        check_domains(Actor("org", Door.API, "c", scopes=frozenset({"domains.read"})), "write")
    with pytest.raises(PermissionDeniedError, match="domains edit"):
        check_domains(Actor("org", Door.CONSOLE, "v", role=Role.VIEWER), "write")


def test_scopes_of_the_management_api_alone_do_not_open_scim():
    with pytest.raises(PermissionDeniedError) as caught:
        check_scim(frozenset({"domains.read", "domains.write"}))
    assert caught.value.needed == "scim"


@pytest.mark.parametrize("scope", sorted(SCIM_SCOPES))
def test_each_scope_of_scim_opens_it_whatever_stands_beside(scope):
    check_scim(frozenset({scope, "domains.read"}))
