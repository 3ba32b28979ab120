"""scimserver db: migrations and backup."""

import sqlite3
import stat

import pytest

from scimserver.storage.migrate import head

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_a_migrated_database_is_in_the_newest_revision(cli):
    assert cli("db", "check", "--json").json == {"revision": head()}
    assert cli("db", "upgrade", "--json").json == {"revision": head()}


@sqlite_only
def test_a_new_file_is_made_by_upgrade_and_by_nothing_else(cli, tmp_path):
    path = tmp_path / "new.db"
    new = {"SCIMSERVER_DATABASE_URL": f"sqlite:///{path}"}
    refused = cli("db", "check", **new)
    assert refused.code == 5
    assert "scimserver db upgrade" in refused.err
    assert not path.exists()
    assert cli("db", "upgrade", "--json", **new).json == {"revision": head()}
    assert cli("db", "check", "--json", **new).json == {"revision": head()}
    # People's addresses are in it.
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@sqlite_only
def test_a_backup_is_a_whole_database_its_owner_alone_can_read(cli, tmp_path):
    copy = tmp_path / "copy.db"
    done = cli("db", "backup", copy, "--json").json
    assert done == {"file": str(copy), "bytes": copy.stat().st_size}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("SELECT count(*) FROM organization").fetchone() == (0,)
    raw.close()
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_on_postgresql_backup_names_the_tool_for_it(cli, tmp_path):
    refused = cli("db", "backup", tmp_path / "copy.db")
    assert refused.code == 2
    assert "pg_dump" in refused.err
    assert not (tmp_path / "copy.db").exists()


def test_a_database_that_is_away_is_told_by_exit_code_five(cli):
    away = {"SCIMSERVER_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    refused = cli("org", "list", "--json", **away)
    assert refused.code == 5
    assert refused.out == ""
