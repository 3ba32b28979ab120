"""Mail handed over: to a real relay over a socket, encrypted or not, and into a folder."""

import email
import email.policy
import ssl
from datetime import UTC, datetime

import pytest

from scimserver import relay as relays
from scimserver.adapters.mail import (
    FileMailer,
    NullMailer,
    SmtpMailer,
    from_settings,
    message,
)
from scimserver.config import Settings, SettingsError
from scimserver.domain.ports import Letter, MailError
from tests.posting import Relay, certificate

SENDER = "Acme <scim@acme.test>"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = Letter("id-1", "ann@acme.test", "A passkey was added", "Grüße,\n.\nscimserver\n", AT)


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("relay"))


@pytest.fixture(scope="module")
def trusting(pem):
    return ssl.create_default_context(cafile=pem)


def _check(sent):
    assert sent["From"] == SENDER
    assert sent["To"] == "ann@acme.test"
    assert sent["Subject"] == "A passkey was added"
    assert sent["Message-ID"] == "<id-1@acme.test>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"].datetime == AT
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().replace("\r\n", "\n") == ANN.body


def test_a_relay_on_this_machine_takes_letters_as_they_are():
    with Relay() as relay_:
        SmtpMailer(relay_.way(), SENDER).send(ANN)
    _check(relay_.messages[0])
    assert relay_.recipients == ["ann@acme.test"]
    assert relay_.encrypted == [False]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_letter_goes_encrypted_with_name_and_password(pem, trusting, tls):
    with Relay(tls=tls, pem=pem, password="p@ss") as relay_:
        SmtpMailer(relay_.way("scim:p%40ss"), SENDER, context=trusting).send(ANN)
    _check(relay_.messages[0])
    assert relay_.encrypted == [True]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_relay_with_a_strange_certificate_gets_nothing(pem, tls):
    with Relay(tls=tls, pem=pem) as relay_:
        mailer = SmtpMailer(relay_.way(), SENDER)
        with pytest.raises(MailError) as refusal:
            mailer.send(ANN)
    assert refusal.value.is_final is False
    assert relay_.messages == []


def test_a_relay_elsewhere_that_does_not_encrypt_gets_nothing(monkeypatch):
    monkeypatch.setattr(relays.Relay, "is_local", False)
    with Relay() as relay_, pytest.raises(MailError) as refusal:
        SmtpMailer(relay_.way("scim:hush"), SENDER).send(ANN)
    assert not refusal.value.is_final
    assert relay_.messages == []


REFUSALS = {
    "RCPT": ("550 5.1.1 No such user\tat all", True, "550 5.1.1 No such user at all"),
    "MAIL": ("451 4.3.0 Later", False, "451"),
    "DATA": ("554 5.7.1 Spam", True, "554"),
    "EHLO": ("421 4.3.2 Closing", False, None),
}


@pytest.mark.parametrize(("verb", "expected"), REFUSALS.items(), ids=REFUSALS)
def test_what_begins_with_5_is_final(verb, expected):
    answer, is_final, text = expected
    refuse = {verb: answer, **({"HELO": answer} if verb == "EHLO" else {})}
    with Relay(refuse=refuse) as relay_, pytest.raises(MailError) as refusal:
        SmtpMailer(relay_.way(), SENDER).send(ANN)
    assert refusal.value.is_final is is_final
    assert text is None or text in refusal.value.detail


def test_a_wrong_password_is_the_operator_s_to_put_right(pem, trusting):
    with Relay(tls="starttls", pem=pem, password="right") as relay_:
        mailer = SmtpMailer(relay_.way("scim:wrong"), SENDER, context=trusting)
        with pytest.raises(MailError, match="name and password") as refusal:
            mailer.send(ANN)
    assert not refusal.value.is_final
    assert "wrong" not in refusal.value.detail


def test_a_relay_that_is_away_may_be_back_later():
    with Relay() as relay_:
        way = relay_.way()
    with pytest.raises(MailError) as refusal:
        SmtpMailer(way, SENDER, timeout=1).send(ANN)
    assert not refusal.value.is_final


INJECTIONS = {
    "subject": {"subject": "Hello\r\nBcc: eve@evil.test"},
    "recipient": {"recipient": "ann@acme.test\nBcc: eve@evil.test"},
    "two recipients": {"recipient": "ann@acme.test\r\nTo: eve@evil.test"},
    "id": {"id": "x\r\nBcc: eve@evil.test"},
}


@pytest.mark.parametrize("changed", INJECTIONS.values(), ids=INJECTIONS)
def test_no_value_becomes_a_header(changed):
    known = {name: getattr(ANN, name) for name in ("id", "recipient", "subject", "body", "at")}
    with pytest.raises(MailError) as refusal:
        message(Letter(**known | changed), SENDER)
    assert refusal.value.is_final


def test_a_folder_holds_each_letter_as_a_file_for_its_owner_alone(tmp_path):
    folder = tmp_path / "new" / "mail"
    FileMailer(folder, SENDER).send(ANN)
    FileMailer(folder, SENDER).send(ANN)
    (path,) = folder.iterdir()
    assert path.name == "id-1.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    _check(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MailError, match="folder"):
        FileMailer(tmp_path / "file", SENDER).send(ANN)


def test_the_settings_choose_the_way(tmp_path):
    assert isinstance(from_settings(Settings()), NullMailer)
    NullMailer().send(ANN)
    here = Settings.from_env({"SCIMSERVER_MAIL": f"file://{tmp_path}"})
    from_settings(here).send(ANN)
    assert (tmp_path / "id-1.eml").exists()
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        from_settings(Settings.from_env({"SCIMSERVER_MAIL": "smtp://mail.acme.test"}))
    full = {"SCIMSERVER_MAIL": "smtp://mail.acme.test", "SCIMSERVER_MAIL_FROM": SENDER}
    assert isinstance(from_settings(Settings.from_env(full)), SmtpMailer)
