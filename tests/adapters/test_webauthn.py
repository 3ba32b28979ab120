"""Passkey ceremonies that go as they should (P17-P28)."""

import pytest

from scimserver.adapters import webauthn
from tests.adapters.conftest import CHALLENGE, HANDLE, Party
from tests.authenticator import KINDS, b64u


@pytest.mark.parametrize("fmt", ["none", "packed"])
@pytest.mark.parametrize("algorithm", KINDS, ids=KINDS.get)
def test_a_passkey_of_each_kind_registers_and_signs_in(of_kind, algorithm, fmt):
    ceremonies = of_kind(algorithm)
    attested = ceremonies.register(fmt=fmt)
    answer = ceremonies.get()
    assert webauthn.read_assertion(answer).credential_id == attested.credential_id
    assert webauthn.read_assertion(answer).user_handle == HANDLE
    assert ceremonies.judge(answer, attested.public_key) == (1, True, True)


def test_options_of_a_registration_are_those_of_the_table(ceremonies):
    options = webauthn.registration_options(
        Party(),
        CHALLENGE,
        user_handle=HANDLE,
        name="ann@acme.test",
        display_name="Ann",
        exclude=[webauthn.Known(b"\x01" * 16, ["usb", "nfc"])],
    )
    assert options == {
        "rp": {"id": "acme.test", "name": "Acme"},
        "user": {"id": b64u(HANDLE), "name": "ann@acme.test", "displayName": "Ann"},
        "challenge": b64u(CHALLENGE),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300000,
        "excludeCredentials": [
            {"id": b64u(b"\x01" * 16), "type": "public-key", "transports": ["usb", "nfc"]}
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }


@pytest.mark.parametrize(
    ("device", "attachment", "hint"),
    [
        (webauthn.Device.THIS, "platform", "client-device"),
        (webauthn.Device.SECURITY_KEY, "cross-platform", "security-key"),
    ],
)
def test_a_device_is_asked_for_by_attachment_and_hint(device, attachment, hint):
    options = webauthn.registration_options(
        Party(), CHALLENGE, user_handle=HANDLE, name="ann", display_name="Ann", device=device
    )
    assert options["authenticatorSelection"]["authenticatorAttachment"] == attachment
    assert options["hints"] == [hint]


def test_options_of_an_assertion_name_passkeys_only_when_told():
    anybody = webauthn.assertion_options(Party(), CHALLENGE)
    assert anybody == {
        "rpId": "acme.test",
        "challenge": b64u(CHALLENGE),
        "timeout": 300000,
        "userVerification": "required",
        "allowCredentials": [],
    }
    somebody = webauthn.assertion_options(Party(), CHALLENGE, [webauthn.Known(b"\x01" * 16, [])])
    assert somebody["allowCredentials"] == [{"id": b64u(b"\x01" * 16), "type": "public-key"}]
