"""The pictures in docs/console are there, small, and can be taken again."""

import subprocess
import sys

from tests.arch.source import ROOT
from tests.browser import screenshots


def test_every_page_has_its_picture():
    wanted = {f"{name}.png" for name, _page, _scheme in screenshots.pictures()}
    kept = {path.name: path.stat().st_size for path in screenshots.FOLDER.glob("*.png")}
    assert kept.keys() == wanted
    assert {name for name, size in kept.items() if size > screenshots.MOST_BYTES} == set()
    assert (screenshots.FOLDER / "README.md").read_text(encoding="utf-8") == screenshots.readme()


def test_the_pictures_can_be_taken_again(tmp_path):
    words = [sys.executable, "-m", "tests.browser.screenshots", "--into", tmp_path, "overview"]
    subprocess.run(words, cwd=ROOT, check=True, timeout=80)
    taken = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert taken.keys() == {"overview.png", "README.md"}
    # The IHDR of a PNG: width and height, big-endian.
    picture = taken["overview.png"]
    assert (picture[:4], int.from_bytes(picture[16:20])) == (b"\x89PNG", screenshots.WIDTH)
