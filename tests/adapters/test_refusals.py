"""Every check of section 4 that needs no database, and the cause its failure is logged under.

Rows carry the number of their negative case. What they share: the response is valid but for one
thing, so no other check can be what refuses it.
"""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scimserver.adapters import webauthn
from scimserver.domain.sign_in_errors import PasskeyRejectedError
from tests.adapters.conftest import CHALLENGE, ORIGIN
from tests.authenticator import (
    AT,
    BE,
    BS,
    ED,
    EDDSA,
    ES256,
    RS256,
    UP,
    UV,
    b64u,
    cbor2,
    cose_key,
    new_key,
)

GOOD_FLAGS = UP | UV | BE | BS
MODEL = bytes.fromhex("08987058cadc4b81b6e130de50dcbe96")
EC2 = cose_key(new_key(ES256), ES256)
RSA = cose_key(new_key(RS256), RS256)
P384 = cose_key(ec.generate_private_key(ec.SECP384R1()), ES256)
# In Python the keys 1 and True are the same.
TRUE_FOR_ONE = cbor2.dumps(EC2).replace(b"\xa5\x01", b"\xa5\xf5", 1)
NONE = {"fmt": "none", "attStmt": {}, "authData": bytes(37)}


def _client(**members):
    """Return client data whose members may be null."""
    valid = {"challenge": b64u(CHALLENGE), "origin": ORIGIN, "crossOrigin": False}
    return json.dumps(valid | members).encode()


# Knobs that spoil either response, with {type} of the ceremony filled in below.
CLIENT_DATA = [
    ("N12 other bytes", {"challenge": b64u(bytes(32))}, "challenge_mismatch"),
    ("N12 empty", {"challenge": ""}, "challenge_mismatch"),
    ("N12 another spelling", {"challenge": b64u(CHALLENGE) + "="}, "challenge_mismatch"),
    ("N12 number", {"challenge": 7}, "client_data_malformed"),
    ("N12 null", {"challenge": None}, "client_data_malformed"),
    ("N15 other site", {"origin": "https://evil.example"}, "origin_mismatch"),
    ("N15 other port", {"origin": ORIGIN + ":444"}, "origin_mismatch"),
    ("N15 suffix", {"origin": ORIGIN + ".evil.example"}, "origin_mismatch"),
    ("N15 opaque", {"origin": "null"}, "origin_mismatch"),
    ("N15 half a pair", {"origin": "\ud800"}, "origin_mismatch"),
    ("N15 null", {"origin": None}, "client_data_malformed"),
    ("N15 list", {"origin": [ORIGIN]}, "client_data_malformed"),
    ("N16 empty", {"type": ""}, "client_data_type"),
    ("N16 password", {"type": "password"}, "client_data_type"),
    ("N16 null", {"type": None}, "client_data_malformed"),
    ("N17 true", {"crossOrigin": True}, "cross_origin"),
    ("N17 text", {"crossOrigin": "false"}, "cross_origin"),
    ("N17 null", {"crossOrigin": None}, "cross_origin"),
    ("N17 zero", {"crossOrigin": 0}, "cross_origin"),
    ("N18 our own", {"topOrigin": ORIGIN}, "top_origin"),
    ("N18 null", {"topOrigin": None}, "top_origin"),
]

RAW_CLIENT_DATA = [
    ("N12 missing", lambda kind: json.dumps({"type": kind, "origin": ORIGIN}).encode()),
    ("N15 missing", lambda kind: json.dumps({"type": kind, "challenge": "x"}).encode()),
    ("N16 missing", lambda _: json.dumps({"origin": ORIGIN, "challenge": "x"}).encode()),
    ("N19 UTF-16", lambda kind: _client(type=kind).decode().encode("utf-16")),
    ("N19 not UTF-8", lambda kind: _client(type=kind) + b"\xff"),
    ("N19 not JSON", lambda _: b"webauthn"),
    ("N19 empty", lambda _: b""),
    ("N19 array", lambda _: b"[]"),
    ("N19 text", lambda _: b'"x"'),
    ("N19 deep", lambda _: b"[" * 20_000 + b"]" * 20_000),
    ("N19 deep objects", lambda _: b'{"a":' * 20_000),
    ("N19 long number", lambda _: b"9" * 5_000),
    ("N19 twice", lambda kind: _client(type=kind)[:-1] + b', "type": "x"}'),
]

