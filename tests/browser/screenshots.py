"""Takes the pictures in docs/console: ``python -m tests.browser.screenshots [NAME …]``."""

import argparse
import tempfile
from pathlib import Path

from scimserver.storage.migrate import upgrade
from scimserver.storage.session import Database
from tests.browser.chromium import a_chromium
from tests.browser.pages import PAGES
from tests.browser.showroom import a_showroom

FOLDER = Path(__file__).parents[2] / "docs" / "console"
WIDTH, LOWEST, HIGHEST = 1280, 560, 840
MOST_BYTES = 150_000
DARK = ("overview", "sign-in")
INTRODUCTION = """# The console in pictures

Every page of the console, in an organization that has been at work for a day. The pictures are
taken by `python -m tests.browser.screenshots`.
"""


def pictures():
    """Return what there is a picture of: its name, its page, its colour scheme."""
    light = [(page.name, page, "light") for page in PAGES]
    return light + [(f"{page.name}-dark", page, "dark") for page in PAGES if page.name in DARK]


def readme():
    """Return the text that names every picture."""
    parts = [INTRODUCTION]
    for name, page, scheme in pictures():
        sentence = page.sentence if scheme == "light" else "The same in the dark."
        parts.append(
            f"## {name.replace('-', ' ').capitalize()}\n\n{sentence}\n\n![{name}]({name}.png)\n"
        )
    return "\n".join(parts)


def take(folder, names=()):
    """Write the pictures of the pages named, by default of all, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, a_chromium() as chromium:
        database = Database(f"sqlite:///{place}/showroom.db", synchronous="OFF")
        upgrade(database)
        with a_showroom(database, chromium, Path(place) / "post") as showroom:
            for name, page, scheme in pictures():
                if names and name not in names:
                    continue
                tab = showroom.show(page, showroom.furnished)
                tab.page.emulate_media(color_scheme=scheme)
                _fit(tab.page)
                tab.page.screenshot(path=folder / f"{name}.png", animations="disabled")
        database.dispose()


def _fit(page):
    """Make the window as high as the page, within reason."""
    page.set_viewport_size({"width": WIDTH, "height": LOWEST})
    height = page.locator("main").bounding_box()["height"]
    top = page.locator("main").bounding_box()["y"]
    page.set_viewport_size({"width": WIDTH, "height": int(min(max(top + height, LOWEST), HIGHEST))})


def main():
    """Take the pictures named, or all, and write the text about them."""
    words = argparse.ArgumentParser(description=main.__doc__)
    words.add_argument("names", nargs="*", metavar="NAME")
    words.add_argument("--into", type=Path, default=FOLDER, metavar="FOLDER")
    given = words.parse_args()
    take(given.into, given.names)
    (given.into / "README.md").write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    main()
