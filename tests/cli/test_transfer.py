"""scimserver import and export: a directory comes in and goes out through the one door."""

import gc
import json
import stat

import pytest

from scimserver.cli import transfer
from scimserver.services import lines as reading
from scimserver.services.transfer import Import
from scimserver.storage.errors import RaceLostError

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
WORK = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def a_user(name, /, **more):
    return {"schemas": [USER], "userName": f"{name}@acme.com", **more}


def a_team(name, /, *members, **more):
    return {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": member} for member in members],
        **more,
    }


def managed_by(id):
    return {WORK: {"manager": {"value": id}}}


@pytest.fixture
def acme(cli):
    cli("org", "create", "Acme")
    cli("domain", "attest", "acme", "acme.com", "--reason", "test")
    return "acme"


@pytest.fixture
def bring(cli, tmp_path):
    """Import lines; the answer is the command's."""

    def call(*lines, org="acme", words=()):
        file = tmp_path / "people.jsonl"
        raw = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines)
        file.write_bytes(b"".join(each + b"\n" for each in raw))
        return cli("import", org, file, "--json", *words)

    return call


@pytest.fixture
def stored(cli, tmp_path):
    """What an organization holds, as its export says."""

    def call(org="acme", words=()):
        file = tmp_path / "out.jsonl"
        cli("export", org, file, "--json", *words)
        return [json.loads(line) for line in file.read_text().splitlines()]

    return call


def counts(created=0, updated=0, refused=0):
    return {"created": created, "updated": updated, "refused": refused}


def test_cycles_are_sought_as_often_as_before_once_an_import_is_done(acme, bring, monkeypatch):
    before, during = gc.get_threshold(), []
    keep = Import.keep

    def seen(self, applied):
        during.append(gc.get_threshold())
        keep(self, applied)

    monkeypatch.setattr(Import, "keep", seen)
    bring(a_user("ann"))
    assert (during, gc.get_threshold()) == ([(transfer.ALLOCATED, *before[1:])], before)


def test_lines_become_users_and_teams(acme, bring, stored):
    lines = (a_user("ann", id="1", title="Boss"), a_user("bob", id="2"), a_team("All", "1", "2"))
    done = bring(*lines)
    assert (done.code, done.json) == (0, counts(created=3))
    ann, bob, team = stored()
    assert (ann["userName"], ann["title"], bob["userName"]) == (
        "ann@acme.com",
        "Boss",
        "bob@acme.com",
    )
    assert {member["value"] for member in team["members"]} == {ann["id"], bob["id"]}
    assert {member["type"] for member in team["members"]} == {"User"}


def test_after_many_new_rows_the_planner_knows_the_tables(acme, bring, database, monkeypatch):
    monkeypatch.setattr(transfer, "MANY", 3)
    bring(*[a_user(f"user{number}") for number in range(3)])
    if database.is_sqlite:
        return
    with database.reading() as session:
        query = "SELECT reltuples FROM pg_class WHERE relname IN ('resource', 'unique_value')"
        assert session.command(query).fetchall() == [(3.0,), (3.0,)]


def test_the_same_file_again_changes_nothing(acme, bring, stored):
    lines = (a_user("ann", id="1", **managed_by("2")), a_user("bob", id="2"), a_team("All", "1"))
    bring(*lines)
    before = stored()
    assert bring(*lines).json == counts(updated=3)
    assert stored() == before


def test_a_line_finds_its_resource_by_id_then_by_name(acme, bring, stored):
    bring(a_user("ann"), a_user("bob"), a_team("All"))
    ann, bob, team = stored()
    again = bring(
        a_user("renamed", id=ann["id"]),
        a_user("BOB", title="Sir"),
        a_team("ALL", ann["id"]),
        a_user("new", id=team["id"]),
    )
    assert again.json == counts(created=1, updated=3)
    first, second, third, changed = stored()
    assert (first["id"], first["userName"]) == (ann["id"], "renamed@acme.com")
    assert (second["id"], second["title"]) == (bob["id"], "Sir")
    assert third["userName"] == "new@acme.com"
    assert (changed["id"], changed["members"][0]["value"]) == (team["id"], ann["id"])


