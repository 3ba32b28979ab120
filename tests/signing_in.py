"""People in browsers: a site with its clock, and visitors with cookies, tokens and passkeys.

``Site`` is the whole application on a database. ``site.person()`` makes somebody,
``site.browser()`` a browser with an authenticator of its own:

    ann = site.person()
    browser = site.signed_in(ann)               # has a passkey, and signed in with it over HTTP
    browser.get("/account/passkeys")
    browser.post("/signout")                    # a form, with the session's token
    browser.post_json("/passkeys/reauth/options")

A browser that opens a page with a token in it uses that from then on.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from scimserver.adapters import webauthn
from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import accounts, sessions
from scimserver.storage import passkeys
from scimserver.storage.models import audit, organization, passkey, passkey_credential, web_session
from scimserver.storage.transaction import run
from scimserver.web import relying_party
from tests.authenticator import Authenticator
from tests.factories import a_person, a_user, an_account, an_organization

ORIGIN = "https://id.acme.test"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"
COOKIE = "__Host-sid"
TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
_CHALLENGE = bytes(32)
_addresses = count(1)


def _address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def at_once(work, many):
    """Run work in threads that begin together; return what it returned."""
    barrier, results = threading.Barrier(many), []

    def run(number):
        barrier.wait()
        results.append(work(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results


class Clock:
    """A clock that tests move."""

    def __init__(self, now=START):
        self.at = now

    def now(self):
        return self.at

    def advance(self, seconds):
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Reply:
    """An answer: its status, headers, text, and its JSON, if any."""

    status: int
    headers: Any
    text: str
    json: Any
    cookies: list[str]

    @property
    def request_id(self):
        return self.headers["X-Request-Id"]


class Site:
    """One application on one database. ``environment`` are settings by their variables."""

    def __init__(self, database, **environment):
        self.database = database
        self.clock = Clock()
        self.settings = Settings.from_env(
            {
                "SCIMSERVER_DATABASE_URL": database.url.render_as_string(hide_password=False),
                "SCIMSERVER_BASE_URL": ORIGIN,
                "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
                "SCIMSERVER_EXTRA_SUFFIXES": "example,test",
                "SCIMSERVER_LOG_LEVEL": "error",
                **environment,
            }
        )
        self.party = relying_party.from_settings(self.settings)
        self.app = create_app(self.settings, database=database, clock=self.clock)

    @property
    def now(self):
        return self.clock.now()

    def run(self, work):
        return run(self.database, work)

    def organization(self, **columns):
        """Add an organization; ``columns`` such as ``sso_mode`` are set after that."""
        made = {name: columns.pop(name) for name in ("slug", "sandbox") if name in columns}
        org_id = an_organization(self.database, **made)
        if columns:
            self.change(organization, organization.c.id == org_id, **columns)
        return org_id

    def person(self, org_id=None, name=None, *, role="owner", **options):
        """Add somebody with an account, in a new organization unless one is named."""
        org_id = org_id or self.organization()
        return a_person(self.database, org_id, name, role=role, **options)

    def user(self, org_id, name=None, **options):
        """Add somebody without an account, and return the person."""
        user_id = a_user(self.database, org_id, name, **options)
        return self.again(org_id, user_id)

    def account(self, person, **options):
        """Give somebody an account."""
        an_account(self.database, person.org_id, person.user_id, **options)

    def again(self, org_id, user_id):
        """Return somebody as they are now."""
        with self.database.reading() as session:
            return accounts.person(session, org_id, user_id)

    def change(self, table, *where, **values):
        self.run(lambda s: s.execute(table.update().where(*where).values(**values)))

    def browser(self, **options):
        """Return a browser without a session."""
        return Browser(self, **options)

    def visitor(self, **options):
        """Return a browser with an anonymous session."""
        return Browser(self, **options).begin()

    def signed_in(self, person, **options):
        """Return a browser that has a passkey of somebody's and signed in with it."""
        browser = self.visitor(**options)
        browser.hold(person)
        reply = browser.sign_in()
        assert reply.status == 200, reply.text
        return browser

    def entered(self, person, *, opened_by=None, **options):
        """Return a browser in which somebody is signed in, without a ceremony."""
        browser = self.visitor(**options)
        return browser.use(
            lambda s, current, visit: sessions.sign_in(
                s, self.now, visit, current, person, "passkey", opened_by
            )
        )

    def restricted(self, person, *, link_id=None, door="administrator", **options):
        """Return a browser in a session that may register one passkey for somebody."""
        browser = self.visitor(**options)
        return browser.use(
            lambda s, current, visit: sessions.restrict(
                s, self.now, visit, current, person, link_id, door
            )
        )

    def passkeys(self, person):
        """Return somebody's passkeys, the oldest first."""
        with self.database.reading() as session:
            return passkeys.every(session, person.org_id, person.user_id)

    def state(self, org_id):
        """Return what a refused ceremony must leave as it was."""
        with self.database.reading() as session:
            held = session.execute(
                select(passkey).where(passkey.c.org_id == org_id).order_by(passkey.c.id)
            ).all()
            listed = session.execute(
                select(passkey_credential)
                .where(passkey_credential.c.org_id == org_id)
                .order_by(passkey_credential.c.credential_id)
            ).all()
            live = session.execute(
                select(web_session.c.digest, web_session.c.auth_at)
                .where(web_session.c.org_id == org_id, web_session.c.ended_at.is_(None))
                .order_by(web_session.c.digest)
            ).all()
        return held, listed, live

    def events(self, reply):
        """Return what the audit log has of the request: (event, code, organization, subject)."""
        return [
            (row.event, (row.context or {}).get("code"), row.org_id, row.subject_id)
            for row in self.audit(reply)
        ]

    def audit(self, reply):
        """Return the audit rows of a request."""
        return self.rows(audit, audit.c.request_id == reply.request_id)

    def rows(self, table, *where):
        with self.database.reading() as session:
            return session.execute(table.select().where(*where)).all()


