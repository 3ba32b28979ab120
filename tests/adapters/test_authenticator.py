"""The software authenticator satisfies a second server, so its faults cannot hide ours (T3)."""

import pytest
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity

from tests.adapters.conftest import ORIGIN, RP_ID
from tests.authenticator import EDDSA, ES256, KINDS, Authenticator, b64u, new_key

USER = {"id": b"ann", "name": "ann", "displayName": "Ann"}


@pytest.fixture
def server():
    party = PublicKeyCredentialRpEntity(id=RP_ID, name="Acme")
    return Fido2Server(party, verify_origin=lambda origin: origin == ORIGIN)


def _register(server, authenticator, **knobs):
    options, state = server.register_begin(USER, user_verification="required")
    answer = authenticator.create(dict(options)["publicKey"], **knobs)
    return server.register_complete(state, answer)


@pytest.mark.parametrize("fmt", ["none", "packed"])
@pytest.mark.parametrize("algorithm", KINDS, ids=KINDS.get)
def test_another_server_accepts_our_authenticator(server, algorithm, fmt):
    authenticator = Authenticator(ORIGIN, algorithm=algorithm)
    passkey = _register(server, authenticator, fmt=fmt).credential_data
    assert passkey.credential_id in authenticator.credentials
    options, state = server.authenticate_begin([passkey], user_verification="required")
    answer = authenticator.get(dict(options)["publicKey"])
    assert server.authenticate_complete(state, [passkey], answer) == passkey


@pytest.mark.parametrize(
    "knobs",
    [
        {"signer": new_key(ES256)},
        {"client": {"origin": "https://evil.example"}},
        {"client": {"challenge": b64u(b"other")}},
        {"rp_hash": bytes(32)},
        {"flags": 0},
        {"junk": b"\x00"},
    ],
    ids=lambda knobs: next(iter(knobs)),
)
def test_another_server_refuses_what_the_knobs_spoil(server, knobs):
    authenticator = Authenticator(ORIGIN)
    passkey = _register(server, authenticator).credential_data
    options, state = server.authenticate_begin([passkey], user_verification="required")
    answer = authenticator.get(dict(options)["publicKey"], **knobs)
    with pytest.raises(Exception, match=r".*"):  # It has no error of its own for all of them.
        server.authenticate_complete(state, [passkey], answer)


def test_an_authenticator_makes_only_what_it_is_asked_for(server):
    options, _ = server.register_begin(USER)
    offered = dict(options)["publicKey"] | {
        "pubKeyCredParams": [{"type": "public-key", "alg": ES256}]
    }
    with pytest.raises(AssertionError):
        Authenticator(ORIGIN, algorithm=EDDSA).create(offered)
