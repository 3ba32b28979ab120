"""A real Chromium, a site it opens, and tabs. Nothing is skipped: without Chromium tests fail."""

import pytest

from tests.browser.chromium import SECONDS, NoChromiumError, a_chromium
from tests.browser.live import live
from tests.browser.tab import INTERNAL, Tab


def pytest_collection_modifyitems(items):
    """Give each of these tests a hard limit: a ceremony that nobody answers waits for ever (T6)."""
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.timeout(90))


@pytest.fixture(scope="session")
def chromium():
    """The system's own Chromium."""
    try:
        with a_chromium() as browser:
            yield browser
    except NoChromiumError as missing:
        pytest.fail(str(missing))


@pytest.fixture
def engine_name(request):
    """SQLite, but where a test asks for both: what differs between them is tested elsewhere."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def settings():
    """Variables of the site beside the usual ones; a module has its own."""
    return {}


@pytest.fixture
def site(database, settings):
    with live(database, **settings) as served:
        yield served


@pytest.fixture
def new_context(chromium):
    """Return a function that makes another browser, which shares no cookie with the others."""
    made = []

    def make(**options):
        context = chromium.new_context(**options)
        context.set_default_timeout(SECONDS * 1000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def new_tab(site, new_context):
    """Return a function that opens a tab, in a browser of its own unless one is given."""
    tabs = []

    def make(context=None, authenticator=INTERNAL):
        tab = Tab(context or new_context(), site.origin, authenticator)
        tabs.append(tab)
        return tab

    yield make
    assert [each for tab in tabs for each in tab.complaints] == []


@pytest.fixture
def tab(new_tab):
    return new_tab()