def test_references_may_point_to_later_lines(acme, bring, stored):
    done = bring(
        a_team("Outer", "inner", "ann"),
        a_team("Inner", "outer", "bob", id="inner"),
        a_team("Ring", "inner", id="outer"),
        a_user("ann", id="ann", **managed_by("bob")),
        a_user("bob", id="bob", **managed_by("ann")),
        a_user("own", id="own", **managed_by("own")),
    )
    assert (done.code, done.json) == (0, counts(created=6))
    by_name = {each.get("userName") or each["displayName"]: each for each in stored()}
    ids = {name: each["id"] for name, each in by_name.items()}
    ann, bob = ids["ann@acme.com"], ids["bob@acme.com"]
    assert by_name["ann@acme.com"][WORK]["manager"]["value"] == bob
    assert by_name["bob@acme.com"][WORK]["manager"]["value"] == ann
    assert by_name["own@acme.com"][WORK]["manager"]["value"] == ids["own@acme.com"]
    members = {
        name: {m["value"] for m in each["members"]}
        for name, each in by_name.items()
        if "members" in each
    }
    assert members == {
        "Outer": {ids["Inner"], ann},
        "Inner": {ids["Ring"], bob},
        "Ring": {ids["Inner"]},
    }


BAD_LINES = [
    (b"{", "not valid JSON"),
    (b"[]", "one JSON object"),
    (b'"text"', "one JSON object"),
    (b"\xff", "UTF-8"),
    ({}, "schemas"),
    ({"schemas": "x", "meta": 3}, "schemas"),
    ({"schemas": [1, {"a": 1}], "meta": {"resourceType": 7}}, "schemas"),
    ({"schemas": [USER], "userName": 7}, "userName"),
    ({"schemas": [USER]}, "userName"),
    ({"schemas": [USER], "userName": "x", "id": 7}, "id"),
    ({"schemas": [USER], "userName": "x", "id": {"a": 1}}, "id"),
    (a_user("x", emails=[{"value": "x@evil.com"}]), "evil.com"),
    ({"schemas": [USER], "userName": "x@evil.com"}, "Verify the domain"),
    (a_user("x", **{WORK: {"manager": {"value": {"a": 1}}}}), "manager"),
    (a_team("T", "nobody"), "nobody"),
    (a_team("T", "1", id="t", members=[{"value": {"a": 1}}]), "members"),
    ({"schemas": [GROUP]}, "displayName"),
    (b'{"schemas":[],"userName":"a","userName":"b"}', "twice"),
    (b"[" * 500 + b"]" * 500, "nested"),
]


def test_bad_lines_are_refused_by_number_and_the_others_come_in(acme, bring, stored):
    bad = [line for line, _ in BAD_LINES]
    done = bring(a_user("ann"), b"", *bad, a_user("bob"))
    assert (done.code, done.json) == (3, counts(created=2, refused=len(bad)))
    told = dict(each.split(": ", 1) for each in done.err.splitlines())
    for number, (line, says) in enumerate(BAD_LINES, 3):
        assert says in told[f"line {number}"], line
    assert [each["userName"] for each in stored()] == ["ann@acme.com", "bob@acme.com"]


def test_a_value_that_is_taken_refuses_its_line_alone(acme, bring, stored):
    email = [{"value": "one@acme.com"}]
    done = bring(a_user("ann", emails=email), a_user("bob", emails=email), a_user("cid"))
    assert done.json == counts(created=2, refused=1)
    assert "emails" in done.err
    assert len(stored()) == 2


def test_a_name_that_comes_twice_updates_what_its_first_line_made(acme, bring, stored):
    lines = (a_user("ann"), a_user("ANN", title="Later"), a_team("All"), a_team("ALL", id="9"))
    assert bring(*lines).json == counts(created=2, updated=2)
    ann, _team = stored()
    assert ann["title"] == "Later"