# Flags are those of an assertion; a registration adds AT.
FLAGS = [
    ("N20 other RP ID", {"rp_hash": bytes(32)}, "rp_id_mismatch"),
    ("N21 UP missing", {"flags": GOOD_FLAGS & ~UP}, "user_not_present"),
    ("N22 UV missing", {"flags": GOOD_FLAGS & ~UV}, "user_not_verified"),
    ("N23 BS without BE", {"flags": GOOD_FLAGS & ~BE}, "backup_flags"),
    ("N26 left over", {"junk": b"\xa0"}, "authenticator_data_malformed"),
    ("N27 nothing", {"flags": GOOD_FLAGS | ED}, "authenticator_data_malformed"),
    ("N27 junk", {"flags": GOOD_FLAGS | ED, "junk": b"\xff"}, "authenticator_data_malformed"),
    ("N27 number", {"flags": GOOD_FLAGS | ED, "junk": b"\x00"}, "authenticator_data_malformed"),
    ("N27 list", {"flags": GOOD_FLAGS | ED, "junk": b"\x80"}, "authenticator_data_malformed"),
    (
        "N27 map and more",
        {"flags": GOOD_FLAGS | ED, "junk": b"\xa0\xa0"},
        "authenticator_data_malformed",
    ),
    ("N55 36 bytes", {"auth_data": bytes(36)}, "authenticator_data_malformed"),
    ("N55 none", {"auth_data": b""}, "authenticator_data_malformed"),
]

