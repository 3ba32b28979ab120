"""/console/teams: listed with their size, and their members page by page."""

import re

from scimserver.services.browsing import PAGE
from scimserver.storage import writer
from tests.factories import a_group, a_user, a_user_entry, write

HERE = "/console/teams"


def _many(acme, count):
    entries = [a_user_entry(f"member{number:05}@acme.test") for number in range(count)]
    write(acme.database, lambda session: writer.insert_many(session, acme.org_id, entries))
    return [entry.id for entry in entries]


def test_no_team_yet_says_where_they_come_from(owner):
    assert "Teams are the groups that your identity provider sends." in owner.get(HERE).text


def test_teams_are_listed_with_their_size(acme, owner):
    ann = a_user(acme.database, acme.org_id)
    a_group(acme.database, acme.org_id, "Builders", members=[ann])
    a_group(acme.database, acme.org_id, "Breakers")
    text = owner.get(HERE).text
    assert text.index("Breakers 0") < text.index("Builders 1")
    text = owner.get(f"{HERE}?q=build").text
    assert "Builders" in text
    assert "Breakers" not in text
    assert "No team found" in owner.get(f"{HERE}?q=%22").text


def test_a_long_list_is_leafed_through(acme, owner):
    for number in range(PAGE + 1):
        a_group(acme.database, acme.org_id, f"Team {number:03}")
    page = owner.get(HERE)
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html)
    last = owner.get(older)
    assert "Team 000" in last.text
    assert "Team 001" not in last.text


def test_the_members_of_a_large_team_come_page_by_page(acme, owner, statements):
    ids = _many(acme, 3 * PAGE)
    team = a_group(acme.database, acme.org_id, "All", members=ids)
    page = owner.get(f"{HERE}/{team}")
    assert f"{3 * PAGE} members" in page.text
    seen = re.findall(r"member\d{5}@acme\.test</a>", page.html)
    assert len(seen) == PAGE
    pages = 1
    while found := re.findall(r'rel="next" href="([^"]+)"', page.html):
        page, pages = owner.get(found[0]), pages + 1
        seen += re.findall(r"member\d{5}@acme\.test</a>", page.html)
    assert (pages, len(seen), len(set(seen))) == (3, 3 * PAGE, 3 * PAGE)
    with statements(acme.database) as asked:
        owner.get(f"{HERE}/{team}")
    assert len([text for text in asked if text.lstrip().upper().startswith("SELECT")]) <= 12


def test_a_team_within_a_team_leads_to_it(acme, owner):
    inner = a_group(acme.database, acme.org_id, "Inner")
    outer = a_group(acme.database, acme.org_id, "Outer", members=[inner])
    page = owner.get(f"{HERE}/{outer}")
    assert "A team within this one" in page.text
    assert f"{HERE}/{inner}" in page.links


def test_an_empty_team_says_where_members_come_from(acme, owner):
    team = a_group(acme.database, acme.org_id, "Empty")
    assert "Nobody is in this team" in owner.get(f"{HERE}/{team}").text
    assert "Nobody is in this team" in owner.get(f"{HERE}/{team}?after=%27").text
