"""What the states of a claim allow."""

from scimserver.domain.claims import OWNED, State


def test_a_domain_is_owned_while_verified_and_through_the_grace_period():
    assert {str(state): state in OWNED for state in State} == {
        "pending": False,
        "verified": True,
        "at_risk": True,
        "lapsed": False,
        "expired": False,
        "revoked": False,
    }
