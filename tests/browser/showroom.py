"""A site to look at: pages of a bare organization and of one at work, as each visitor has them."""

from contextlib import contextmanager

from tests.browser.chromium import SECONDS
from tests.browser.furnished import Bare, Furnished, Halted, Worried
from tests.browser.live import live
from tests.browser.pages import CONFINED, HALTED, LATE, NEWCOMER, NOBODY, OWNER, WORRIED, reach
from tests.browser.tab import Tab


class Showroom:
    """Shows pages. One tab is kept for each kind of visitor of each organization."""

    def __init__(self, site, chromium):
        self.site = site
        self._chromium = chromium
        self._tabs = {}
        self._special = {WORRIED: Worried(site), HALTED: Halted(site)}
        self.furnished = Furnished(site)
        self.bare = Bare(site)

    def show(self, page, organization):
        """Return a tab that shows a page as a visitor to the organization sees it."""
        organization = self._special.get(page.who, organization)
        key = (page.who, organization.org_id)
        if key not in self._tabs:
            is_new = page.who == NEWCOMER
            person = organization.second if is_new else organization.owner
            self._tabs[key] = self._tab(page.who, person)
        tab = self._tabs[key]
        tab.page.emulate_media(color_scheme="light")
        tab.said.clear()
        reach(tab, page, organization.places)
        return tab

    def _tab(self, who, person):
        # Colours on their way from one scheme to the other are nobody's.
        context = self._chromium.new_context(
            viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )
        context.set_default_timeout(SECONDS * 1000)
        tab = Tab(context, self.site.origin)
        tab.absent()
        enter = {
            NOBODY: lambda: None,
            OWNER: lambda: self.site.enter(context, person),
            WORRIED: lambda: self.site.enter(context, person),
            HALTED: lambda: self.site.enter(context, person),
            NEWCOMER: lambda: self.site.enter(context, person),
            LATE: lambda: self.site.enter(context, person, seconds_ago=700),
            CONFINED: lambda: self.site.confine(context, person),
        }
        enter[who]()
        return tab

    def close(self):
        """Close every tab."""
        for tab in self._tabs.values():
            tab.context.close()


@contextmanager
def a_showroom(database, chromium, folder):
    """A showroom on a database, whose mail goes to a folder."""
    with live(database, SCIMSERVER_MAIL=f"file://{folder}") as site:
        showroom = Showroom(site, chromium)
        yield showroom
        showroom.close()
