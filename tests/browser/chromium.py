"""The system's own Chromium, headless."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import expect, sync_playwright

SECONDS = 10
"""How long anything on a page may take."""
MISSING = "There is no chromium here. Install the package 'chromium' and run this again."
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class NoChromiumError(Exception):
    """The browser that pages are looked at with is missing."""


@contextmanager
def a_chromium():
    """Run it until the block ends."""
    path = shutil.which("chromium")
    if path is None:
        raise NoChromiumError(MISSING)
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*_FLAGS])
        yield browser
        browser.close()
