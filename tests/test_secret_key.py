"""The secret: a variable's or a file's, made once, never overwritten."""

import stat

import pytest

from scimserver.config import Settings, SettingsError
from scimserver.secret_key import create_secret_key, load_secret_key

KEY = "k" * 32


def _at(tmp_path):
    return Settings(database_url=f"sqlite:///{tmp_path}/data/acme.db?x=1")


def test_the_key_file_lies_beside_the_database_and_is_for_its_owner_alone(tmp_path):
    settings = _at(tmp_path)
    created = create_secret_key(settings)
    assert settings.key_file == tmp_path / "data" / "scimserver.key"
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert len(created.secret_key) >= 32
    assert load_secret_key(settings).secret_key == created.secret_key
    assert create_secret_key(settings).secret_key == created.secret_key
    assert created.token_pepper != create_secret_key(_at(tmp_path / "other")).token_pepper


def test_a_variable_comes_before_the_file(tmp_path):
    settings = _at(tmp_path)
    create_secret_key(settings)
    given = Settings(database_url=settings.database_url, secret_key=KEY)
    assert load_secret_key(given) is given
    assert create_secret_key(given) is given


def test_without_variable_and_file_the_error_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match=r"SCIMSERVER_SECRET_KEY.*quickstart"):
        load_secret_key(_at(tmp_path))


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_spoilt_key_file_is_refused(tmp_path, content):
    settings = _at(tmp_path)
    settings.key_file.parent.mkdir()
    settings.key_file.write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be used"):
        load_secret_key(settings)
