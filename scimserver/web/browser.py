"""The gate in front of every page and every ceremony: session, CSRF, step-up, permission.

A view is wrapped once, by ``page`` or ``ceremony``, and says who may reach it. What it is given has
passed every check; what it raises becomes a page or ``{"error": …}``. The wrapped function carries
its ``guard``, so that a test can walk all routes (P70).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from time import perf_counter
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from scimserver.domain.roles import grants
from scimserver.domain.sign_in_errors import (
    BadRequestError,
    NoSessionError,
    NotAllowedError,
    NotSignedInError,
    RateLimitedError,
    SignInOffError,
    StaleSignInError,
)
from scimserver.domain.visit import Visit
from scimserver.domain.web_session import Kind, WebSession
from scimserver.errors import ScimServerError
from scimserver.services import sessions
from scimserver.services.guesses import network
from scimserver.services.sessions import Opened
from scimserver.storage.session import Session
from scimserver.web import csrf
from scimserver.web.answers import Answers
from scimserver.web.error_pages import words_of, words_of_status
from scimserver.web.guard import SAFE_METHODS, Call, Guard, Who, admitted, guard_of, is_given_one
from scimserver.web.http import Services, request_id
from scimserver.web.limits import Buckets
from scimserver.web.next_path import own_path
from scimserver.web.relying_party import LOCALHOST, RelyingParty
from scimserver.web.render import Renderer
from scimserver.web.visitor import Visitor, checked, read_form, read_json

__all__ = ["Browser", "Guard", "Visitor", "Who", "guard_of"]

COOKIE = "__Host-sid"
SIGN_IN = "/signin"
ACCOUNT = "/account/passkeys"
ANONYMOUS_A_SECOND = 10
_NOTED_EVERY = timedelta(minutes=1)

View = Callable[..., Response]


class Browser:
    """Wraps views. ``relying_party`` None turns sign-in off: every view then says so."""

    def __init__(
        self, services: Services, relying_party: RelyingParty | None, pages: Renderer
    ) -> None:
        self._services = services
        self._party = relying_party
        self._pages = pages
        self._budget = Buckets(services.clock)
        self._answers = Answers(services, pages)
        origins = relying_party.origins if relying_party else ()
        self._hosts = {urlsplit(origin).netloc: origin for origin in origins}
        # Browsers know no passkeys at these addresses, which people type all the same.
        self._loopback = {
            host.replace(LOCALHOST, address): origin
            for host, origin in self._hosts.items()
            if urlsplit(origin).hostname == LOCALHOST
            for address in ("127.0.0.1", "[::1]")
        }

    def page(
        self, view: View, *, who: Who, permission: str | None = None, fresh: int | None = None
    ) -> View:
        """Return the view as Flask calls it: HTML out, form posts in."""
        return self._guarded(view, Guard(who, permission, fresh))

    def ceremony(self, view: View, *, who: Who, fresh: int | None = None) -> View:
        """Return the view as Flask calls it: JSON in and out, by POST (P2, P3)."""
        return self._guarded(view, Guard(who, None, fresh, is_ceremony=True))

    def keep(self, response: Response, opened: Opened) -> Response:
        """Let the visitor have a session's secret, for as long as the browser runs (P59)."""
        response.set_cookie(
            COOKIE, opened.secret, secure=True, httponly=True, samesite="Lax", path="/"
        )
        return response

    def drop(self, response: Response) -> Response:
        """Let the visitor forget the secret of a session that has ended."""
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
        return response

    def error(self, refusal: ScimServerError | int, visitor: Visitor | None = None) -> Response:
        """Answer with a page that says what was refused."""
        words = words_of_status(refusal) if isinstance(refusal, int) else words_of(refusal)
        return self._answers.say(words, visitor)

    def _guarded(self, view: View, guard: Guard) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> Response:
            started = perf_counter()
            call = Call(guard, self._services.clock.now(), self._visit())
            code = None
            try:
                answer = self._answer(call, view, arguments)
            except HTTPException as refusal:
                code, answer = "http", self._answers.http(call, refusal)
            except ScimServerError as refusal:
                code, answer = refusal.code, self._answers.refused(call, refusal)
            except Exception as failure:  # noqa: BLE001  # The process outlives a bug; F3.
                code, answer = "internal", self._answers.incident(call, failure)
            return self._answers.finished(call, answer, code, started)

        guarded.guard = guard  # type: ignore[attr-defined]
        return guarded

    def _answer(self, call: Call, view: View, arguments: Mapping[str, Any]) -> Response:
        elsewhere = self._check_host()
        if elsewhere is not None:
            return elsewhere
        is_safe = request.method in SAFE_METHODS
        if not is_safe:
            csrf.check_site(request, self._hosts.values())
        current, opened = self._read(call), None
        if is_safe and is_given_one(call.guard, current):
            opened = self._open(call, current)
            current = opened.session
        form: MultiDict[str, str] = MultiDict()
        if not is_safe:
            form = self._check_token(call, current)
        session = admitted(call.guard, current)
        if session is None:
            if is_safe and not call.guard.is_ceremony:
                return _to_sign_in()
            raise NotSignedInError if current is not None else NoSessionError
        session = self._noted(call, session)
        if any("\0" in str(value) for value in arguments.values()):
            raise BadRequestError("nul_character")
        call.visitor = _visitor(call, session, form, is_safe=is_safe)
        if (repeated := self._check_rights(call, call.visitor)) is not None:
            return repeated
        answer = view(call.visitor, **arguments)
        return answer if opened is None else self.keep(answer, opened)

    def _check_host(self) -> Response | None:
        """Lead a loopback address to the origin it stands for, and refuse foreign hosts (P4)."""
        if self._party is None:
            raise SignInOffError
        if request.host in self._hosts:
            return None
        home = self._loopback.get(request.host)
        if home is None or request.method not in SAFE_METHODS:
            raise BadRequestError("foreign_host", "This server does not answer at that address.")
        return _redirect(home + _path(), 302)

    def _visit(self) -> Visit:
        agent = request.headers.get("User-Agent", "")
        return Visit(request.remote_addr or "", agent, request_id(request.environ))

    def _read(self, call: Call) -> WebSession | None:
        secret = request.cookies.get(COOKIE, "")
        if sessions.digest_of(secret) is None:
            return None
        with self._services.database.reading() as session:
            found = sessions.read(session, secret, call.now)
        if found is not None:
            call.session = found
            call.visit = replace(call.visit, session=found.digest)
        return found

    def _open(self, call: Call, current: WebSession | None) -> Opened:
        """Open an anonymous session; a restricted one does not outlive leaving its page (P85)."""
        wait = self._budget.take(f"anonymous:{network(call.visit.address)}", ANONYMOUS_A_SECOND)
        if wait:
            raise RateLimitedError("anonymous_sessions", wait)

        def work(session: Session) -> Opened:
            if current is not None:
                sessions.sign_out(session, call.now, call.visit, current)
            return sessions.open_anonymous(session, call.now, call.visit)

        opened = self._services.write(work)
        call.session = opened.session
        call.visit = replace(call.visit, session=opened.session.digest)
        return opened

    def _check_token(self, call: Call, current: WebSession | None) -> MultiDict[str, str]:
        """Return the form of a request with the session's token."""
        if current is None:
            raise NoSessionError
        form: MultiDict[str, str] = MultiDict()
        if csrf.HEADER in request.headers or call.guard.is_ceremony:
            csrf.check_token(request, form, current.csrf)
        if not call.guard.is_ceremony:
            form = MultiDict(read_form(request))
            csrf.check_token(request, form, current.csrf)
            form.poplist(csrf.FIELD)
        return form

    def _noted(self, call: Call, session: WebSession) -> WebSession:
        """Note once a minute that a session is in use (P62)."""
        if call.now - session.seen_at < _NOTED_EVERY:
            return session
        if not self._services.write(lambda db: sessions.seen(db, session.digest, call.now)):
            raise NoSessionError("session_ended")
        return replace(session, seen_at=call.now)

    def _check_rights(self, call: Call, visitor: Visitor) -> Response | None:
        """Check role and step-up; a page whose step-up is too old asks for a new one (P70)."""
        guard, session = call.guard, visitor.session
        if guard.permission is not None and not grants(visitor.me.role, guard.permission):
            raise NotAllowedError
        # A restricted session is younger than any step-up we ask for, and cannot make one.
        if guard.fresh is None or session.kind is Kind.RESTRICTED:
            return None
        if session.is_fresh(call.now, guard.fresh):
            return None
        if guard.is_ceremony:
            raise StaleSignInError
        return self._pages.render(
            "reauth.html",
            visitor,
            status=StaleSignInError.status,
            alarms=(),
            next=_path(),
            back=_came_from(self._hosts.values()),
            action="" if request.method in SAFE_METHODS else _path(),
            fields=list(visitor.form.items(multi=True)),
        )


