"""A small site behind the real gate: what browsers do there, and what its database holds."""

import re
from datetime import UTC, datetime, timedelta

from flask import Flask, Response

from scimserver.config import Settings
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.services import accounts, sessions
from scimserver.storage.models import audit, web_session
from scimserver.storage.transaction import run
from scimserver.web import relying_party
from scimserver.web.browser import Browser, Who
from scimserver.web.http import Services
from scimserver.web.logs import RequestLog
from scimserver.web.render import Renderer
from scimserver.web.security_headers import SecurityHeaders
from scimserver.web.static_files import StaticFiles
from tests.factories import a_user, an_account, an_organization, registry, rows

ORIGIN = "https://localhost:5000"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VISIT = Visit("192.0.2.1", "Browser/1.0", "request-1")
KEY = "a-secret-key-of-the-tests-0123456789abcdef"


class MovableClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now=NOW):
        self._now = now

    def now(self):
        return self._now

    def move(self, **spans):
        self._now += timedelta(**spans)


class Site:
    """Pages and ceremonies of every kind, each telling what it was given."""

    def __init__(self, database, *, origins=ORIGIN, **settings):
        self.database = database
        self.clock = MovableClock()
        self.called = []
        environment = {"SCIMSERVER_ORIGINS": origins} if origins else {}
        environment |= {f"SCIMSERVER_{name.upper()}": value for name, value in settings.items()}
        settings = Settings.from_env({"SCIMSERVER_SECRET_KEY": KEY, **environment})
        log = RequestLog("error")
        # Nothing here asks DNS.
        services = Services(settings, database, self.clock, registry(), log, prover=None)
        party = relying_party.from_settings(settings)
        self.browser = Browser(services, party, Renderer(StaticFiles()))
        self.app = Flask("site", static_folder=None)
        SecurityHeaders(party).mount(self.app)
        self._mount(self.browser)

    def _mount(self, browser):
        pages = {
            "/signin": {"who": Who.ANYONE},
            "/any": {"who": Who.SESSION},
            "/account": {"who": Who.SIGNED_IN},
            "/account/<name>": {"who": Who.SIGNED_IN},
            "/new": {"who": Who.RESTRICTED_OR_SIGNED_IN, "fresh": 600},
            "/codes": {"who": Who.SIGNED_IN, "fresh": 30},
            "/users": {"who": Who.SIGNED_IN, "permission": "users edit"},
        }
        for rule, asked in pages.items():
            view = browser.page(self._page, **asked)
            self.app.add_url_rule(rule, rule, view, methods=["GET", "POST"])
        ceremonies = {
            "/c/any": {"who": Who.SESSION},
            "/c/account": {"who": Who.SIGNED_IN},
            "/c/new": {"who": Who.RESTRICTED_OR_SIGNED_IN, "fresh": 600},
            "/c/codes": {"who": Who.SIGNED_IN, "fresh": 30},
        }
        for rule, asked in ceremonies.items():
            view = browser.ceremony(self._ceremony, **asked)
            self.app.add_url_rule(rule, rule, view, methods=["POST"])
        raising = browser.page(self._raise, who=Who.SESSION)
        self.app.add_url_rule("/raise", "raise", raising, methods=["GET", "POST"])
        raising = browser.ceremony(self._raise, who=Who.SESSION)
        self.app.add_url_rule("/c/raise", "c-raise", raising, methods=["POST"])
        self.refusal = None

    def _page(self, visitor, **arguments):
        self.called.append((visitor, arguments))
        return Response(f"token {visitor.session.csrf}.")

    def _ceremony(self, visitor):
        self.called.append((visitor, visitor.json()))
        return Response("{}", content_type="application/json")

    def _raise(self, _visitor):
        raise self.refusal

    def visitor(self):
        """Return a new browser, which has never been here."""
        return Visiting(self)

    def a_person(self, role=Role.MEMBER, **options):
        """Return somebody of a new organization."""
        org_id = an_organization(self.database, **options)
        user_id = a_user(self.database, org_id)
        an_account(self.database, org_id, user_id, role=role)
        with self.database.reading() as session:
            return accounts.person(session, org_id, user_id)

    def rejected(self):
        """Return the causes of the refusals that the audit log holds."""
        return [
            row.context["code"]
            for row in rows(self.database, audit)
            if row.event == "session:reject"
        ]

    def sessions(self):
        """Return the rows of all sessions, the oldest first."""
        return sorted(rows(self.database, web_session), key=lambda row: row.id)


class Visiting:
    """One browser: its cookies, and the token its page holds."""

    def __init__(self, site):
        self.site = site
        self.client = site.app.test_client()
        self.token = None

    @property
    def secret(self):
        cookie = self.client.get_cookie("__Host-sid", "localhost")
        return cookie.value if cookie else None

    @secret.setter
    def secret(self, value):
        self.client.set_cookie("__Host-sid", value, domain="localhost", secure=True)

    def get(self, path, base_url=ORIGIN, **options):
        answer = self.client.get(path, base_url=base_url, **options)
        if found := re.fullmatch(r"token (\S+)\.", answer.text):
            self.token = found[1]
        return answer

    def post(self, path, *, base_url=ORIGIN, token=..., headers=None, **options):
        """Post with the token in the header; ``token`` None sends none."""
        token = self.token if token is ... else token
        sent = {"X-CSRF-Token": token} if token is not None else {}
        return self.client.post(
            path, base_url=base_url, headers={**sent, **(headers or {})}, **options
        )

    def _become(self, turn):
        if self.secret is None:
            self.get("/signin")
        now, visit = self.site.clock.now(), VISIT

        def work(session):
            return turn(session, now, visit, sessions.read(session, self.secret, now))

        opened = run(self.site.database, work)
        self.secret, self.token = opened.secret, opened.session.csrf
        self.site.called.clear()
        return self

    def sign_in(self, person):
        """Sign in past any ceremony."""
        return self._become(
            lambda s, now, visit, current: sessions.sign_in(
                s, now, visit, current, person, "passkey", None
            )
        )

    def restrict(self, person):
        """Be given a restricted session past any door."""
        return self._become(
            lambda s, now, visit, current: sessions.restrict(
                s, now, visit, current, person, None, "link"
            )
        )

    def step_up(self):
        """Step up past any ceremony."""
        return self._become(sessions.step_up)


def error_of(answer):
    """Return status and JSON of an answer."""
    return answer.status_code, answer.get_json()


def session_of(site, secret):
    """Return the live session of a secret."""
    with site.database.reading() as session:
        return sessions.read(session, secret, site.clock.now())
