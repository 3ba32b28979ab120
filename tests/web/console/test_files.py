"""The console's files: what is vendored is what was published, and nothing needs another site."""

import hashlib
import json
import re

import pytest
from flask import Flask

from scimserver.web import render, static_files
from tests.web.console.markup import NAMESPACES, faults

STATIC, TEMPLATES = static_files.FOLDER, render.FOLDER
VENDORED = json.loads((STATIC / "vendor.json").read_text())
THEIRS = {each[key] for each in VENDORED for key in ("file", "licenseFile")}
OURS = sorted(
    path.relative_to(STATIC).as_posix()
    for path in STATIC.rglob("*")
    if path.is_file() and path.relative_to(STATIC).as_posix() not in THEIRS | {"vendor.json"}
)
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))

INLINE = re.compile(r"\s(style|on[a-z]+|hx-on[a-z:-]*|srcdoc)\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)|<style\b", re.IGNORECASE)
FOREIGN = re.compile(r"""(?:[a-z]+:)?//[\w.-]+|\b(?:data|javascript|blob):[^\s"']""", re.IGNORECASE)
EVALUATES = re.compile(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|\.write\(")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def without_comments(text):
    return re.sub(
        r"/\*.*?\*/|\{#.*?#\}|^\s*//.*$|(?<=\s)// .*$", "", text, flags=re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_what_is_vendored_is_what_was_published(entry):
    assert digest(STATIC / entry["file"]) == entry["sha256"]
    assert digest(STATIC / entry["licenseFile"]) == entry["licenseSha256"]
    assert entry["version"] in (STATIC / entry["file"]).read_text()


def test_every_minified_file_is_accounted_for():
    assert {path.name for path in STATIC.rglob("*.min.*")} == {each["file"] for each in VENDORED}


@pytest.mark.parametrize("name", PAGES)
def test_a_template_holds_nothing_inline_and_asks_no_other_site(name):
    text = without_comments((TEMPLATES / name).read_text())
    assert INLINE.findall(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)) == []
    assert SCRIPT.findall(text) == []
    assert FOREIGN.findall(text) == []
    # Of the environment's escaping nothing is switched off but for our own drawings.
    assert name == "_icon.html" or not re.search(r"\|\s*safe\b|autoescape", text)


@pytest.mark.parametrize("name", OURS)
def test_a_file_of_ours_asks_no_other_site_and_evaluates_nothing(name):
    text = without_comments((STATIC / name).read_text())
    for namespace in NAMESPACES:
        text = text.replace(namespace, "")
    assert FOREIGN.findall(text) == []
    assert EVALUATES.findall(text) == []
    assert not name.endswith(".svg") or INLINE.findall(text) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_template_asks_for_files_there_are(name):
    files = static_files.StaticFiles()
    for asked in re.findall(
        r"static\(['\"]([^'\"]+)['\"]\)", without_comments((TEMPLATES / name).read_text())
    ):
        assert files.url(asked)


@pytest.mark.parametrize("name", [name for name in OURS if name.endswith(".js")])
def test_a_module_imports_files_there_are(name):
    imported = re.findall(r'from "\./([^"]+)"', (STATIC / name).read_text())
    assert [each for each in imported if not (STATIC / each).exists()] == []


def test_every_icon_that_pico_draws_from_data_is_a_file_of_ours():
    drawn = set(re.findall(r"(--pico-icon-[a-z]+):url", (STATIC / "pico.min.css").read_text()))
    ours = dict(
        re.findall(
            r'(--pico-icon-[a-z]+): url\("/static/([^"]+)"\)', (STATIC / "console.css").read_text()
        )
    )
    assert len(drawn) == 10
    assert drawn == set(ours)
    assert all((STATIC / file).exists() for file in ours.values())


def test_a_page_loads_one_style_sheet_so_that_picos_icons_are_ours_from_the_first_moment():
    base = without_comments((TEMPLATES / "base.html").read_text())
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', base) == ["{{ static('style.css') }}"]
    site = Flask("site", static_folder=None)
    static_files.StaticFiles().mount(site)
    whole = site.test_client().get("/static/style.css").get_data(as_text=True)
    assert whole.count("@charset") == 1
    assert whole.startswith("@charset")
    sheets = ("pico.min.css", "console.css", "parts.css", "pages.css")
    assert whole.split() == " ".join((STATIC / name).read_text() for name in sheets).split()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<h1>a</h1><p><b></p></b>", "closes"),
        ('<h1>a</h1><i id="x"></i><i id="x"></i>', "id twice"),
        ("<h1>a</h1><input name=a>", "no label"),
        ("<h1>a</h1><h3>b</h3>", "h1 before h3"),
        ("<h2>a</h2>", "headings begin"),
        ('<h1>a</h1><a href="https://x.test/">b</a>', "elsewhere"),
        ('<h1>a</h1><a href="//x.test/">b</a>', "elsewhere"),
        ("<h1 onclick=x>a</h1>", "onclick"),
        ("<h1>a</h1><script>b</script>", "inline"),
        ('<h1>a</h1><form method="post" action="/x"></form>', "no token"),
        ('<h1 aria-describedby="y">a</h1>', "nowhere"),
        ("<h1>a</h1><p>", "never closed"),
    ],
)
def test_the_reader_of_pages_finds(text, fault):
    assert any(fault in each for each in faults(text))