ATTESTED = [
    ("N25 AT missing, data there", {"flags": GOOD_FLAGS}, "authenticator_data_malformed"),
    ("N25 AT missing, data too", {"flags": GOOD_FLAGS, "attested": b""}, "no_attested_credential"),
    ("N25 AT without data", {"attested": b""}, "authenticator_data_malformed"),
    ("N25 cut in the AAGUID", {"attested": bytes(9)}, "authenticator_data_malformed"),
    (
        "N25 cut in the id",
        {"attested": bytes(16) + b"\x00\x20" + bytes(9)},
        "authenticator_data_malformed",
    ),
    ("N25 cut in the key", {"cose": cbor2.dumps(EC2)[:-1]}, "authenticator_data_malformed"),
    ("N28 truncated", {"att_raw": cbor2.dumps(NONE)[:-1]}, "attestation_malformed"),
    ("N28 empty", {"att_raw": b""}, "attestation_malformed"),
    ("N28 list", {"att_raw": cbor2.dumps(list(NONE))}, "attestation_malformed"),
    (
        "N28 twice",
        {"att_raw": b"\xa4" + cbor2.dumps(NONE)[1:] + cbor2.dumps("fmt") + cbor2.dumps("none")},
        "attestation_malformed",
    ),
    ("N28 deep", {"att_raw": b"\x81" * 5_000}, "attestation_malformed"),
    ("N28 tagged", {"att_raw": b"\xd9\xd9\xf7" + cbor2.dumps(NONE)}, "attestation_malformed"),
    (
        "N28 without a length",
        {"att_raw": b"\xbf" + cbor2.dumps(NONE)[1:] + b"\xff"},
        "attestation_malformed",
    ),
    ("N28 a list as a key", {"att_raw": b"\xa1\x80\x00"}, "attestation_malformed"),
    ("N29 missing", {"drop": ["authData"]}, "attestation_malformed"),
    ("N29 text", {"att_obj": {"authData": "x" * 37}}, "attestation_malformed"),
    ("N30 number", {"att_obj": {"fmt": 1}}, "attestation_not_asked_for"),
    ("N30 list", {"att_obj": {"fmt": ["none"]}}, "attestation_not_asked_for"),
    ("N30 unknown", {"att_obj": {"fmt": "ours"}}, "attestation_not_asked_for"),
    ("N30 compound", {"att_obj": {"fmt": "compound"}}, "attestation_not_asked_for"),
    (
        "N31 with a statement",
        {"att_obj": {"attStmt": {"alg": ES256, "sig": b"x"}}},
        "attestation_not_asked_for",
    ),
    ("N32 names a model", {"fmt": "packed", "aaguid": MODEL}, "attestation_names_model"),
    ("N32 bad signature", {"fmt": "packed", "sig": b"x" * 70}, "attestation_signature"),
    ("N32 other key", {"fmt": "packed", "signer": new_key(ES256)}, "attestation_signature"),
    (
        "N32 other algorithm",
        {"fmt": "packed", "att_obj": {"attStmt": {"alg": EDDSA, "sig": b"x"}}},
        "attestation_algorithm",
    ),
    (
        "N33 x5c",
        {"fmt": "packed", "att_obj": {"attStmt": {"alg": ES256, "sig": b"x", "x5c": [b"x"]}}},
        "attestation_not_asked_for",
    ),
    (
        "N33 x5c no list",
        {"fmt": "packed", "att_obj": {"attStmt": {"alg": ES256, "sig": b"x", "x5c": 1}}},
        "attestation_not_asked_for",
    ),
    (
        "N33 packed of nothing",
        {"fmt": "packed", "att_obj": {"attStmt": {}}},
        "attestation_not_asked_for",
    ),
    (
        "N33 tpm",
        {"att_obj": {"fmt": "tpm", "attStmt": {"ver": "2.0"}}},
        "attestation_not_asked_for",
    ),
    (
        "N33 android-safetynet",
        {"att_obj": {"fmt": "android-safetynet", "attStmt": {"response": b"x"}}},
        "attestation_not_asked_for",
    ),
    (
        "N33 fido-u2f",
        {"att_obj": {"fmt": "fido-u2f", "attStmt": {"sig": b"x"}}},
        "attestation_not_asked_for",
    ),
    ("N33 fido-u2f without", {"att_obj": {"fmt": "fido-u2f"}}, "attestation_not_asked_for"),
    ("N34 no kty", {"cose": {k: v for k, v in EC2.items() if k != 1}}, "key_malformed"),
    ("N34 list", {"cose": cbor2.dumps([1, 2])}, "key_malformed"),
    ("N34 number", {"cose": cbor2.dumps(4)}, "key_malformed"),
    ("N34 kty true", {"cose": EC2 | {1: True}}, "key_malformed"),
    ("N34 true for kty", {"cose": TRUE_FOR_ONE}, "authenticator_data_malformed"),
    ("N35 off the curve", {"cose": EC2 | {-3: bytes(31) + b"\x01"}}, "key_unfit"),
    ("N36 P-384", {"cose": P384}, "key_unfit"),
    ("N36 P-384 called P-256", {"cose": P384 | {-1: 1}}, "key_unfit"),
    ("N37 ES512", {"cose": EC2 | {3: -36}}, "algorithm_not_offered"),
    ("N37 PS256", {"cose": RSA | {3: -37}}, "algorithm_not_offered"),
    ("N37 ML-DSA", {"cose": {1: 7, 3: -48, -1: bytes(1312)}}, "algorithm_not_offered"),
    ("N37 text", {"cose": EC2 | {3: "ES256"}}, "algorithm_not_offered"),
    ("N38 rawId", {"top": {"rawId": b64u(bytes(32))}}, "id_mismatch"),
    (
        "N39 both",
        {"top": {"id": b64u(bytes(32)), "rawId": b64u(bytes(32))}},
        "credential_id_mismatch",
    ),
    ("N40 1024 bytes", {"identity": bytes(1024)}, "credential_id_length"),
    ("N40 8 bytes", {"identity": bytes(8)}, "credential_id_length"),
    ("N41", {"top": {"clientExtensionResults": {"credProps": {"rk": False}}}}, "not_discoverable"),
    ("N42 missing", {"drop": ["attStmt"]}, "attestation_malformed"),
    ("N42 list", {"att_obj": {"attStmt": []}}, "attestation_malformed"),
    ("N42 null", {"att_obj": {"attStmt": None}}, "attestation_malformed"),
    ("N42 unknown member", {"att_obj": {"attStmt": {"other": 1}}}, "attestation_not_asked_for"),
    ("N42 extra", {"att_obj": {"epAtt": False}}, "attestation_malformed"),
    ("N43 RSA 1024", {"cose": cose_key(new_key(RS256, 1024), RS256)}, "key_unfit"),
    ("N43 RSA 4097", {"cose": RSA | {-1: b"\x01" + bytes(511) + b"\x01"}}, "key_unfit"),
    ("N43 RSA e 3", {"cose": RSA | {-2: b"\x03"}}, "key_unfit"),
    ("N43 RSA e of 65 bits", {"cose": RSA | {-2: b"\x01" + bytes(7) + b"\x01"}}, "key_unfit"),
    ("N43 RSA under ES256", {"cose": RSA | {3: ES256}}, "key_unfit"),
    ("N43 OKP under ES256", {"cose": cose_key(new_key(EDDSA), EDDSA) | {3: ES256}}, "key_unfit"),
    ("N43 RSA under EdDSA", {"cose": RSA | {3: EDDSA}}, "key_unfit"),
    ("N43 OKP under RS256", {"cose": cose_key(new_key(EDDSA), EDDSA) | {3: RS256}}, "key_unfit"),
    ("N43 EC2 under RS256", {"cose": EC2 | {3: RS256}}, "key_unfit"),
    ("N43 halves as text", {"cose": EC2 | {-2: "x" * 32, -3: "y" * 32}}, "key_unfit"),
    ("N43 compressed", {"cose": EC2 | {-3: True}}, "key_unfit"),
    ("N43 a padded half", {"cose": EC2 | {-2: b"\x00" + EC2[-2]}}, "key_coordinates"),
    ("N43 optional member", {"cose": EC2 | {2: b"kid"}}, "key_unfit"),
    ("N43 short Ed25519", {"cose": {1: 1, 3: EDDSA, -1: 6, -2: bytes(31)}}, "key_unfit"),
    ("N43 algorithm as a float", {"cose": EC2 | {3: -7.0}}, "authenticator_data_malformed"),
    ("N58 no attestationObject", {"resp": {"attestationObject": None}}, "attestation_unreadable"),
    ("N58 number", {"resp": {"attestationObject": 5}}, "attestation_unreadable"),
    ("N58 bad base64", {"resp": {"attestationObject": "a$b="}}, "attestation_unreadable"),
]

