"""Pages: a template and its values become an answer; undefined names raise, values are escaped.

It knows neither the browser gate nor a surface, so that all of them can render: whoever visits
is anything with a session and, once signed in, a person.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scimserver.domain import roles
from scimserver.domain.web_session import Kind
from scimserver.web.static_files import StaticFiles

FOLDER = Path(__file__).parent / "console" / "templates"

PRODUCT = "scimserver"

Alarming = Callable[[Any], Sequence[Any]]
"""Says what a visitor who is signed in must not overlook, whatever the page."""


class Reader(Protocol):
    """Whom a page greets and whose role decides what it offers."""

    @property
    def role(self) -> roles.Role:
        """What the person is to the organization."""


class Tokened(Protocol):
    """A session, as far as a page needs one."""

    @property
    def kind(self) -> Kind:
        """Whether it is signed in, restricted, or neither."""

    @property
    def csrf(self) -> str:
        """The token that each form of the session carries (P65)."""


class Visiting(Protocol):
    """One request of a browser, as far as a page needs it."""

    @property
    def session(self) -> Tokened:
        """The session the request belongs to."""

    @property
    def person(self) -> Reader | None:
        """Who is signed in."""


class Renderer:
    """Makes every page.

    A template sees, beside the values it is given: ``person`` (none before sign-in), ``signed_in``
    (a restricted session has a person and is not), ``csrf_token``, ``grants(permission)``,
    ``static(name)``, ``when(instant)``, ``product`` and the answer's ``status``. Whole pages of
    whoever is signed in have ``alarms``, unless they are given some or none.
    """

    def __init__(
        self, static: StaticFiles, folder: Path = FOLDER, *, alarms: Alarming = lambda _: ()
    ) -> None:
        self._alarms = alarms
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(static=static.url, when=when, product=PRODUCT)

    def render(
        self,
        template: str,
        visitor: Visiting | None,
        *,
        status: int = 200,
        fragment: str | None = None,
        **values: Any,
    ) -> Response:
        """Answer with a page, or with its fragment where a script on the page asks for that."""
        partly = fragment is not None and _asks_for_part()
        chosen = fragment if partly and fragment else template
        # A restricted session would be led to refusals only (P85).
        is_signed_in = visitor is not None and visitor.session.kind is Kind.USER
        if is_signed_in and not partly and "alarms" not in values:
            values["alarms"] = self._alarms(visitor)
        text = self.text(chosen, visitor, status=status, **values)
        answer = Response(text, status=status, content_type="text/html; charset=utf-8")
        if fragment is not None:
            answer.vary.add("HX-Request")
        return answer

    def text(self, template: str, visitor: Visiting | None, **values: Any) -> str:
        """Return what a template makes of its values."""
        return self._environment.get_template(template).render(_greeting(visitor) | values)


def _greeting(visitor: Visiting | None) -> dict[str, Any]:
    person = visitor.person if visitor else None

    token = visitor.session.csrf if visitor else ""

    def grants(permission: str) -> bool:
        return person is not None and roles.grants(person.role, permission)

    # Navigation would lead a restricted session to refusals only (P85).
    signed_in = visitor is not None and visitor.session.kind is Kind.USER
    return {"person": person, "signed_in": signed_in, "csrf_token": token, "grants": grants}


def _asks_for_part() -> bool:
    """Return whether htmx wants a part: not where it boosts a link or restores its history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type") != "full"
    )


def see_other(path: str) -> Response:
    """Lead to another page of ours, to be got whatever the method was."""
    return Response(status=303, headers={"Location": path})


def when(instant: datetime | None, nothing: str = "never") -> str | Markup:
    """Return a moment as people read it, in UTC, with its exact form for machines."""
    if instant is None:
        return nothing
    shown = f"{instant.day} {instant:%b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{instant:%Y-%m-%dT%H:%M:%SZ}", shown)
