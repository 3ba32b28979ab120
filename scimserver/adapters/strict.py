"""What a passkey's response must be in JSON, before any library sees it (P22, P23, P26, P36, P37).

Each check has a cause of its own, which the audit log keeps; the client learns none of them.
"""

import json
import re
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from itertools import islice
from typing import Any

from scimserver.domain.sign_in_errors import PasskeyRejectedError

# WebAuthn, section 4: at least 100 bits of entropy, and never more than 1023 bytes.
SHORTEST_ID, LONGEST_ID = 16, 1023

TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_DETAIL = 200


def clean(text: str) -> str:
    """Return text that quotes a client as it may be logged (P37)."""
    # Controls, marks of direction, halves of surrogate pairs: all of them are category C.
    kept = (c for c in text if not unicodedata.category(c).startswith("C"))
    return "".join(islice(kept, _LONGEST_DETAIL))


def rejected(cause: str, detail: str = "") -> PasskeyRejectedError:
    """Return the refusal, its detail fit to be logged."""
    return PasskeyRejectedError(cause, clean(detail))


def to_base64url(raw: bytes) -> str:
    """Return bytes as WebAuthn writes them in JSON."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(value: object, cause: str) -> bytes:
    """Return the bytes, if the text is their one spelling: no padding, no stray bits or letters."""
    if isinstance(value, str) and _BASE64URL.fullmatch(value) and len(value) % 4 != 1:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if to_base64url(raw) == value:
            return raw
    raise rejected(cause)


def read_id(credential: Any) -> bytes:
    """Return the credential id of a response that is a public key's at all (P26)."""
    if not isinstance(credential, dict):
        raise rejected("credential_malformed")
    if credential.get("type") != "public-key":
        raise rejected("credential_type")
    raw = from_base64url(credential.get("id"), "credential_id_malformed")
    if credential.get("rawId") != credential["id"]:
        raise rejected("id_mismatch")
    if not SHORTEST_ID <= len(raw) <= LONGEST_ID:
        raise rejected("credential_id_length", f"{len(raw)} bytes")
    return raw


def read_response(credential: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the authenticator and the browser answered, not yet looked into."""
    response = credential.get("response")
    if not isinstance(response, dict):
        raise rejected("response_malformed")
    return response


def check_client_data(raw: bytes, challenge: bytes) -> None:
    """Raise unless the browser wrote this for our own page, not for a frame in another's (P23).

    ``type`` and ``origin`` are compared by the library. So is the challenge, but as bytes, which
    several texts can stand for: a browser writes one. Other members are ignored, but the library
    refuses a ``tokenBinding`` object without a status it knows; no present browser writes one.
    """
    try:
        data = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_members_once)
    except (ValueError, RecursionError) as refusal:
        raise rejected("client_data_malformed") from refusal
    if not isinstance(data, dict) or not all(
        isinstance(data.get(name), str) for name in ("type", "challenge", "origin")
    ):
        raise rejected("client_data_malformed")
    if data.get("crossOrigin", False) is not False:
        raise rejected("cross_origin")
    if "topOrigin" in data:
        raise rejected("top_origin")
    if data["challenge"] != to_base64url(challenge):
        raise rejected("challenge_mismatch")


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def read_transports(response: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the known ways to reach the authenticator, as it named them itself (P36)."""
    named = response.get("transports")
    if not isinstance(named, list):
        return ()
    return tuple(known for known in TRANSPORTS if known in named)


def read_discoverable(credential: Mapping[str, Any]) -> bool | None:
    """Return whether the passkey can be found without its id, or None if nobody says (P28)."""
    extensions = credential.get("clientExtensionResults")
    properties = extensions.get("credProps") if isinstance(extensions, dict) else None
    resident = properties.get("rk") if isinstance(properties, dict) else None
    if resident is False:
        raise rejected("not_discoverable")
    return True if resident is True else None
