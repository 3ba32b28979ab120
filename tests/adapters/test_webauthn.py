"""Passkey ceremonies that go as they should (P17-P28)."""

import pytest

from scimserver.adapters import webauthn
from scimserver.domain.sign_in_errors import PasskeyRejectedError
from tests.adapters.conftest import CHALLENGE, HANDLE, ORIGIN, RP_ID, Party
from tests.authenticator import AT, BE, BS, ED, KINDS, UP, UV, b64u, cbor2


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


@pytest.mark.parametrize("length", [16, 1023])
def test_ids_of_every_lawful_length_are_taken(ceremonies, length):
    attested = ceremonies.register(identity=bytes(length))
    assert attested.credential_id == bytes(length)
    assert ceremonies.judge(ceremonies.get(), attested.public_key)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"credProps": {"rk": True}}, True),
        ({"credProps": {"rk": 0}}, None),
        ({"credProps": {}}, None),
        ({"credProps": [False]}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
    ids=repr,
)
def test_a_passkey_may_leave_open_whether_it_can_be_found(ceremonies, result, said):
    """P28."""
    assert ceremonies.register(top={"clientExtensionResults": result}).discoverable is said


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (["nfc", "usb"], ("usb", "nfc")),
        (["usb"] * 5000, ("usb",)),
        (["carrier-pigeon", "ble"], ("ble",)),
        ([None, 1, ["usb"], {"usb": 1}], ()),
        ("usb", ()),
        (None, ()),
    ],
    ids=["two", "often", "unknown", "no texts", "no list", "none"],
)
def test_only_known_transports_are_kept(ceremonies, named, kept):
    """P36."""
    assert ceremonies.register(resp={"transports": named}).transports == kept


@pytest.mark.parametrize("attachment", ["cross-platform", "implanted", 5, [], None], ids=repr)
def test_the_attachment_decides_nothing(ceremonies, attachment):
    """P36. The library refuses an attachment it does not know."""
    attested = ceremonies.register(top={"authenticatorAttachment": attachment})
    answer = ceremonies.get(top={"authenticatorAttachment": attachment})
    assert ceremonies.judge(answer, attested.public_key)


def test_members_that_a_browser_adds_to_the_client_data_are_ignored(ceremonies):
    """P23."""
    added = {"other_keys_can_be_added_here": "do not compare", "deep": [[[{"a": 1}]]]}
    attested = ceremonies.register(client=added | {"crossOrigin": None})
    assert ceremonies.judge(ceremonies.get(client=added), attested.public_key)


def test_extensions_of_an_authenticator_are_passed_over(ceremonies):
    extensions = cbor2.dumps({"credProtect": 2, "uvm": [[2, 4, 2]]})
    attested = ceremonies.register(flags=UP | UV | AT | ED, junk=extensions)
    answer = ceremonies.get(flags=UP | UV | ED, junk=extensions)
    assert ceremonies.judge(answer, attested.public_key) == (1, False, False)


@pytest.mark.parametrize(
    ("flags", "eligible", "backed_up"),
    [(0, False, False), (BE, True, False), (BE | BS, True, True)],
)
def test_backup_flags_are_told_at_registration_and_at_each_use(
    ceremonies, flags, eligible, backed_up
):
    """P31."""
    attested = ceremonies.register(flags=UP | UV | AT | flags)
    assert (attested.backup_eligible, attested.backed_up) == (eligible, backed_up)
    used = ceremonies.judge(ceremonies.get(flags=UP | UV | flags), attested.public_key)
    assert (used.backup_eligible, used.backed_up) == (eligible, backed_up)


@pytest.mark.parametrize("count", [0, 1, 2**32 - 1])
def test_a_sign_count_is_told_and_not_judged(ceremonies, count):
    """P32: it means something only once the signature holds, and only beside the stored one."""
    attested = ceremonies.register(count=7)
    assert attested.sign_count == 7
    answer = ceremonies.get(count=count)
    assert ceremonies.judge(answer, attested.public_key).sign_count == count


def test_self_attestation_counts_as_unattested(ceremonies):
    """N32, P25."""
    attested = ceremonies.register(fmt="packed")
    assert (attested.format, attested.aaguid) == ("packed", webauthn.UNATTESTED)


def test_a_model_is_told_where_nobody_vouches_for_it(ceremonies):
    model = "08987058-cadc-4b81-b6e1-30de50dcbe96"
    aaguid = bytes.fromhex(model.replace("-", ""))
    assert ceremonies.register(aaguid=aaguid).aaguid == model


def test_a_related_origin_is_one_of_ours(ceremonies):
    answer = ceremonies.create(client={"origin": "https://acme.example"})
    origins = (ORIGIN, "https://acme.example")
    assert webauthn.verify_registration(RP_ID, origins, CHALLENGE, answer)


@pytest.mark.parametrize("key", [b"", b"\x04", b"\xa0", b"junk", b"\x81" * 5000])
def test_a_stored_key_that_cannot_be_loaded_is_a_refusal(ceremonies, key):
    """P22, P40."""
    ceremonies.register()
    with pytest.raises(PasskeyRejectedError) as refusal:
        ceremonies.judge(ceremonies.get(), key)
    assert refusal.value.cause == "webauthn"


def test_a_handle_may_be_left_out_for_a_named_passkey(ceremonies):
    ceremonies.register()
    assert webauthn.read_assertion(ceremonies.get(resp={"userHandle": None})).user_handle is None


def test_what_a_client_wrote_is_cleaned_before_it_is_logged(ceremonies):
    """P37."""
    origin = "https://\x00\x1b[31m\u202eevil\ud800" + "x" * 5000
    with pytest.raises(PasskeyRejectedError) as refusal:
        ceremonies.register(client={"origin": origin})
    assert "https://[31mevilxxx" in refusal.value.detail
    assert len(refusal.value.detail) == 200
    assert refusal.value.detail.isprintable()
