"""What a person is, told by the rows they were read from."""

from dataclasses import replace

import pytest

from scimserver.domain.person import Person
from scimserver.domain.roles import Role

ANN = Person(
    org_id="o",
    org_slug="acme",
    org_name="Acme",
    sandbox=False,
    suspended=False,
    sso_mode="off",
    passkey_audience="administrators",
    passkey_team=None,
    user_id="u",
    user_name="ann@acme.test",
    display_name="Ann",
    email="ann@acme.test",
    active=True,
    role=Role.MEMBER,
    local_administrator=False,
    handle=None,
    recovery_tested_at=None,
)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"active": False, "suspended": True, "sandbox": True}, "user_deactivated"),
        ({"suspended": True, "sandbox": True}, "organization_inactive"),
        ({"sandbox": True}, "organization_sandbox"),
    ],
    ids=["welcome", "inactive", "suspended", "sandbox"],
)
def test_what_shuts_somebody_out(changes, why):
    assert replace(ANN, **changes).why_shut_out == why


@pytest.mark.parametrize("role", Role)
def test_sessions_of_owners_and_administrators_are_short(role):
    expected = role in (Role.OWNER, Role.ADMINISTRATOR)
    assert replace(ANN, role=role).is_administrative is expected
    assert replace(ANN, role=role, local_administrator=True).is_administrative


@pytest.mark.parametrize(
    ("mode", "is_local", "must"),
    [
        ("off", False, False),
        ("pilot", False, False),
        ("optional", False, False),
        ("enforced", False, True),
        ("enforced", True, False),
    ],
)
def test_enforcement_spares_local_administrators(mode, is_local, must):
    assert replace(ANN, sso_mode=mode, local_administrator=is_local).must_use_sso is must
