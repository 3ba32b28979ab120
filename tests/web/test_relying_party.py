"""Whom passkeys are made for, and settings that do not fit together (P4, P5, P56)."""

import pytest

from scimserver.app import create_app
from scimserver.config import Settings, SettingsError
from scimserver.web.relying_party import RelyingParty, from_settings


def party(**variables):
    names = {f"SCIMSERVER_{name.upper()}": value for name, value in variables.items()}
    return from_settings(Settings.from_env(names))


@pytest.mark.parametrize(
    ("variables", "id", "origins", "related"),
    [
        ({}, "localhost", ("http://localhost:8000",), ()),
        ({"base_url": "http://localhost"}, "localhost", ("http://localhost",), ()),
        ({"base_url": "http://[::1]:80"}, "localhost", ("http://localhost",), ()),
        ({"base_url": "https://id.acme.com:443/x"}, "id.acme.com", ("https://id.acme.com",), ()),
        (
            {"base_url": "https://scim.acme.com", "origins": "https://id.acme.com:8443"},
            "id.acme.com",
            ("https://id.acme.com:8443",),
            (),
        ),
        (
            {"origins": "https://a.acme.com,https://b.acme.com", "rp_id": "acme.com"},
            "acme.com",
            ("https://a.acme.com", "https://b.acme.com"),
            (),
        ),
        (
            {
                "origins": "https://id.acme.de,https://id.acme.com",
                "rp_id": "acme.com",
                "related_origins": "https://id.acme.de,https://acme.fr,https://www.acme.com",
            },
            "acme.com",
            ("https://id.acme.com", "https://id.acme.de", "https://acme.fr"),
            ("https://id.acme.de", "https://acme.fr"),
        ),
    ],
    ids=["nothing set", "localhost", "loopback", "https", "origins", "two origins", "related"],
)
def test_settings_say_whom_passkeys_are_made_for(variables, id, origins, related):
    assert party(**variables) == RelyingParty(id, "scimserver", origins, related)


@pytest.mark.parametrize(
    "base_url",
    ["http://scim.acme.com", "http://10.0.0.1:8000", "https://10.0.0.1", "https://[2001:db8::1]"],
)
def test_nobody_signs_in_where_browsers_know_no_passkeys(base_url):
    assert party(base_url=base_url) is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"origins": "https://a.acme.com", "rp_id": "other.com"}, "RP_ID"),
        ({"origins": "https://evilacme.com", "rp_id": "acme.com"}, "RP_ID"),
        ({"origins": "https://acme.com", "rp_id": "id.acme.com"}, "RP_ID"),
        ({"origins": "https://a.com,https://b.com"}, "RELATED_ORIGINS"),
        ({"origins": "https://10.0.0.1"}, "IP address"),
        ({"origins": "https://a.co.uk", "rp_id": "co.uk"}, "shared by many"),
        ({"base_url": "http://scim.acme.com", "rp_id": "acme.com"}, "ORIGINS"),
        ({"base_url": "http://a.com", "related_origins": "https://b.com"}, "ORIGINS"),
        (
            {"origins": "https://b.com", "rp_id": "a.com", "related_origins": "https://b.com"},
            "none is a.com",
        ),
        (
            {
                "origins": "https://a.com",
                "related_origins": ",".join(f"https://name{n}.com" for n in range(6)),
            },
            "at most 5",
        ),
        ({"origins": "https://acme.com/console"}, "without a path"),
        ({"origins": "http://acme.com"}, "without a path"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value,
)
def test_a_server_whose_origins_do_not_fit_does_not_start(variables, named):
    with pytest.raises(SettingsError, match=named):
        party(**variables)
    names = {f"SCIMSERVER_{name.upper()}": value for name, value in variables.items()}
    with pytest.raises(SettingsError):
        create_app(Settings.from_env({"SCIMSERVER_SECRET_KEY": "k" * 32, **names}))


def test_one_label_may_have_many_suffixes():
    related = ",".join(f"https://id.acme.{top}" for top in ("de", "fr", "co.uk", "it", "es", "at"))
    found = party(origins="https://acme.com", related_origins=related)
    assert len(found.related) == 6
    assert found.address("/signin") == "https://acme.com/signin"
