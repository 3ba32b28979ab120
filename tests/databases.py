"""PostgreSQL databases for tests: cloned from a migrated one, and emptied for the next test.

To clone a database copies some hundred files; to empty one that a test wrote a few rows to costs a
tenth of that. Whatever a test did beyond writing rows (tables altered, analysed or grown large)
makes its database one that is thrown away.
"""

import uuid
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_CHOOSES = 150_000  # The first version that can be told how to copy a database.
_MOST_TURNS = 50
_LARGE_BYTES = 1024**2
_KEPT = "alembic_version"
_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
# Everything about a database but its rows, and whether statistics tell of rows there were.
_FORM = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT concat_ws(' ', c.relname, c.relkind, c.reltuples > 0, a.attname, a.atttypid,
                     a.attnotnull, a.attisdropped, a.atthasdef) AS line
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
    UNION ALL
    SELECT concat_ws(' ', conname, contype) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', setrole, setconfig::text) FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()
    UNION ALL
    SELECT concat_ws(' ', tgname, tgenabled) FROM pg_trigger
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines
"""


def create(server, name, template="template0"):
    """Make a database, as a copy of another."""
    with psycopg.connect(server, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        if connection.info.server_version >= _CHOOSES:
            # By default a database is copied through the log, at three times the cost.
            statement += sql.SQL(" STRATEGY FILE_COPY")
        connection.execute(statement)


def drop(server, name):
    """Remove a database, whoever is connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Databases:
    """Migrated, empty databases of one server, handed out one at a time each."""

    def __init__(self, server, template):
        self._server = server
        self._template = template
        self._free = []
        with self._connected(template) as connection:
            self._form = connection.execute(_FORM).fetchone()
            self._tables = [row[0] for row in connection.execute(_TABLES) if row[0] != _KEPT]
            assert self._filled(connection) == []

    @contextmanager
    def taken(self):
        """Hand a database out, as its address, for as long as the block lasts."""
        name, turns = self._free.pop() if self._free else (self._made(), 0)
        try:
            yield make_url(self._server).set(database=name)
        finally:
            if turns < _MOST_TURNS and self._emptied(name):
                self._free.append((name, turns + 1))
            else:
                drop(self._server, name)

    def close(self):
        """Remove them all."""
        while self._free:
            drop(self._server, self._free.pop()[0])

    def _made(self):
        name = f"test_{uuid.uuid4().hex}"
        create(self._server, name, self._template)
        return name

    def _emptied(self, name):
        """Delete every row; False where that does not make it as good as new."""
        try:
            with self._connected(name) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                if connection.execute(_FORM).fetchone() != self._form:
                    return False
                filled = self._filled(connection)
                if any(size > _LARGE_BYTES for _, size in filled):
                    return False
                # Without asking which table refers to which.
                connection.execute("SET session_replication_role = replica")
                for table, _ in filled:
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        except psycopg.Error:
            return False
        return True

    def _filled(self, connection):
        """Return the tables that hold rows, with their sizes in bytes."""
        one = sql.SQL(
            "SELECT {name} AS name, pg_relation_size({name}::regclass) AS size"
            " WHERE EXISTS (SELECT FROM {table})"
        )
        asked = [
            one.format(name=sql.Literal(table), table=sql.Identifier(table))
            for table in self._tables
        ]
        return connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()

    def _connected(self, name):
        address = make_url(self._server).set(database=name, drivername="postgresql")
        return psycopg.connect(
            address.render_as_string(hide_password=False),
            autocommit=True,
            options="-c statement_timeout=5000",
        )
