"""Settings: read once, refused when misspelt, shown without secrets."""

from dataclasses import fields
from pathlib import Path

import pytest

from scimserver.config import (
    Settings,
    SettingsError,
    markdown_table,
    show,
    variable,
)

KEY = "k" * 32
OTHER = "o" * 40


def test_an_empty_environment_gives_the_defaults():
    settings = Settings.from_env({"PATH": "/bin", "SCIMSERVER_LOG_LEVEL": ""})
    assert settings == Settings()
    assert settings.database_url == "sqlite:///scimserver.db"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.log_retention_days == 90
    assert settings.bulk_max_operations == 1_000


def test_every_setting_is_read_from_its_variable():
    environ = {
        "SCIMSERVER_DATABASE_URL": "postgresql://scim:pw@db/scim",
        "SCIMSERVER_BASE_URL": "https://scim.acme.com/",
        "SCIMSERVER_SECRET_KEY": KEY,
        "SCIMSERVER_SECRET_KEY_PREVIOUS": OTHER,
        "SCIMSERVER_SQLITE_SYNCHRONOUS": "NORMAL",
        "SCIMSERVER_POOL_SIZE": "3",
        "SCIMSERVER_STATEMENT_TIMEOUT_SECONDS": "4",
        "SCIMSERVER_SCHEMAS": "/etc/schemas",
        "SCIMSERVER_EXTRA_SUFFIXES": " .Test, corp,,",
        "SCIMSERVER_TRUSTED_PROXIES": "2",
        "SCIMSERVER_LOG_LEVEL": "Debug",
        "SCIMSERVER_METRICS_TOKEN": "m",
        "SCIMSERVER_TEST_POSTGRES": "is not ours to read",
    }
    settings = Settings.from_env(environ)
    assert settings.base_url == "https://scim.acme.com"
    assert settings.sqlite_synchronous == "normal"
    assert (settings.pool_size, settings.statement_timeout_seconds) == (3, 4)
    assert settings.schemas == Path("/etc/schemas")
    assert settings.extra_suffixes == {"test", "corp"}
    assert (settings.trusted_proxies, settings.log_level) == (2, "debug")
    assert settings.metrics_token == "m"
    assert not settings.is_sqlite
    assert Settings().is_sqlite


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SCIMSERVER_BASEURL", "Did you mean SCIMSERVER_BASE_URL?"),
        ("SCIMSERVER_LOG_RETENTION", "Did you mean SCIMSERVER_LOG_RETENTION_DAYS?"),
        ("SCIMSERVER_base_url", "Did you mean SCIMSERVER_BASE_URL?"),
        ("SCIMSERVER_", "config show"),
        ("SCIMSERVER_QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", "config show"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name, hint):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: "x"})
    assert name in caught.value.detail
    assert hint in caught.value.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "scimserver.db"),
        ("BASE_URL", "scim.acme.com"),
        ("BASE_URL", "ftp://acme.com"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://acme.com/?a=b"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_PREVIOUS", "k" * 31),
        ("SQLITE_SYNCHRONOUS", "off"),
        ("POOL_SIZE", "0"),
        ("POOL_SIZE", "-1"),
        ("POOL_SIZE", "many"),
        ("POOL_SIZE", "1.5"),
        ("POOL_SIZE", "٣"),
        ("CURSOR_TIMEOUT_SECONDS", "59"),
        ("LOG_LEVEL", "loud"),
        ("RATE_STORAGE", "cache:6379"),
        ("RATE_STORAGE", "mongodb://cache"),
        ("POOL_SIZE", "1" * 5000),
        # More than the protocol's own code takes would be a setting without effect.
        ("MAX_GROUP_MEMBERS", "250001"),
        ("MAX_PATCH_MEMBERS", "10001"),
        ("MAX_PATCH_OPERATIONS", "1001"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"SCIMSERVER_{name}: expected") as caught:
        Settings.from_env({f"SCIMSERVER_{name}": value})
    if "SECRET" in name:
        assert value not in caught.value.detail


def test_secrets_are_masked_wherever_settings_are_shown():
    settings = Settings(
        database_url="postgresql://scim:pass:w@rd@db/scim",
        secret_key=KEY,
        metrics_token="metrics-secret",
        rate_storage="redis://:redis-secret@cache:6379",
    )
    shown = show(settings)
    assert set(shown) == {variable(each) for each in fields(Settings)}
    assert shown["SCIMSERVER_SECRET_KEY"] == "********"
    assert shown["SCIMSERVER_SECRET_KEY_PREVIOUS"] == ""
    assert shown["SCIMSERVER_DATABASE_URL"] == "postgresql://scim:********@db/scim"
    assert shown["SCIMSERVER_RATE_STORAGE"] == "redis://:********@cache:6379"
    assert show(Settings())["SCIMSERVER_BASE_URL"] == "http://127.0.0.1:8000"
    for secret in (KEY, "metrics-secret"):
        assert secret not in repr(shown)
        assert secret not in repr(settings)
    assert "pass:w" not in repr(shown)


def test_a_name_without_a_password_stays_readable():
    settings = Settings(database_url="postgresql://scim@db/scim")
    assert show(settings)["SCIMSERVER_DATABASE_URL"] == "postgresql://scim@db/scim"


def test_the_table_names_every_setting_in_one_sentence():
    table = markdown_table()
    for each in fields(Settings):
        text = each.metadata["text"]
        assert f"| `{variable(each)}` |" in table
        assert text.endswith(".")
        assert "|" not in text
    assert "`4194304`" in table


def test_keys_differ_by_purpose_and_by_secret():
    one = Settings(secret_key=KEY, secret_key_previous=OTHER)
    keys = {
        one.token_pepper,
        one.previous_token_pepper,
        one.cursor_key,
        one.previous_cursor_key,
        one.key("else"),
    }
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)
    assert one.token_pepper == Settings(secret_key=KEY).token_pepper
    assert Settings(secret_key=OTHER).token_pepper == one.previous_token_pepper


def test_without_a_previous_secret_there_is_no_previous_key():
    assert Settings(secret_key=KEY).previous_token_pepper is None
    assert Settings(secret_key=KEY).previous_cursor_key is None


def test_a_key_cannot_be_derived_from_nothing():
    with pytest.raises(SettingsError):
        _ = Settings().token_pepper


def test_a_server_database_keeps_its_key_file_in_the_current_folder():
    assert Settings(database_url="postgresql://db/scim").key_file == Path("scimserver.key")
    assert Settings().key_file == Path("scimserver.key")
