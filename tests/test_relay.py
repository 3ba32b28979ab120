"""Where mail goes, as operators write it."""

from pathlib import Path

import pytest

from scimserver.config import Settings, SettingsError, show
from scimserver.relay import Relay, read_sender, relay

WAYS = {
    "file:///var/mail/out": Relay("file", Path("/var/mail/out")),
    "file:///with%20blank": Relay("file", Path("/with blank")),
    "smtp://mail.acme.test": Relay("smtp", None, "mail.acme.test", 587),
    "smtps://mail.acme.test": Relay("smtps", None, "mail.acme.test", 465),
    "smtp://u:p@mail.acme.test:25/": Relay("smtp", None, "mail.acme.test", 25, "u", "p"),
    "smtp://a%40b:p%40%3A@h:26": Relay("smtp", None, "h", 26, "a@b", "p@:"),
}


@pytest.mark.parametrize(("raw", "expected"), WAYS.items(), ids=WAYS)
def test_a_way_is_read(raw, expected):
    assert relay(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "mail.acme.test",
        "http://mail.acme.test",
        "smtp://",
        "smtp://h/path",
        "smtp://h:99999",
        "smtp://h:x",
        "smtp://h?x=1",
        "file://host/folder",
        "file:///",
        "smtp://[x",
    ],
)
def test_a_way_that_is_none_is_refused_at_start(raw):
    with pytest.raises(SettingsError, match="SCIMSERVER_MAIL: expected file:///folder"):
        Settings.from_env({"SCIMSERVER_MAIL": raw})


def test_the_password_of_the_relay_is_shown_nowhere():
    settings = Settings.from_env({"SCIMSERVER_MAIL": "smtp://scim:hush-hush@mail.acme.test:587"})
    assert show(settings)["SCIMSERVER_MAIL"] == "smtp://scim:********@mail.acme.test:587"
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    "raw",
    ["scim@acme.test", "Acme <scim@acme.test>", '"Acme, Inc." <scim@acme.test>'],
)
def test_a_sender_is_an_address_with_or_without_a_name(raw):
    assert read_sender(f" {raw} ") == raw


@pytest.mark.parametrize(
    "raw",
    [
        "acme",
        "a@b@c",
        "a@b, c@d",
        "a@b\r\nBcc: c@d",
        "a b@c",
        "<>",
        "Acme",
        "x" * 320 + "@acme.test",
    ],
    ids=["no at", "two ats", "two", "line break", "blank", "empty", "name", "long"],
)
def test_a_sender_that_is_no_single_address_is_refused(raw):
    with pytest.raises(ValueError, match="one address"):
        read_sender(raw)
