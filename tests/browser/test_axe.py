"""Every page is accessible: empty and filled, light and dark, wide and narrow, in silence."""

import hashlib
import json
import shutil

import pytest

from scimserver.storage.session import Database
from tests.browser.axe import SCRIPT, violations
from tests.browser.pages import NO_PAGES, PAGES, rule_of
from tests.browser.showroom import a_showroom

BARE = [page for page in PAGES if page.bare]


NARROW = 360
"""A small telephone: there pages become longer and never wider (WCAG 1.4.10)."""
_OVERFLOWING = """(() => {
  const wide = document.documentElement.scrollWidth;
  return wide > window.innerWidth ? [`${wide} pixels wide on a telephone`] : [];
})()"""


def _name(page):
    return page.name


@pytest.fixture(scope="module")
def showroom(chromium, sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("showroom")
    shutil.copy(sqlite_template, folder / "showroom.db")
    database = Database(f"sqlite:///{folder / 'showroom.db'}", synchronous="OFF")
    with a_showroom(database, chromium, folder / "post") as opened:
        yield opened
    database.dispose()


def _wrong(tab, page):
    tab.page.set_viewport_size({"width": NARROW, "height": 740})
    found = tab.evaluate(_OVERFLOWING)
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    for scheme in ("light", "dark"):
        tab.page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {line}" for line in violations(tab)]
    said = tab.said if page.status < 400 else tab.complaints
    return found + [f"console: {line}" for line in said]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_at_work_has_no_violation(showroom, page):
    assert _wrong(showroom.show(page, showroom.furnished), page) == []


@pytest.mark.parametrize("page", BARE, ids=_name)
def test_a_page_without_anything_on_it_has_no_violation(showroom, page):
    assert _wrong(showroom.show(page, showroom.bare), page) == []


def test_every_page_is_listed(showroom):
    every = showroom.site.app.url_map.iter_rules()
    # What lies below /api is for programs.
    routes = {each.rule for each in every if "GET" in each.methods and each.rule[:5] != "/api/"}
    listed = {rule_of(page) for page in PAGES}
    assert routes - listed - NO_PAGES.keys() == set()
    assert NO_PAGES.keys() - routes == set()
    unknown = {rule for rule in listed - routes if rule.startswith("/")}
    assert unknown == set()


def test_the_checker_is_what_its_makers_published():
    vendored = json.loads((SCRIPT.parent / "vendor.json").read_text(encoding="utf-8"))
    for name, digest in vendored["sha256"].items():
        assert hashlib.sha256((SCRIPT.parent / name).read_bytes()).hexdigest() == digest
    assert vendored["version"] in SCRIPT.read_text(encoding="utf-8")[:200]