@dataclass
class Browser:
    """One browser with one authenticator. ``csrf`` is the token of the page it shows."""

    site: Site
    address: str = field(default_factory=lambda: _address(next(_addresses)))
    authenticator: Any = None
    origin: str = ORIGIN
    csrf: str = ""

    def __post_init__(self):
        self.authenticator = self.authenticator or Authenticator(self.origin)
        self.client = self.site.app.test_client()

    def begin(self):
        """Open an anonymous session, as a page would."""
        return self.use(lambda s, _, visit: sessions.open_anonymous(s, self.site.now, visit))

    def use(self, work):
        """Go on with the session that ``work`` opens."""
        visit = Visit(self.address, AGENT, new_id())
        current = self.session
        opened = self.site.run(lambda s: work(s, current, visit))
        self.cookie = opened.secret
        self.csrf = opened.session.csrf
        return self

    @property
    def cookie(self):
        """The secret this browser holds, or None."""
        found = self.client.get_cookie(COOKIE, domain=self.origin.partition("//")[2])
        return found.value if found else None

    @cookie.setter
    def cookie(self, secret):
        host = self.origin.partition("//")[2]
        self.client.set_cookie(COOKIE, secret, domain=host, secure=True, httponly=True)

    @property
    def session(self):
        """The live session of this browser as the server reads it."""
        with self.site.database.reading() as session:
            return sessions.read(session, self.cookie or "", self.site.now)

    def twin(self):
        """Return another window of this browser, for a thread of its own."""
        other = Browser(self.site, authenticator=self.authenticator, origin=self.origin)
        other.address, other.cookie, other.csrf = self.address, self.cookie, self.csrf
        return other

    def open(self, method, path, **options):
        headers = {"User-Agent": AGENT, **options.pop("headers", {})}
        sent = self.client.open(
            path,
            method=method,
            base_url=self.origin,
            headers={name: value for name, value in headers.items() if value is not None},
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )
        text = sent.get_data(as_text=True)
        is_json = sent.mimetype == "application/json"
        reply = Reply(
            sent.status_code,
            sent.headers,
            text,
            json.loads(text) if is_json else None,
            sent.headers.getlist("Set-Cookie"),
        )
        found = TOKEN.search(text)
        if found:
            self.csrf = found[1]
        elif is_json and isinstance(reply.json, dict):
            self.csrf = reply.json.get("csrf", self.csrf)
        return reply

    def get(self, path, **options):
        return self.open("GET", path, **options)

    def post(self, path, fields=None, **options):
        """Send a form."""
        data = {"csrf": self.csrf, **(fields or {})}
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        headers |= options.pop("headers", {})
        return self.open("POST", path, data=data, headers=headers, **options)

    def post_json(self, path, body=None, **options):
        """Send JSON; a body of bytes is sent as it is, a header of None is left out."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        headers = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "X-CSRF-Token": self.csrf,
            "Content-Type": "application/json",
        }
        headers |= options.pop("headers", {})
        return self.open("POST", path, data=data, headers=headers, **options)

    def hold(self, person, **knobs):
        """Have a passkey of somebody's that is stored already; return the authenticator's side."""
        if person.handle is None:
            self.site.account(person)
            person = self.site.again(person.org_id, person.user_id)
        options = webauthn.registration_options(
            self.site.party,
            _CHALLENGE,
            user_handle=person.handle,
            name=person.user_name,
            display_name=person.display_name,
        )
        answer = self.authenticator.create(options, **knobs)
        attested = webauthn.verify_registration(
            self.site.party.id, self.site.party.origins, _CHALLENGE, answer
        )
        id = new_id()
        stored = passkeys.Passkey(
            org_id=person.org_id,
            id=id,
            user_id=person.user_id,
            rp_id=self.site.party.id,
            label=f"Passkey {id}",
            added_by="self",
            created_at=self.site.now,
            **{name: value for name, value in attested._asdict().items() if name != "format"},
        )
        assert self.site.run(lambda s: passkeys.insert(s, person.org_id, stored))
        return self.authenticator.credentials[attested.credential_id]

    def options(self, kind, **body):
        """Begin a ceremony; return what its page would have: its id and the options."""
        reply = self.post_json(f"/passkeys/{kind}/options", body)
        assert reply.status == 200, reply.text
        return reply.json["ceremony"], reply.json["publicKey"]

    def verify(self, kind, ceremony, credential, **more):
        """End a ceremony."""
        body = {"ceremony": ceremony, "credential": credential, **more}
        return self.post_json(f"/passkeys/{kind}/verify", body)

    def register(self, *, device=None, label=None, replace=None, **knobs):
        """Register a passkey over HTTP; ``knobs`` are the authenticator's."""
        ceremony, options = self.options("register", **({"device": device} if device else {}))
        more = {"label": label, "replace": replace}
        more = {name: value for name, value in more.items() if value is not None}
        return self.verify(
            "register", ceremony, self.authenticator.create(options, **knobs), **more
        )

    def sign_in(self, credential=None, **knobs):
        """Sign in over HTTP, with the only passkey there is unless one is named."""
        return self._use("signin", credential, knobs)

    def reauth(self, credential=None, **knobs):
        """Step up over HTTP."""
        return self._use("reauth", credential, knobs)

    def _use(self, kind, credential, knobs):
        ceremony, options = self.options(kind)
        return self.verify(kind, ceremony, self.authenticator.get(options, credential, **knobs))
