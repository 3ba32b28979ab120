"""The documents say what the program does."""

import re
import tomllib

import pytest
from click import Command, Context, Group

from scimserver.cli.main import program
from scimserver.config import markdown_table
from scimserver.domain.roles import GRANTS, Role
from tests.arch import source

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "schemas/*.md")
    for path in source.ROOT.glob(pattern)
)
ASKED_FOR_BY_NO_PAGE = {"notices view"}
README = (source.ROOT / "README.md").read_text(encoding="utf-8")


def test_the_configuration_table_is_the_settings():
    marked = re.search(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert marked
    assert marked.group(1).strip() == markdown_table().strip()


def test_the_table_of_roles_is_what_they_are_granted():
    guide = (source.ROOT / "docs" / "administering.md").read_text(encoding="utf-8")
    marked = re.search(r"<!-- roles -->\n(.*?)\n<!-- /roles -->", guide, re.DOTALL)
    assert marked
    head, _, *lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in marked.group(1).splitlines()
    ]
    roles = [Role(word.lower()) for word in head[1:]]
    told = {role: set() for role in roles}
    for action, *cells in lines:
        permission = re.search(r"`(.+)`", action)
        assert len(cells) == len(roles)
        assert set(cells) <= {"yes", ""}
        if permission:
            for role, cell in zip(roles, cells, strict=True):
                told[role] |= {permission.group(1)} if cell else set()
    assert told == {role: granted - ASKED_FOR_BY_NO_PAGE for role, granted in GRANTS.items()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=source.name)
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        if not place.exists() or (anchor and anchor not in _anchors(place)):
            broken.append(target)
    assert broken == []


def _anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=source.name)
def test_no_document_names_a_folder_of_one_machine(path):
    assert not re.search(r"/(home|work|root|Users/\w+)/", path.read_text(encoding="utf-8"))


def _words_of_commands():
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for line in re.findall(r"(?:^|[`/ ])scimserver ((?:[a-z-]+ ?)+)", text, re.MULTILINE):
            yield path, line.split()


def test_every_documented_command_exists():
    unknown = []
    for path, words in _words_of_commands():
        command: Command = program
        for word in words:
            if not isinstance(command, Group):
                break
            found = command.get_command(Context(command), word)
            if found is None:
                # Prose goes on after a program's name; a command group must go on with a command.
                if command is not program:
                    unknown.append(f"{source.name(path)}: scimserver {' '.join(words)}")
                break
            command = found
    assert unknown == []


def test_every_dependency_is_justified():
    project = tomllib.loads((source.ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = {
        re.split(r"[\[~=<>]", item)[0]
        for item in [*project["dependencies"], *(item for extra in extras for item in extra)]
    }
    contributing = (source.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {name for name in wanted if f"`{name}`" not in contributing} == set()


def test_the_readme_carries_measured_figures():
    marked = re.search(r"<!-- benchmark -->\n(.*?)\n<!-- /benchmark -->", README, re.DOTALL)
    assert marked
    assert re.search(r"\d{4}-\d{2}-\d{2}, \d+ cores", marked.group(1))


def test_every_decision_is_listed_by_its_title():
    folder = source.ROOT / "docs" / "decisions"
    titled = [
        (path.name, re.match(r"# (\d{4})\. (.+)", path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("0*.md"))
    ]
    wanted = [f"- {title[1]}. [{title[2]}]({name})" for name, title in titled if title]
    assert len(wanted) == len(titled)
    listed = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in listed if line.startswith("- ")] == wanted
