"""The two files at fixed addresses: public, cacheable, no session for who asks (P56, P57)."""

import pytest

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.storage.models import web_session
from tests.factories import rows

HOME, RELATED = "https://id.acme.test", "https://acme.example"
ENVIRONMENT = {
    "SCIMSERVER_BASE_URL": HOME,
    "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
    "SCIMSERVER_LOG_LEVEL": "error",
}


@pytest.fixture
def engine_name():
    """No statement is run, which the tests see to themselves."""
    return "sqlite"


@pytest.fixture
def client(database):
    def made(**environment):
        settings = Settings.from_env({**ENVIRONMENT, **environment})
        return create_app(settings, database=database).test_client()

    return made


def _get(client, name):
    return client.get(f"/.well-known/{name}", base_url=HOME)


def test_password_managers_find_where_passkeys_are_added_and_managed(client, database):
    answer = _get(client(), "passkey-endpoints")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json == {
        "enroll": f"{HOME}/account/passkeys/new",
        "manage": f"{HOME}/account/passkeys",
    }
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    assert rows(database, web_session) == []


def test_browsers_find_the_related_origins_alone(client):
    origins = {
        "SCIMSERVER_ORIGINS": f"{HOME},{RELATED}",
        "SCIMSERVER_RELATED_ORIGINS": RELATED,
    }
    answer = _get(client(**origins), "webauthn")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {"origins": [RELATED]}
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers


def test_without_related_origins_there_is_no_such_file(client):
    answer = _get(client(), "webauthn")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["webauthn", "passkey-endpoints"])
def test_where_sign_in_is_off_neither_is_there(client, name):
    off = client(SCIMSERVER_BASE_URL="http://scim.acme.test")
    assert _get(off, name).status_code == 404


def test_neither_file_asks_the_database(database, client, statements):
    asked = client()
    with statements(database) as seen:
        _get(asked, "webauthn")
        _get(asked, "passkey-endpoints")
    assert seen == []