def test_an_external_id_belongs_to_the_only_connection_or_the_named_one(cli, acme, bring, stored):
    def connect(name):
        return cli("connection", "create", "acme", name, "--json").json["id"]

    line = a_user("ann", externalId="e-1")
    without = bring(line)
    assert (without.code, without.json) == (0, counts(created=1))
    assert "--connection" in without.err
    assert "externalId" not in stored()[0]
    first = connect("one")
    assert bring(line).err == ""
    assert stored()[0]["externalId"] == "e-1"
    second = connect("two")
    assert "--connection" in bring(line).err
    assert bring(a_user("ann", externalId="e-2"), words=("--connection", second)).code == 0
    assert stored(words=("--connection", first))[0]["externalId"] == "e-1"
    assert stored(words=("--connection", second))[0]["externalId"] == "e-2"
    assert bring(line, words=("--connection", "nobody")).code == 3


def test_what_goes_out_comes_in_again_elsewhere(cli, acme, bring, stored, tmp_path):
    cli("connection", "create", "acme", "one")
    bring(
        a_user("ann", id="1", externalId="e-1", active=False, emails=[{"value": "ann@acme.com"}]),
        a_user("bob", id="2", name={"familyName": "Böb"}, **managed_by("1")),
        a_team("Inner", "1", id="3"),
        a_team("Outer", "2", "3", externalId="t-1"),
    )
    before = stored()
    assert stat.S_IMODE((tmp_path / "out.jsonl").stat().st_mode) == 0o600
    assert bring(*before).json == counts(updated=4)
    assert stored() == before
    cli("org", "create", "Lab", "--sandbox")
    cli("connection", "create", "lab", "other")
    assert bring(*before, org="lab").json == counts(created=4)
    after = stored(org="lab")
    names = {each["id"]: each.get("userName") or each["displayName"] for each in [*before, *after]}
    assert named(after, names) == named(before, names)
    assert {each["id"] for each in after}.isdisjoint(each["id"] for each in before)


def named(resources, names):
    """Resources with names in the place of ids, members in the order of theirs."""
    text = json.dumps(resources)
    for id, name in names.items():
        text = text.replace(id, name)
    found = json.loads(text)
    for each in found:
        each.get("members", []).sort(key=lambda member: member["value"])
    return sorted(found, key=lambda each: each["id"])


