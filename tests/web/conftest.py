"""A site behind the gate, somebody who may sign in there, and a browser."""

import pytest

from tests.web.site import Site


@pytest.fixture
def site(database):
    return Site(database)


@pytest.fixture
def ann(site):
    return site.a_person()


@pytest.fixture
def browser(site):
    return site.visitor()
