"""An organization, people of every role in it, and their browsers at the real application."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.services import sessions
from scimserver.storage.transaction import run
from tests.factories import a_person, an_organization
from tests.fakes import FakeProver

ORIGIN = "https://localhost:5000"
KEY = "a-secret-key-of-the-tests-0123456789abcdef"
VISIT = Visit("192.0.2.1", "Browser/1.0", "request-1")
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "path", "rect", "circle"})


class MovableClock:
    """A clock that stands until a test moves it."""

    def __init__(self):
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self):
        return self.at

    def move(self, **spans):
        self.at += timedelta(**spans)


class Page(HTMLParser):
    """A page that was answered, read as strictly as a careful reader would."""

    def __init__(self, answer):
        super().__init__()
        self.status = answer.status_code
        self.location = answer.headers.get("Location")
        self.headers = answer.headers
        self.html = answer.get_data(as_text=True)
        self.ids, self.links, self.forms, self.fields = [], [], [], {}
        self.described, self.labels, self.headings, self._open = [], [], 0, []
        self._said, self._hidden = [], 0
        self.feed(self.html)
        assert self._open == [], f"left open: {self._open}"

    @property
    def text(self):
        return " ".join(" ".join(self._said).split())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in given), given
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append((given.get("method", "get"), given["action"]))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.fields[given["name"]] = given
        if tag == "label":
            self.labels.append(given["for"])
        self.described += given.get("aria-describedby", "").split()
        self.headings += tag == "h1"
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style", "title"} & set(self._open):
            self._said.append(data)

    def check(self):
        """Fail where the page is not put together well."""
        assert self.headings == 1
        assert len(self.ids) == len(set(self.ids)), self.ids
        assert set(self.described) <= set(self.ids)
        assert set(self.labels) <= set(self.ids)
        visible = {field["id"] for field in self.fields.values()}
        assert visible <= set(self.labels)
        return self


class Browser:
    """Somebody's browser, signed in."""

    def __init__(self, acme, person):
        self.acme, self.person = acme, person
        self.client = acme.app.test_client()
        self.sign_in()

    def sign_in(self):
        now = self.acme.clock.now()

        def work(session):
            opened = sessions.open_anonymous(session, now, VISIT)
            return sessions.sign_in(
                session, now, VISIT, opened.session, self.person, "passkey", None
            )

        opened = run(self.acme.database, work)
        self.token = opened.session.csrf
        self.client.set_cookie("__Host-sid", opened.secret, domain="localhost", secure=True)

    def get(self, path, status=200):
        page = Page(self.client.get(path, base_url=ORIGIN))
        assert page.status == status, (path, page.status, page.text)
        return page.check() if "<html" in page.html else page

    def post(self, path, data=None, status=303, **options):
        sent = {"csrf": self.token, **(data or {})}
        answer = self.client.post(path, base_url=ORIGIN, data=sent, **options)
        page = Page(answer)
        assert page.status == status, (path, page.status, page.text)
        return page.check() if "<html" in page.html else page


class Acme:
    """One organization of a server, and ways into it. ``prover`` is its DNS."""

    def __init__(self, database):
        self.database = database
        self.clock = MovableClock()
        self.prover = FakeProver()
        self.settings = Settings.from_env(
            {
                "SCIMSERVER_SECRET_KEY": KEY,
                "SCIMSERVER_ORIGINS": ORIGIN,
                "SCIMSERVER_BASE_URL": ORIGIN,
                "SCIMSERVER_EXTRA_SUFFIXES": "test",
                "SCIMSERVER_LOG_LEVEL": "error",
            }
        )
        self.app = create_app(
            self.settings, database=database, clock=self.clock, prover=self.prover
        )
        self.org_id = an_organization(database)

    def person(self, role=Role.OWNER, name=None, **options):
        """Add somebody with a role."""
        return a_person(self.database, self.org_id, name, role=role, **options)

    def browser(self, role=Role.OWNER, **options):
        """Return the browser of somebody new with this role."""
        return Browser(self, self.person(role, **options))

    def signed_in(self, person):
        """Return the browser of somebody."""
        return Browser(self, person)

    def run(self, work):
        """Run work in a transaction of its own."""
        return run(self.database, work)


@pytest.fixture
def acme(database):
    """An organization without anybody in it."""
    return Acme(database)


@pytest.fixture
def owner(acme):
    """The browser of an owner."""
    return acme.browser(Role.OWNER, name="owner@acme.test")
