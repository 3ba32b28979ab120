"""Enrolment links in the console: by rank, with a step-up, shown once (P80, P83; N68, N84)."""

import re

import pytest

from scimserver.ids import new_id
from scimserver.storage.models import audit, enrol_link, notice
from tests.signing_in import ORIGIN

LINK = re.compile(rf"{ORIGIN}/enrol#[A-Za-z0-9_-]{{43}}")


def _path(person, end=""):
    return f"/console/users/{person.user_id}/enrol-link{end}"


RANKS = [
    ("helpdesk", "member", 200),
    ("helpdesk", "viewer", 200),
    ("helpdesk", "helpdesk", 403),
    ("helpdesk", "administrator", 403),
    ("helpdesk", "owner", 403),
    ("administrator", "helpdesk", 200),
    ("administrator", "administrator", 403),
    ("administrator", "owner", 403),
    ("owner", "administrator", 200),
    ("owner", "owner", 200),
    ("viewer", "member", 403),
]


@pytest.fixture
def site(shared_site):
    return shared_site


@pytest.fixture
def org(site):
    return site.organization(passkey_audience="everyone")


def _links(site, org):
    return site.rows(enrol_link, enrol_link.c.org_id == org)


@pytest.mark.parametrize(("mine", "theirs", "status"), RANKS)
def test_n84_nobody_lets_in_somebody_of_equal_or_higher_rank(site, org, mine, theirs, status):
    me, other = site.person(org, role=mine), site.person(org, role=theirs)
    browser = site.signed_in(me)
    assert browser.get(_path(other)).status == status
    reply = browser.post(_path(other))
    assert reply.status == status
    assert len(_links(site, org)) == (status == 200)
    assert bool(LINK.search(reply.text)) is (status == 200)
    assert browser.post(_path(other, "/revoke")).status == (303 if status == 200 else status)


@pytest.mark.parametrize("role", ["helpdesk", "administrator", "owner"])
def test_n84_nobody_issues_one_for_themselves(site, org, role):
    me = site.person(org, role=role)
    browser = site.signed_in(me)
    for reply in (
        browser.get(_path(me)),
        browser.post(_path(me)),
        browser.post(_path(me, "/revoke")),
    ):
        assert reply.status == 403
    assert _links(site, org) == []


def test_n84_another_organization_s_people_are_unknown(site, org):
    browser = site.signed_in(site.person(org))
    stranger = site.person(site.organization(), role="member")
    for id in (stranger.user_id, new_id(), "x"):
        path = f"/console/users/{id}/enrol-link"
        for reply in (browser.get(path), browser.post(path), browser.post(f"{path}/revoke")):
            assert reply.status == 404
    assert _links(site, org) == []


def test_n68_issuing_and_withdrawing_need_a_step_up_of_30_seconds(site, org):
    other = site.person(org, role="administrator")
    browser = site.signed_in(site.person(org))
    site.clock.advance(30)
    assert browser.post(_path(other)).status == 200
    site.clock.advance(1)
    assert browser.post(_path(other)).status == 403
    assert browser.post(_path(other, "/revoke")).status == 403
    assert [row.ended_at for row in _links(site, org)] == [None]
    browser.reauth()
    assert browser.post(_path(other, "/revoke")).status == 303
    assert [row.ended_why for row in _links(site, org)] == ["revoked"]


def test_the_page_says_which_link_lives_and_a_new_one_ends_it(site, org):
    me, other = site.person(org), site.person(org, role="administrator")
    browser = site.signed_in(me)
    assert "There is a link already" not in browser.get(_path(other)).text
    shown = LINK.search(browser.post(_path(other)).text)[0]
    page = browser.get(_path(other))
    assert "There is a link already" in page.text
    assert shown not in page.text
    assert me.display_name in page.text
    browser.post(_path(other))
    assert sorted(row.ended_why or "" for row in _links(site, org)) == ["", "superseded"]


@pytest.mark.parametrize(
    ("lifetime", "minutes"), [("15", 15), ("60", 60), ("1440", 1440), ("", 60), ("9", 60)]
)
def test_a_link_lives_as_long_as_was_chosen(site, org, lifetime, minutes):
    browser = site.signed_in(site.person(org))
    browser.post(_path(site.person(org)), {"lifetime": lifetime})
    (row,) = _links(site, org)
    assert (row.expires_at - row.created_at).total_seconds() == minutes * 60


def test_n79_the_secret_is_told_once_and_written_nowhere(site, org):
    me, other = site.person(org), site.person(org, role="administrator")
    browser = site.signed_in(me)
    reply = browser.post(_path(other))
    secret = LINK.search(reply.text)[0].partition("#")[2]
    assert reply.headers["Cache-Control"] == "no-store"
    stored = [*_links(site, org), *site.rows(audit), *site.rows(notice)]
    assert secret not in repr(stored)
    (told,) = site.rows(notice, notice.c.org_id == org, notice.c.code == "enrol_link_created")
    assert told.user_id == other.user_id
    assert told.facts["issued_by"] == me.display_name
    assert told.facts["expires_at"].startswith("2026-11-22T13:00:00")


def test_the_drawing_is_of_the_link(site, org):
    browser = site.signed_in(site.person(org))
    reply = browser.post(_path(site.person(org)))
    drawing = re.search(r'<svg[^>]*class="qr".*?</svg>', reply.text, re.DOTALL)[0]
    assert "style" not in drawing
    assert drawing.count("<path") == 2


def test_someone_who_could_not_use_a_link_is_given_none(site, org, turn_off):
    off = turn_off(site.person(org, role="member"))
    browser = site.signed_in(site.person(org))
    reply = browser.post(_path(off))
    assert reply.status == 400
    assert "deactivated" in reply.text
