"""What the states of a claim allow."""

from datetime import UTC, datetime, timedelta

from scimserver.domain.claims import OWNED, Claim, Method, State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_domain_is_owned_while_verified_and_through_the_grace_period():
    assert {str(state): state in OWNED for state in State} == {
        "pending": False,
        "verified": True,
        "at_risk": True,
        "lapsed": False,
        "expired": False,
        "revoked": False,
    }


def a_claim(**fields):
    return Claim(
        "org",
        "id",
        "acme.com",
        fields.pop("state", State.PENDING),
        Method.DNS,
        None,
        NOW,
        None,
        **fields,
    )


def test_an_attested_claim_has_no_token_that_would_prove_it():
    assert a_claim().accepted_tokens(NOW) == ()


def test_the_previous_token_counts_until_its_day_is_over():
    claim = a_claim(token="new", previous_token="old", previous_until=NOW + timedelta(hours=24))
    assert claim.accepted_tokens(NOW) == ("new", "old")
    assert claim.accepted_tokens(NOW + timedelta(hours=24)) == ("new",)
    assert a_claim(token="new").accepted_tokens(NOW) == ("new",)


def test_a_claim_says_itself_whether_it_owns_the_domain():
    assert a_claim(state=State.AT_RISK).is_owned
    assert not a_claim(state=State.LAPSED).is_owned
