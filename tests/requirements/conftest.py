"""Servers that many tests share: one on each engine, an organization of its own for each test."""

import shutil
import uuid
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests import databases
from tests.requirements.client import Organization
from tests.requirements.common import DOMAIN, Common, copy_for_all
from tests.world import World

_NUMBERS = count(1)
_SHARED = {}
SCHEMAS = Path(__file__).parents[2] / "schemas"

SETTINGS = {
    "SCIMSERVER_BASE_URL": "https://scim.example",
    "SCIMSERVER_DOCUMENTATION_URL": "https://docs.example/scim",
}


@pytest.fixture(scope="session")
def schema_folder(tmp_path_factory):
    """The folder of schemas, with the specimen of every characteristic moved up."""
    folder = tmp_path_factory.mktemp("schemas")
    for file in SCHEMAS.rglob("*.json"):
        copy_for_all(file, folder)
    return folder


@pytest.fixture(scope="session")
def sqlite_world(sqlite_template, tmp_path_factory, schema_folder):
    """The shared server over a SQLite file."""
    path = tmp_path_factory.mktemp("requirements") / "shared.db"
    shutil.copy(sqlite_template, path)
    with _serving(make_url(f"sqlite:///{path}"), schema_folder) as world:
        yield world


@pytest.fixture(scope="session")
def postgresql_world(postgres_server, postgres_template, schema_folder):
    """The shared server over PostgreSQL."""
    name = f"requirements_{uuid.uuid4().hex}"
    databases.create(postgres_server, name, postgres_template)
    with _serving(make_url(postgres_server).set(database=name), schema_folder) as world:
        yield world
    databases.drop(postgres_server, name)


@contextmanager
def _serving(url, schemas):
    yield World(url, {**SETTINGS, "SCIMSERVER_SCHEMAS": str(schemas)})


@pytest.fixture
def world(request, engine_name):
    """A server over a database of the kind ``engine_name`` asks for."""
    return request.getfixturevalue(f"{engine_name}_world")


@pytest.fixture
def org(world):
    """An organization of this test alone, with one verified domain."""
    domain = f"o{next(_NUMBERS)}.test"
    return Organization(world, world.organization(f"Org {uuid.uuid4().hex}", domain), domain)


@pytest.fixture
def other(world):
    """A second organization."""
    domain = f"o{next(_NUMBERS)}.test"
    return Organization(world, world.organization(f"Org {uuid.uuid4().hex}", domain), domain)


@pytest.fixture
def acme(org):
    """A generic connection."""
    return org.connection()


@pytest.fixture
def strict(org):
    """A strict connection of the same organization."""
    return org.connection("strict-interop")


@pytest.fixture(scope="session")
def commons():
    """The organizations that tables of cases share, by server."""
    return {}


@pytest.fixture
def common(world, commons):
    """An organization whose resources belong to whichever test made them."""
    if id(world) not in commons:
        commons[id(world)] = Common(world, world.organization("Common", DOMAIN))
    return commons[id(world)]


@pytest.fixture
def anyone(world):
    """A generic connection that tests share, where what else is there does not matter."""
    if world.url not in _SHARED:
        domain = f"o{next(_NUMBERS)}.test"
        slug = world.organization(f"Org {uuid.uuid4().hex}", domain)
        _SHARED[world.url] = Organization(world, slug, domain).connection()
    return _SHARED[world.url]