ASSERTED = [
    ("N45 another key", {"signer": new_key(ES256)}, "signature_invalid"),
    (
        "N46 other client data",
        {"resp": {"clientDataJSON": b64u(_client(type="webauthn.get"))}},
        "signature_invalid",
    ),
    ("N47 empty", {"sig": b""}, "signature_invalid"),
    ("N47 bad base64", {"resp": {"signature": "a$b="}}, "signature_unreadable"),
    ("N47 missing", {"resp": {"signature": None}}, "signature_unreadable"),
    ("N51 number", {"resp": {"userHandle": 5}}, "user_handle_malformed"),
    ("N51 bad base64", {"resp": {"userHandle": "a$b="}}, "user_handle_malformed"),
    ("N53 forged, count low", {"count": 0, "sig": b"x"}, "signature_invalid"),
    (
        "N58 no authenticatorData",
        {"resp": {"authenticatorData": None}},
        "authenticator_data_unreadable",
    ),
    ("N58 list", {"resp": {"authenticatorData": []}}, "authenticator_data_unreadable"),
]

SHAPES = [
    ("N38 rawId", {"rawId": b64u(bytes(32))}, "id_mismatch"),
    ("N38 no rawId", {"rawId": None}, "id_mismatch"),
    (
        "N40 1024 bytes",
        {"id": b64u(bytes(1024)), "rawId": b64u(bytes(1024))},
        "credential_id_length",
    ),
    ("N40 15 bytes", {"id": b64u(bytes(15)), "rawId": b64u(bytes(15))}, "credential_id_length"),
    ("N57 password", {"type": "password"}, "credential_type"),
    ("N57 missing", {"type": None}, "credential_type"),
    ("N58 no id", {"id": None}, "credential_id_malformed"),
    ("N58 id number", {"id": 5}, "credential_id_malformed"),
    ("N58 id padded", {"id": b64u(bytes(32)) + "="}, "credential_id_malformed"),
    ("N58 id of stray bits", {"id": "A" * 42 + "B"}, "credential_id_malformed"),
    ("N58 id of a lone letter", {"id": "A" * 41}, "credential_id_malformed"),
    ("N58 id and a line", {"id": b64u(bytes(32)) + "\n"}, "credential_id_malformed"),
    ("N58 no response", {"response": None}, "response_malformed"),
    ("N58 response a list", {"response": []}, "response_malformed"),
]

UNREADABLE = [("missing", None), ("number", 5), ("bad base64", "a$b="), ("padded", "e30=")]


