"""Passkey ceremonies, without a database: options out, responses judged (WebAuthn Level 3).

The only module that speaks to ``webauthn``. The library verifies signatures, origins, the RP ID and
user presence; what it leaves open is judged by ``strict`` and ``authenticator_data``. Whatever a
client sends, nothing but PasskeyRejectedError leaves the three functions that read it (P22, P40).
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar

import webauthn
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from scimserver.adapters import authenticator_data, strict
from scimserver.domain.sign_in_errors import PasskeyRejectedError

Result = TypeVar("Result")

# An attempt lives as long as its options say (P10).
LIFETIME_SECONDS = 300

# Offered and verified alike, in order of preference (P18).
ALGORITHMS = [
    COSEAlgorithmIdentifier(number)
    for number in (
        authenticator_data.EDDSA,
        authenticator_data.ES256,
        authenticator_data.RS256,
    )
]

UNATTESTED = "00000000-0000-0000-0000-000000000000"

# What the library says when a check of its own fails, and the name our audit log has for it.
CAUSES = {
    "Unexpected client data type": "client_data_type",
    "Unexpected client data origin": "origin_mismatch",
    "Unexpected RP ID hash": "rp_id_mismatch",
    "User presence was required": "user_not_present",
    "User was not present": "user_not_present",
    "User verification is required": "user_not_verified",
    "Authenticator did not provide attested credential data": "no_attested_credential",
    "Unsupported credential public key alg": "algorithm_not_offered",
    "Credential public key alg": "attestation_algorithm",
    "Could not verify attestation statement signature": "attestation_signature",
    "Single-device credential indicated that it was backed up": "backup_flags",
    "Could not verify authentication signature": "signature_invalid",
}


class Party(Protocol):
    """The relying party, as settings name it."""

    @property
    def id(self) -> str:
        """Return the domain that passkeys are bound to."""

    @property
    def name(self) -> str:
        """Return the name that people are shown."""


class Known(NamedTuple):
    """A passkey that is stored already."""

    credential_id: bytes
    transports: Sequence[str]


class Device(StrEnum):
    """Where a new passkey shall live, if its owner says so (P20)."""

    THIS = "this-device"
    SECURITY_KEY = "security-key"


_WHERE = {
    Device.THIS: (AuthenticatorAttachment.PLATFORM, "client-device"),
    Device.SECURITY_KEY: (AuthenticatorAttachment.CROSS_PLATFORM, "security-key"),
}


class Attested(NamedTuple):
    """A passkey as its registration proved it; ``aaguid`` is a claim that nobody vouches for."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    aaguid: str
    transports: tuple[str, ...]
    discoverable: bool | None
    format: str


class Assertion(NamedTuple):
    """Which passkey an answer claims to come from. Nothing of it is verified."""

    credential_id: bytes
    user_handle: bytes | None
    client_data: bytes
    authenticator_data: bytes
    signature: bytes


class Used(NamedTuple):
    """What a verified assertion says of its passkey."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool


def registration_options(
    party: Party,
    challenge: bytes,
    *,
    user_handle: bytes,
    name: str,
    display_name: str,
    exclude: Iterable[Known] = (),
    device: Device | None = None,
) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.create``, as JSON (P17-P20)."""
    attachment, hint = _WHERE[device] if device else (None, None)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_handle,
        user_name=name,
        user_display_name=display_name,
        challenge=challenge,
        timeout=LIFETIME_SECONDS * 1000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            authenticator_attachment=attachment,
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(known) for known in exclude],
        supported_pub_key_algs=ALGORITHMS,
    )
    written = options_to_json_dict(options)
    # The library has no member for extensions.
    written["extensions"] = {"credProps": True}
    if hint:
        written["hints"] = [hint]
    return written