def test_pages_lead_to_the_end_of_a_list(cli, acme, bring):
    bring(*(a_user(f"u{n}") for n in range(5)), a_team("All"))
    names, cursor = [], ()
    while True:
        page = cli("user", "list", "acme", "--limit", 2, *cursor, "--json").json
        names += [each["userName"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = ("--cursor", page["next"])
    assert names == [f"u{n}@acme.com" for n in range(5)]
    [team] = cli("team", "list", "acme", "--json").json["items"]
    assert team["displayName"] == "All"
    assert "More follows: --cursor" in cli("user", "list", "acme", "--limit", 2).out
    assert cli("user", "list", "acme", "--cursor", "junk").code == 2


def test_verify_finds_who_could_not_enter_today(cli, acme, bring):
    bring(a_user("ann"), a_user("off", active=False), a_team("All"))
    assert cli("verify", "acme", "--json").json == {"violations": []}
    cli("domain", "remove", "acme", "acme.com", "--reason", "sold")
    for words in (("acme",), ()):
        [found] = cli("verify", *words, "--json").json["violations"]
        assert (found["type"], found["rule"]) == ("User", "domain_claim")
        assert "acme.com" in found["detail"]
    assert cli("verify", "--exit-code").code == 3


def test_an_interrupted_import_carries_on(acme, bring, stored, cli, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_LINES", 3)
    people = [a_user(f"u{n}", id=f"f{n}", **managed_by(f"f{9 - n}")) for n in range(10)]
    team = a_team("All", *(f"f{n}" for n in range(10)))
    keep, kept = Import.keep, []

    def kept_until_the_power_goes(self, applied):
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(applied)
        keep(self, applied)

    monkeypatch.setattr(Import, "keep", kept_until_the_power_goes)
    broken = bring(*people, team)
    assert broken.code == 130
    monkeypatch.setattr(Import, "keep", keep)
    file = tmp_path / "people.jsonl"
    done = cli("import", "acme", file, "--json")
    assert "Carrying on after line 6" in done.err
    assert done.code == 0
    assert sum(done.json.values()) == 11
    assert not list(tmp_path.glob("*.progress*"))
    found = stored()
    ids = {each["userName"]: each["id"] for each in found[:-1]}
    assert len(found[-1]["members"]) == 10
    for n, each in enumerate(sorted(found[:-1], key=lambda each: each["userName"])):
        assert each[WORK]["manager"]["value"] == ids[f"u{9 - n}@acme.com"]


def test_a_long_line_means_what_a_short_one_means(acme, bring, stored, monkeypatch):
    lines = (
        a_user("ann", id="1", members=[{"value": "2"}]),
        a_user("bob", id="2"),
        a_team("All", *(str(number % 2 + 1) for number in range(2_500)), id="team"),
        {"schemas": [GROUP], "displayName": "Typed", "members": [{"value": "2", "type": "user"}]},
        {"schemas": [GROUP], "displayName": "Refused", "members": [{"value": "1"}, {"type": "x"}]},
    )
    monkeypatch.setattr(reading, "_LONG", 1)
    done = bring(*lines)
    assert done.json == counts(created=4, refused=1)
    assert "line 5: members[1]: has no 'value'." in done.err
    ann, bob, everyone, typed = stored()
    assert {each["value"] for each in everyone["members"]} == {ann["id"], bob["id"]}
    assert [each["value"] for each in typed["members"]] == [bob["id"]]
    monkeypatch.undo()
    assert bring(*lines).json == counts(updated=4, refused=1)
    assert stored() == [ann, bob, everyone, typed]


def test_each_line_is_read_once_however_often_its_batch_is_tried(acme, bring, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_LINES", 2)
    apply, tried, positions = Import.apply, [], []

    def lost_once(self, session, door, batch):
        applied = apply(self, session, door, batch)
        if len(tried) < 3:
            tried.append(batch)
            self.read_ahead(batch)
            raise RaceLostError("Another writer was faster.")
        return applied

    following = reading.LineReader.following

    def counted(self, mark):
        positions.append(mark.position)
        return following(self, mark)

    monkeypatch.setattr(Import, "apply", lost_once)
    monkeypatch.setattr(reading.LineReader, "following", counted)
    assert bring(*[a_user(f"u{n}") for n in range(7)]).json == counts(created=7)
    assert positions == sorted(set(positions))


def test_a_changed_file_is_read_from_its_start(acme, bring, cli, tmp_path, monkeypatch):
    def power_goes(_self, _applied):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Import, "keep", power_goes)
        assert bring(a_user("ann")).code == 130
    done = bring(a_user("ann"), a_user("bob"))
    assert "Carrying on" not in done.err
    assert done.json == counts(created=1, updated=1)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_progress_file_that_is_none_is_told(acme, bring, tmp_path):
    (tmp_path / "people.jsonl.progress").write_text("no database at all, but quite long" * 50)
    refused = bring(a_user("ann"))
    assert (refused.code, refused.out) == (5, "")
    assert "people.jsonl.progress" in refused.err


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_empty_file_and_an_empty_organization_are_no_failure(acme, bring, stored):
    assert bring().json == counts()
    assert stored() == []


def test_the_log_of_an_import_names_nobody(cli, acme, bring):
    told = bring(a_team("Team", "ann@home.example"))
    assert "ann@home.example" in told.err
    (row,) = cli("log", "show", acme, "--json").json["items"]
    assert "***@home.example" in row["reason"]
    assert "ann@" not in row["reason"]
