"""A software authenticator with a browser around it; every byte it sends has a knob.

``create`` and ``get`` take the ``publicKey`` member of our options and return what
``credential.toJSON()`` would. Without knobs the response is valid. A knob replaces one thing:

=============  ====================================================================================
``flags``      the flag byte (UP 1, UV 4, BE 8, BS 16, AT 64, ED 128)
``count``      the sign count
``rp_hash``    the hash of the RP ID
``attested``   everything between sign count and extensions (AAGUID, credential id, key)
``cose``       the public key, as a dict or as bytes
``junk``       bytes after the authenticator data's last member, also extensions
``auth_data``  the whole authenticator data
``fmt``        ``none`` or ``packed`` (self attestation); ``aaguid`` names a model
``att_obj``    members laid over the attestation object; ``drop`` leaves members out of it
``att_raw``    the whole attestation object as bytes
``client``     members laid over the client data; None leaves one out
``client_raw`` the whole client data as bytes
``signer``     another private key to sign with; ``sig`` the whole signature
``resp``       members laid over ``response``, ``top`` over the credential; None leaves one out
=============  ====================================================================================
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

UP, UV, BE, BS, AT, ED = 1, 4, 8, 16, 64, 128
ES256, EDDSA, RS256 = -7, -8, -257
KINDS = {EDDSA: "EdDSA", ES256: "ES256", RS256: "RS256"}
UNATTESTED = bytes(16)


def b64u(raw):
    return urlsafe_b64encode(raw).decode().rstrip("=")


def unb64u(text):
    return urlsafe_b64decode(text + "==")


def new_key(algorithm, bits=2048, exponent=65537):
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(exponent, bits)


def cose_key(key, algorithm):
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers, size = public.public_numbers(), (public.key_size + 7) // 8
        curve = {"secp256r1": 1, "secp384r1": 2, "secp521r1": 3}[public.curve.name]
        x, y = numbers.x.to_bytes(size), numbers.y.to_bytes(size)
        return {1: 2, 3: algorithm, -1: curve, -2: x, -3: y}
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {1: 1, 3: algorithm, -1: 6, -2: public.public_bytes_raw()}
    n, e = public.public_numbers().n, public.public_numbers().e
    least = (e.bit_length() + 7) // 8
    return {1: 3, 3: algorithm, -1: n.to_bytes((n.bit_length() + 7) // 8), -2: e.to_bytes(least)}


def sign(key, message):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def _laid_over(members, changes):
    return {name: value for name, value in (members | changes).items() if value is not None}


@dataclass
class Credential:
    """What the authenticator keeps of a passkey."""

    id: bytes
    rp_id: str
    user_handle: bytes
    algorithm: int
    key: Any
    count: int = 0

    def cose(self):
        return cose_key(self.key, self.algorithm)


class Authenticator:
    """Keeps its passkeys in ``credentials``, by id. ``step`` is added to the count at each use."""

    def __init__(self, origin, *, algorithm=ES256, backup=BE | BS, aaguid=UNATTESTED, step=1):
        self.origin = origin
        self.algorithm = algorithm
        self.backup = backup
        self.aaguid = aaguid
        self.step = step
        self.credentials: dict[bytes, Credential] = {}

    def create(self, options, *, key=None, identity=None, **knobs):
        """Answer ``navigator.credentials.create``. ``key`` and ``identity`` are taken as given."""
        offered = {item["alg"] for item in options["pubKeyCredParams"]}
        assert self.algorithm in offered
        credential = Credential(
            id=identity or secrets.token_bytes(32),
            rp_id=options["rp"]["id"],
            user_handle=unb64u(options["user"]["id"]),
            algorithm=self.algorithm,
            key=key or new_key(self.algorithm),
        )
        self.credentials[credential.id] = credential
        data = self._auth_data(
            credential, UP | UV | AT | self.backup, self._attested(credential, knobs), knobs
        )
        client = self._client_data("webauthn.create", options["challenge"], knobs)
        response = {
            "clientDataJSON": b64u(client),
            "attestationObject": b64u(self._attestation(credential, data, client, knobs)),
            "transports": ["internal", "hybrid"],
            "publicKeyAlgorithm": credential.algorithm,
            "authenticatorData": b64u(data),
        }
        extensions = {"credProps": {"rk": True}} if "extensions" in options else {}
        return self._credential(credential, response, extensions, knobs)

    def get(self, options, credential=None, **knobs):
        """Answer ``navigator.credentials.get`` with a passkey, or the only one there is."""
        if credential is None:
            (credential,) = self.credentials.values()
        credential.count += self.step
        data = self._auth_data(credential, UP | UV | self.backup, b"", knobs)
        client = self._client_data("webauthn.get", options["challenge"], knobs)
        response = {
            "clientDataJSON": b64u(client),
            "authenticatorData": b64u(data),
            "signature": b64u(self._signature(credential, data, client, knobs)),
            "userHandle": b64u(credential.user_handle),
        }
        return self._credential(credential, response, {}, knobs)

    def _attested(self, credential, knobs):
        cose = knobs.get("cose", credential.cose())
        key = cose if isinstance(cose, bytes) else cbor2.dumps(cose)
        length = struct.pack(">H", len(credential.id))
        return knobs.get("aaguid", self.aaguid) + length + credential.id + key

    def _auth_data(self, credential, flags, attested, knobs):
        written = (
            knobs.get("rp_hash", hashlib.sha256(credential.rp_id.encode()).digest())
            + bytes([knobs.get("flags", flags)])
            + struct.pack(">I", knobs.get("count", credential.count))
            + knobs.get("attested", attested)
            + knobs.get("junk", b"")
        )
        return knobs.get("auth_data", written)

    def _client_data(self, kind, challenge, knobs):
        members = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        changed = _laid_over(members, knobs.get("client", {}))
        return knobs.get("client_raw", json.dumps(changed, separators=(",", ":")).encode())

    def _attestation(self, credential, data, client, knobs):
        fmt = knobs.get("fmt", "none")
        statement: dict[str, Any] = {}
        if fmt == "packed":
            signature = self._signature(credential, data, client, knobs)
            statement = {"alg": credential.algorithm, "sig": signature}
        members = {"fmt": fmt, "attStmt": statement, "authData": data} | knobs.get("att_obj", {})
        kept = {name: value for name, value in members.items() if name not in knobs.get("drop", ())}
        return knobs.get("att_raw", cbor2.dumps(kept))

    def _signature(self, credential, data, client, knobs):
        message = data + hashlib.sha256(client).digest()
        return knobs.get("sig", sign(knobs.get("signer", credential.key), message))

    def _credential(self, credential, response, extensions, knobs):
        return _laid_over(
            {
                "id": b64u(credential.id),
                "rawId": b64u(credential.id),
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "clientExtensionResults": extensions,
                "response": _laid_over(response, knobs.get("resp", {})),
            },
            knobs.get("top", {}),
        )
