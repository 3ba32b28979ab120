"""A server with one organization, and one connection to ask through."""

import pytest

from tests.world import World


@pytest.fixture
def world(database_url):
    """A server over a migrated, empty database."""
    return World(database_url)


@pytest.fixture
def slug(world):
    """An organization that has verified acme.test."""
    return world.organization("acme", "acme.test")


@pytest.fixture
def acme(world, slug):
    """A generic connection of that organization."""
    return world.connection(slug)


@pytest.fixture
def strict(world, slug):
    """A strict connection of that organization."""
    return world.connection(slug, "strict-interop")