def _rows(rows):
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def _cause(refusal):
    assert refusal.value.error == "passkey_rejected"
    assert refusal.value.unknown_credential is False
    return refusal.value.cause


@pytest.fixture
def refuse_registration(ceremonies):
    def refuse(**knobs):
        with pytest.raises(PasskeyRejectedError) as refusal:
            ceremonies.register(**knobs)
        return _cause(refusal)

    return refuse


@pytest.fixture
def refuse_assertion(ceremonies):
    """Spoil an assertion; the same one, unspoiled, is accepted."""
    public_key = ceremonies.register().public_key
    (passkey,) = ceremonies.authenticator.credentials.values()

    def refuse(**knobs):
        with pytest.raises(PasskeyRejectedError) as refusal:
            ceremonies.judge(ceremonies.get(credential=passkey, **knobs), public_key)
        assert ceremonies.judge(ceremonies.get(credential=passkey), public_key)
        return _cause(refusal)

    return refuse


@pytest.mark.parametrize(("members", "cause"), _rows(CLIENT_DATA))
def test_client_data_is_refused(refuse_registration, refuse_assertion, members, cause):
    assert refuse_registration(client_raw=_client(**{"type": "webauthn.create"} | members)) == cause
    assert refuse_assertion(client_raw=_client(**{"type": "webauthn.get"} | members)) == cause


@pytest.mark.parametrize("write", _rows(RAW_CLIENT_DATA))
def test_client_data_that_is_no_such_object_is_refused(
    refuse_registration, refuse_assertion, write
):
    cause = "client_data_malformed"
    assert refuse_registration(client_raw=write("webauthn.create")) == cause
    assert refuse_assertion(client_raw=write("webauthn.get")) == cause


def test_types_of_the_two_ceremonies_are_not_taken_for_one_another(
    refuse_registration, refuse_assertion
):
    """N16."""
    assert refuse_registration(client={"type": "webauthn.get"}) == "client_data_type"
    assert refuse_assertion(client={"type": "webauthn.create"}) == "client_data_type"


@pytest.mark.parametrize(("knobs", "cause"), _rows(FLAGS))
def test_authenticator_data_is_refused(refuse_registration, refuse_assertion, knobs, cause):
    assert refuse_assertion(**knobs) == cause
    attested = {"flags": knobs["flags"] | AT} if "flags" in knobs else {}
    assert refuse_registration(**knobs | attested) == cause


@pytest.mark.parametrize(("knobs", "cause"), _rows(ATTESTED))
def test_a_registration_is_refused(refuse_registration, knobs, cause):
    assert refuse_registration(**knobs) == cause


@pytest.mark.parametrize(("knobs", "cause"), _rows(ASSERTED))
def test_an_assertion_is_refused(refuse_assertion, knobs, cause):
    assert refuse_assertion(**knobs) == cause


@pytest.mark.parametrize(("members", "cause"), _rows(SHAPES))
def test_a_credential_of_another_shape_is_refused(
    refuse_registration, refuse_assertion, members, cause
):
    assert refuse_registration(top=members) == cause
    assert refuse_assertion(top=members) == cause


@pytest.mark.parametrize("value", _rows(UNREADABLE))
def test_client_data_must_be_base64url(refuse_registration, refuse_assertion, value):
    """N58."""
    assert refuse_registration(resp={"clientDataJSON": value}) == "client_data_unreadable"
    assert refuse_assertion(resp={"clientDataJSON": value}) == "client_data_unreadable"


@pytest.mark.parametrize("credential", [None, "x", 5, [], [{}]], ids=repr)
def test_a_credential_must_be_an_object(ceremonies, credential):
    for judged in (
        lambda: ceremonies.verify(credential),
        lambda: ceremonies.judge(credential, b""),
        lambda: webauthn.read_assertion(credential),
    ):
        with pytest.raises(PasskeyRejectedError) as refusal:
            judged()
        assert _cause(refusal) == "credential_malformed"


def test_bytes_after_the_attestation_are_refused(ceremonies, refuse_registration):
    """N44."""
    whole = ceremonies.create()["response"]["attestationObject"]
    spoiled = b64u(webauthn.strict.from_base64url(whole, "test") + b"\x00")
    assert refuse_registration(resp={"attestationObject": spoiled}) == "attestation_malformed"
