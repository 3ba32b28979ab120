"""Nothing that a client can send gets anything but PasskeyRejectedError out (P22, P40)."""

import copy
from base64 import urlsafe_b64decode

import cbor2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scimserver.adapters import cbor, webauthn
from scimserver.domain.sign_in_errors import PasskeyRejectedError
from tests.adapters.conftest import CHALLENGE, ORIGIN, RP_ID, Ceremonies
from tests.authenticator import Authenticator, b64u

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    LEAVES | st.binary().map(b64u),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["id", "rawId", "type", "response", "clientExtensionResults", "authenticatorAttachment"]
)
INNER = st.sampled_from(
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
)
SHAPED = st.dictionaries(NAMES, JSON | st.dictionaries(INNER, JSON)) | JSON

# One registration and one assertion, made once: what varies is what is done to them.
_VALID = Ceremonies(Authenticator(ORIGIN))
CREATED = _VALID.create(fmt="packed")
PUBLIC_KEY = _VALID.verify(CREATED).public_key
GOT = _VALID.get()


def _judge(credential, public_key=PUBLIC_KEY):
    """Feed every reader; return how many were satisfied."""
    readers = [
        lambda: webauthn.verify_registration(RP_ID, [ORIGIN], CHALLENGE, credential),
        lambda: webauthn.read_assertion(credential),
        lambda: webauthn.verify_assertion(RP_ID, [ORIGIN], CHALLENGE, credential, public_key),
    ]
    refusals = []
    for reader in readers:
        try:
            assert reader()
        except PasskeyRejectedError as refusal:
            refusals.append(refusal)
    assert all(refusal.cause and refusal.detail.isprintable() for refusal in refusals)
    return len(readers) - len(refusals)


def test_the_responses_that_are_spoiled_here_were_valid():
    assert _judge(CREATED) == 1
    assert _judge(GOT) == 2


@given(SHAPED)
def test_no_json_gets_anything_else_out(credential):
    assert _judge(credential) == 0


@given(
    st.sampled_from([CREATED, GOT]),
    st.sampled_from([(), ("response",), ("clientExtensionResults",)]),
    st.data(),
    JSON,
)
def test_no_member_put_in_place_of_another_does(valid, where, data, value):
    credential = copy.deepcopy(valid)
    parent = credential
    for name in where:
        parent = parent[name]
    name = data.draw(st.sampled_from([*parent, "credProps", "userHandle"]))
    parent[name] = value
    _judge(credential)


def _spoil(raw, at, removed, inserted):
    at %= len(raw) + 1
    return raw[:at] + inserted + raw[at + removed :]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(
    st.sampled_from(["attestationObject", "authenticatorData", "clientDataJSON", "signature"]),
    st.integers(0, 2000),
    st.integers(0, 4),
    st.binary(max_size=4),
)
@example("attestationObject", 0, 0, b"\x81" * 6000)
@example("clientDataJSON", 0, 0, b"[" * 40000)
def test_no_bytes_of_a_response_do(name, at, removed, inserted):
    valid = CREATED if name == "attestationObject" else GOT
    credential = copy.deepcopy(valid)
    raw = urlsafe_b64decode(valid["response"][name] + "==")
    spoiled = _spoil(raw, at, removed, inserted)
    credential["response"][name] = b64u(spoiled)
    satisfied = _judge(credential)
    # A signature covers whatever was changed, so only what is left as it was is accepted.
    if valid is GOT:
        assert (satisfied == 2) == (spoiled == raw)


@given(st.integers(0, 2000), st.integers(0, 4), st.binary(max_size=4))
def test_no_bytes_of_a_stored_key_do(at, removed, inserted):
    _judge(GOT, _spoil(PUBLIC_KEY, at, removed, inserted))


WRITABLE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-9, 9) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


def _depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(WRITABLE)
@example([[[[]]]])
@example({1: {2: {3: {4: {}}}}})
def test_cbor_that_another_program_writes_is_read_the_same(value):
    raw = cbor2.dumps(value)
    if _depth(value) <= cbor.MAX_DEPTH:
        assert cbor.decode(raw) == value
    else:
        with pytest.raises(cbor.MalformedCborError):
            cbor.decode(raw)


@settings(max_examples=500)
@given(st.binary(max_size=12) | st.binary(max_size=40).map(lambda raw: b"\xa2" + raw))
def test_cbor_that_is_read_means_the_same_to_another_program(raw):
    try:
        value = cbor.decode(raw)
    except cbor.MalformedCborError:
        return
    assert cbor2.loads(raw, allow_duplicate_keys=False) == value


@pytest.mark.parametrize(
    "raw",
    ["c1", "f97e00", "f800", "f818", "f7", "5f", "1f", "9f00ff", "a1f500", "a2000000f5", "61ff"],
)
def test_cbor_that_no_authenticator_writes_is_not_read(raw):
    with pytest.raises(cbor.MalformedCborError):
        cbor.decode(bytes.fromhex(raw))
