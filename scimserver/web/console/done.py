"""What a page says was just done. Its address names the word, so that nothing else can be said."""

from collections.abc import Mapping

DONE: Mapping[str, str] = {
    "saved": "Saved.",
    "deactivated": "The user is deactivated. Their sessions have ended.",
    "activated": "The user is active again.",
    "role": "The role is changed. Whoever was signed in signs in again and has the new one.",
    "local-added": (
        "The person is a local administrator. Make an enrolment link, so that they can add a "
        "passkey."
    ),
    "local-removed": "The person is no local administrator any more.",
    "disabled": "The connection is switched off. Every request of it is refused.",
    "enabled": "The connection is switched on.",
    "resumed": "The connection is no longer paused. Its changes are carried out again.",
    "acknowledged": "Acknowledged. Nobody is told of it again while it lasts.",
    "reopened": "It is open again.",
    "revoked": "The token is revoked. It opens nothing from now on.",
    "domain-added": "The domain is added. Publish the record below.",
    "domain-looked": "Looked up just now. What was found is below.",
    "domain-verified": "Verified. People with addresses of this domain can come in.",
    "domain-rotated": "There is a new code. Publish the record below in place of the one before.",
    "domain-authoritative": "The domain is authoritative for the organization.",
    "domain-removed": "The domain is removed. Nobody new comes in with an address of it.",
    "owner-added": "The person is an identity owner, and is told from now on.",
    "owner-removed": "The person is no identity owner any more.",
    "dismissed": "Dismissed.",
}
