"""Pages are made strictly: no undefined name, nothing unescaped, nothing from elsewhere."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from flask import Flask
from jinja2 import UndefinedError

from scimserver.domain.roles import Role
from scimserver.domain.web_session import Kind
from scimserver.web.render import Renderer, when
from scimserver.web.static_files import StaticFiles

HOSTILE = """<script>alert("x")</script>'"><img src=x onerror=y>"""


@dataclass(frozen=True)
class Someone:
    user_name: str = "ann@example.com"
    display_name: str = "Ann"
    org_name: str = "Example"
    org_slug: str = "example"
    sandbox: bool = False
    closes_at: datetime | None = None
    role: Role = Role.OWNER


@dataclass(frozen=True)
class Sitting:
    csrf: str = "a-token"
    kind: Kind = Kind.USER


@dataclass(frozen=True)
class Visit:
    person: Someone | None = field(default_factory=Someone)
    session: Sitting = field(default_factory=Sitting)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(StaticFiles())


GUEST = Visit(None, Sitting(kind=Kind.ANONYMOUS))
RESTRICTED = Visit(session=Sitting(kind=Kind.RESTRICTED))
ERROR = {"status": 404, "heading": "Not found", "text": "There is no such page."}


@pytest.mark.parametrize(
    "visitor",
    [None, GUEST, RESTRICTED, Visit()],
    ids=["none", "guest", "restricted", "person"],
)
@pytest.mark.parametrize(("page", "values"), [("error.html", ERROR), ("reauth.html", {})])
def test_the_pages_of_the_gate_render_for_everyone(renderer, page, values, visitor):
    text = renderer.text(page, visitor, **values)
    assert "<h1>" in text
    framed = page == "error.html" and visitor == Visit()
    assert ('href="/console/users"' in text) == framed


def test_a_page_without_its_values_is_not_made(renderer):
    with pytest.raises(UndefinedError):
        renderer.text("error.html", None, status=404, heading="Not found")


def test_values_are_escaped_wherever_they_stand(renderer):
    visitor = Visit(Someone(user_name=HOSTILE, display_name=HOSTILE, org_name=HOSTILE))
    text = renderer.text("error.html", visitor, **ERROR | {"text": HOSTILE}, note=HOSTILE)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;alert") >= 4


@pytest.mark.parametrize(
    ("person", "banner"),
    [
        (Someone(sandbox=True), True),
        (Someone(sandbox=True, closes_at=datetime(2026, 12, 24, 9, 30, tzinfo=UTC)), True),
        (Someone(), False),
    ],
    ids=["sandbox", "with an end", "normal"],
)
@pytest.mark.parametrize(("page", "values"), [("error.html", ERROR), ("reauth.html", {})])
def test_every_page_of_a_sandbox_says_what_it_is(renderer, page, values, person, banner):
    """M23: nobody ever sees one, since nobody signs in (M22)."""
    text = renderer.text(page, Visit(person), **values)
    assert ("accepts any address, and lets nobody sign in" in text) is banner
    assert ("24 Dec 2026, 09:30 UTC" in text) is (person.closes_at is not None)


@pytest.mark.parametrize("role", Role)
def test_the_navigation_offers_what_the_role_may_see(renderer, role):
    text = renderer.text("error.html", Visit(Someone(role=role)), **ERROR)
    offered = [
        name
        for name in ("users", "teams", "connections", "log", "organization")
        if f'href="/console/{name}"' in text
    ]
    assert offered == {
        Role.HELPDESK: ["users", "teams"],
        Role.MEMBER: [],
    }.get(role, ["users", "teams", "connections", "log", "organization"])


def test_the_token_of_the_session_is_in_the_page(renderer):
    text = renderer.text("reauth.html", Visit())
    assert '<meta name="csrf-token" content="a-token">' in text
    assert '<input type="hidden" name="csrf" value="a-token">' in text


@pytest.mark.parametrize(
    ("headers", "part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Request-Type": "partial"}, True),
        ({"HX-Request": "true", "HX-Request-Type": "full"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_a_script_is_answered_with_the_part_it_asks_for(renderer, headers, part):
    with Flask("test").test_request_context(headers=headers):
        answer = renderer.render("error.html", None, fragment="_icon.html", **ERROR)
    assert ("<html" in answer.get_data(as_text=True)) != part
    assert answer.headers["Vary"] == "HX-Request"


def test_a_moment_is_shown_in_utc_and_for_machines():
    shown = when(datetime(2026, 11, 5, 9, 7, 3, tzinfo=UTC))
    assert shown == '<time datetime="2026-11-05T09:07:03Z">5 Nov 2026, 09:07 UTC</time>'
    assert when(None) == "never"
