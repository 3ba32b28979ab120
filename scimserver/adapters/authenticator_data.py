"""What an authenticator signs or attests, taken apart and judged (P24, P25, P27)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from scimserver.adapters import cbor
from scimserver.adapters.strict import rejected

ES256, EDDSA, RS256 = -7, -8, -257

# rpIdHash, flags and sign count come before everything else.
_HEADER = 37
_FLAGS = 32
_ATTESTED, _EXTENDED = 64, 128

# Members of a COSE key: WebAuthn allows those its type needs and no optional one (section 6.5.1.1).
_KTY, _ALG = 1, 3
_MEMBERS = {ES256: {1, 3, -1, -2, -3}, EDDSA: {1, 3, -1, -2}, RS256: {1, 3, -1, -2}}

_COORDINATE = 32
# OpenSSL never verifies with a larger exponent under a modulus of more than 3072 bits.
_LONGEST_EXPONENT = 8


class Attestation(NamedTuple):
    """The attestation object of a registration."""

    format: str
    authenticator_data: bytes


def read_attestation(raw: bytes) -> Attestation:
    """Return the attestation, if it is one we asked for: none, or a passkey's own signature."""
    try:
        found = cbor.decode(raw)
    except cbor.MalformedCborError as refusal:
        raise rejected("attestation_malformed", str(refusal)) from refusal
    if not isinstance(found, dict) or found.keys() != {"fmt", "attStmt", "authData"}:
        raise rejected("attestation_malformed")
    fmt, statement, data = found["fmt"], found["attStmt"], found["authData"]
    if not isinstance(statement, dict) or not isinstance(data, bytes):
        raise rejected("attestation_malformed")
    nothing = fmt == "none" and not statement
    own = fmt == "packed" and statement.keys() == {"alg", "sig"}
    if not (nothing or own):
        raise rejected("attestation_not_asked_for", f"fmt {fmt!r}")
    return Attestation(fmt, data)


def check_authenticator_data(raw: bytes) -> None:
    """Raise unless every byte is accounted for: attested key and extensions where flags say so."""
    try:
        _walk(raw)
    except cbor.MalformedCborError as refusal:
        raise rejected("authenticator_data_malformed", str(refusal)) from refusal


def _walk(raw: bytes) -> None:
    if len(raw) < _HEADER:
        raise rejected("authenticator_data_malformed", f"{len(raw)} bytes")
    flags, at = raw[_FLAGS], _HEADER
    if flags & _ATTESTED:
        at += 16 + 2 + int.from_bytes(raw[at + 16 : at + 18])
        key, at = cbor.read(raw, at)
        if not isinstance(key, dict) or type(key.get(_KTY)) is not int:
            raise rejected("key_malformed")
    if flags & _EXTENDED:
        extensions, at = cbor.read(raw, at)
        if not isinstance(extensions, dict):
            raise rejected("authenticator_data_malformed", "extensions that are no map")
    if at != len(raw):
        raise rejected("authenticator_data_malformed", f"{len(raw) - at} bytes left over")


def check_key(encoded: bytes, key: object) -> None:
    """Raise unless a loaded public key is what its algorithm, one we offered, calls for (P27)."""
    members = cbor.decode(encoded)
    algorithm = members[_ALG]
    if members.keys() != _MEMBERS[algorithm]:
        raise rejected("key_unfit", "members")
    if not _FIT[algorithm](members, key):
        raise rejected("key_unfit", f"algorithm {algorithm}")
    # A number may be padded without being another, so one key could be stored in many shapes.
    if algorithm == ES256 and not len(members[-2]) == len(members[-3]) == _COORDINATE:
        raise rejected("key_coordinates")


def _is_p256(_: Mapping[int, Any], key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _is_ed25519(_: Mapping[int, Any], key: object) -> bool:
    return isinstance(key, ed25519.Ed25519PublicKey)


def _is_rsa(members: Mapping[int, Any], key: object) -> bool:
    return (
        isinstance(key, rsa.RSAPublicKey)
        and 2048 <= key.key_size <= 4096
        and key.public_numbers().e >= 65537
        and len(members[-2]) <= _LONGEST_EXPONENT
    )


_FIT = {ES256: _is_p256, EDDSA: _is_ed25519, RS256: _is_rsa}
