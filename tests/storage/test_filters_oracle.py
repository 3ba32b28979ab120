"""One filter, one answer: from SQLite, from PostgreSQL, indexed or not, and from the oracle."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from sqlalchemy import make_url

from scimserver.scim.errors import InvalidFilterError
from scimserver.scim.filter import bind
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import load
from scimserver.storage import search, writer
from scimserver.storage.migrate import upgrade
from scimserver.storage.search import Search
from scimserver.storage.session import Database
from tests import databases
from tests.factories import NOW, an_organization, write
from tests.oracle import Oracle
from tests.storage.filter_texts import filters
from tests.storage.nasty import VALID
from tests.storage.population import (
    CUSTOM,
    ENTERPRISE,
    USER,
    a_population,
    an_entry,
    without_index,
)

CORPUS = Path(__file__).parent / "corpus"
STRICT = Profile(string_booleans=False, unquoted_filter_values=False)


@dataclass
class Peer:
    """One database with the population, and the schemas it was stored under."""

    name: str
    database: Database
    kind: object
    org_id: str

    def ids(self, text):
        """Return who matches, asked by rows and by the opposite."""
        nodes = bind(text, [self.kind], STRICT).nodes
        wanted = Search((self.kind,), nodes)
        with self.database.snapshot() as session:
            found = search.rows(session, self.org_id, wanted, offset=0, limit=1000)
            assert search.count(session, self.org_id, wanted) == len(found)
        return {stored.id for stored in found}


@pytest.fixture(scope="module")
def people():
    return a_population(120)


@pytest.fixture(scope="module")
def peers(postgres_server, tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("peers")
    registries = {
        "indexed": load(CORPUS),
        "scanned": load(without_index(CORPUS, tmp_path_factory.mktemp("schemas"))),
    }
    opened, names = [], []
    for label, registry in registries.items():
        name = f"peer_{uuid.uuid4().hex}"
        databases.create(postgres_server, name)
        names.append(name)
        urls = (
            make_url(f"sqlite:///{folder}/{label}.db"),
            make_url(postgres_server).set(database=name),
        )
        for url in urls:
            database = Database(url, synchronous="OFF")
            upgrade(database)
            org = an_organization(database)
            kind = registry.types["User"]
            entries = [an_entry(kind, id, held) for id, held in people.items()]
            write(database, lambda s, o=org, e=entries: writer.insert_many(s, o, e))
            opened.append(Peer(f"{label} {url.get_backend_name()}", database, kind, org))
    yield opened
    for peer in opened:
        peer.database.dispose()
    for name in names:
        databases.drop(postgres_server, name)


@pytest.fixture(scope="module")
def oracle(people):
    asked = Oracle(CORPUS)
    models = {}
    for id, held in people.items():
        urns = [urn for urn in (ENTERPRISE, CUSTOM) if urn in held]
        meta = {"created": NOW.isoformat(), "lastModified": NOW.isoformat()}
        given = {"schemas": [USER, *urns], "id": id, "meta": meta, **held}
        models[id] = asked.resource("User", given)

    def ids(text):
        return {id for id, model in models.items() if asked.matches(text, "User", model)}

    return ids


class Court:
    """The peers and the oracle, asked together."""

    def __init__(self, peers, oracle, people):
        self.peers, self._oracle, self._people = peers, oracle, people

    def __repr__(self):
        return "court"

    def _described(self, difference):
        return [json.dumps(self._people[id], ensure_ascii=False) for id in sorted(difference)[:3]]

    def agrees(self, text):
        """Check that every peer finds who the oracle finds."""
        expected = self._oracle(text)
        for peer in self.peers:
            found = peer.ids(text)
            assert found == expected, (
                f"{peer.name}: {text}",
                f"too many: {self._described(found - expected)}",
                f"too few: {self._described(expected - found)}",
            )


@pytest.fixture(scope="module")
def court(peers, oracle, people):
    return Court(peers, oracle, people)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=filters)
@example(text='emails[type eq "work" and value eq "a"]')
@example(text='not (emails[type eq "work" or value eq "a"])')
@example(text='title eq "a" or title eq "b" or emails eq "é" or userName eq "a-1"')
@example(text='not (title eq "a" or title eq "A" or tags eq "b")')
@example(text="emails.type eq null")
@example(text="emails.type ne null")
@example(text="emails ne null")
def test_every_database_and_the_oracle_answer_alike(text, court):
    court.agrees(text)


@pytest.mark.parametrize(("number", "text"), [(n, t) for n, t in VALID if "members" not in t])
def test_nasty_filters_within_the_bounds_have_one_answer(number, text, court):
    try:
        bind(text, [court.peers[0].kind], STRICT)
    except InvalidFilterError:
        # A string where a boolean is, and a thousand terms.
        assert number in {13, 70}, text
        return
    court.agrees(text)
