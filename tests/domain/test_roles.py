"""Roles: one table says who may do what, and rank says to whom."""

import pytest

from scimserver.domain.roles import ADMINISTRATIVE, GRANTS, Role, grants, may_grant, may_manage

OWNER, ADMINISTRATOR, HELPDESK, VIEWER, MEMBER = Role


@pytest.mark.parametrize(
    ("permission", "holders"),
    [
        ("local administrators edit", {OWNER}),
        ("organization edit", {OWNER}),
        ("sso edit", {OWNER, ADMINISTRATOR}),
        ("domains edit", {OWNER, ADMINISTRATOR}),
        ("provisioning edit", {OWNER, ADMINISTRATOR}),
        ("roles edit", {OWNER, ADMINISTRATOR}),
        ("enrolment edit", {OWNER, ADMINISTRATOR, HELPDESK}),
        ("users view", {OWNER, ADMINISTRATOR, HELPDESK, VIEWER}),
        ("log view", {OWNER, ADMINISTRATOR, VIEWER}),
    ],
)
def test_a_permission_is_held_by(permission, holders):
    assert {role for role in Role if grants(role, permission)} == holders


def test_a_member_may_nothing():
    assert GRANTS[MEMBER] == frozenset()


def test_those_who_administer_identity_have_short_sessions():
    assert {OWNER, ADMINISTRATOR} == ADMINISTRATIVE


@pytest.mark.parametrize("actor", Role)
@pytest.mark.parametrize("subject", Role)
def test_nobody_manages_an_equal_but_an_owner(actor, subject):
    order = {MEMBER: 0, VIEWER: 0, HELPDESK: 1, ADMINISTRATOR: 2, OWNER: 3}
    expected = actor is OWNER or order[subject] < order[actor]
    assert may_manage(actor, subject) is expected
    assert may_grant(actor, subject) is expected