def assertion_options(
    party: Party, challenge: bytes, allow: Iterable[Known] = ()
) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.get``; an empty ``allow`` means any (P73)."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=LIFETIME_SECONDS * 1000,
        allow_credentials=[_descriptor(known) for known in allow],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def verify_registration(
    rp_id: str, origins: Sequence[str], challenge: bytes, credential: Any
) -> Attested:
    """Return the new passkey, or raise PasskeyRejectedError (P21-P28, P36)."""
    identity = strict.read_id(credential)
    response = strict.read_response(credential)
    client_data = strict.from_base64url(response.get("clientDataJSON"), "client_data_unreadable")
    strict.check_client_data(client_data, challenge)
    attestation = authenticator_data.read_attestation(
        strict.from_base64url(response.get("attestationObject"), "attestation_unreadable")
    )
    authenticator_data.check_authenticator_data(attestation.authenticator_data)
    found = _guarded(
        lambda: webauthn.verify_registration_response(
            credential=_plain(credential, response, ("clientDataJSON", "attestationObject")),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    )
    if found.credential_id != identity:
        raise strict.rejected("credential_id_mismatch")
    if attestation.format == "packed" and found.aaguid != UNATTESTED:
        raise strict.rejected("attestation_names_model", found.aaguid)
    _check_key(found.credential_public_key)
    return Attested(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        backup_eligible=found.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        backed_up=found.credential_backed_up,
        aaguid=found.aaguid,
        transports=strict.read_transports(response),
        discoverable=strict.read_discoverable(credential),
        format=attestation.format,
    )


def read_assertion(credential: Any) -> Assertion:
    """Return what an answer to sign-in holds, so that its passkey can be looked up."""
    identity = strict.read_id(credential)
    response = strict.read_response(credential)
    handle = response.get("userHandle")
    return Assertion(
        credential_id=identity,
        # Left out where the options named passkeys; its absence is judged with the ceremony (P29).
        user_handle=None
        if handle is None
        else strict.from_base64url(handle, "user_handle_malformed"),
        client_data=strict.from_base64url(response.get("clientDataJSON"), "client_data_unreadable"),
        authenticator_data=strict.from_base64url(
            response.get("authenticatorData"), "authenticator_data_unreadable"
        ),
        signature=strict.from_base64url(response.get("signature"), "signature_unreadable"),
    )


def verify_assertion(
    rp_id: str, origins: Sequence[str], challenge: bytes, credential: Any, public_key: bytes
) -> Used:
    """Return what the passkey says of itself, once its signature holds (P21-P23, P32)."""
    read = read_assertion(credential)
    strict.check_client_data(read.client_data, challenge)
    authenticator_data.check_authenticator_data(read.authenticator_data)
    members = ("clientDataJSON", "authenticatorData", "signature")
    found = _guarded(
        lambda: webauthn.verify_authentication_response(
            credential=_plain(credential, credential["response"], members),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            credential_public_key=public_key,
            # The library compares before it verifies, so a stranger could raise false alarms (P32).
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    return Used(
        sign_count=found.new_sign_count,
        backup_eligible=found.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        backed_up=found.credential_backed_up,
    )


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=known.credential_id,
        transports=[AuthenticatorTransport(transport) for transport in known.transports],
    )


def _plain(
    credential: dict[str, Any], response: dict[str, Any], members: Iterable[str]
) -> dict[str, Any]:
    """Return what the library shall see: it refuses new attachments, which decide nothing (P36)."""
    return {
        "id": credential["id"],
        "rawId": credential["rawId"],
        "type": "public-key",
        "response": {name: response[name] for name in members},
    }


def _check_key(encoded: bytes) -> None:
    """Load the key now: under ``none`` nobody does before the next sign-in (P27)."""
    try:
        key = decoded_public_key_to_cryptography(decode_credential_public_key(encoded))
        authenticator_data.check_key(encoded, key)
    except PasskeyRejectedError:
        raise
    except Exception as refusal:
        raise strict.rejected("key_unfit", f"{type(refusal).__name__}: {refusal}") from refusal


def _guarded(work: Callable[[], Result]) -> Result:
    """Turn whatever a library raises into a refusal (P22)."""
    try:
        return work()
    # Crafted input gets KeyError, IndexError, TypeError and more out of the library.
    except Exception as refusal:
        text = str(refusal)
        cause = next((ours for said, ours in CAUSES.items() if text.startswith(said)), "webauthn")
        raise strict.rejected(cause, f"{type(refusal).__name__}: {text}") from refusal