def _visitor(
    call: Call, session: WebSession, form: MultiDict[str, str], *, is_safe: bool
) -> Visitor:
    body = read_json(request) if call.guard.is_ceremony and not is_safe else None
    return Visitor(session, call.visit, call.now, form, checked(request.args), body)


def _to_sign_in() -> Response:
    """Lead to the sign-in page, and from there back; the whole page, where it asked for a part."""
    address = f"{SIGN_IN}?next={quote(_path(), safe='/')}"
    if request.headers.get("HX-Request") == "true":
        # A redirect would be followed unseen, and the sign-in page shown within the one that asked.
        return Response(status=204, headers={"HX-Redirect": address})
    return _redirect(address, 303)


def _redirect(address: str, status: int) -> Response:
    return Response(status=status, headers={"Location": address})


def _path() -> str:
    """Return the address of this request below its origin."""
    query = request.query_string.decode("latin-1")
    path = quote(request.path)
    return f"{path}?{quote(query, safe='%&=+/:?,;@!$()*~-._')}" if query else path


def _came_from(origins: Collection[str]) -> str:
    """Return the path of the page of ours that led here."""
    parts = urlsplit(request.referrer or "")
    if f"{parts.scheme}://{parts.netloc}" not in origins:
        return ACCOUNT
    # A path that begins with two slashes would be another site's address.
    return own_path(parts.path + (f"?{parts.query}" if parts.query else ""), ACCOUNT)
