"""scimserver domain: claims, their records, and what a look for them says."""

from datetime import timedelta

import pytest

from scimserver.cli import doctor, domain_verify
from scimserver.clock import SystemClock
from scimserver.domain.findings import Code, Finding, Hint
from scimserver.storage.models import claim, rate_window
from scimserver.storage.transaction import run
from tests.fakes import AWAY, FOUND, FakeProver

CLAIM = {
    "id",
    "organizationId",
    "domain",
    "domainUnicode",
    "state",
    "method",
    "authoritative",
    "contested",
    "warnings",
    "verifiedAt",
    "expiresAt",
    "graceEndsAt",
    "transferAfter",
    "lastCheckedAt",
    "nextCheckAt",
    "record",
    "fallbackRecord",
    "lastCheck",
}
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


class Prover(FakeProver):
    """The fake, as the program's own is used: for a block. ``silent`` are resolvers."""

    silent = ()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def unanswering(self):
        return self.silent


@pytest.fixture
def dns(monkeypatch):
    """What DNS says of a domain in these tests; nothing is there until they say so."""
    fake = Prover()
    for each in (domain_verify, doctor):
        monkeypatch.setattr(each.prover, "from_settings", lambda _: fake)
    return fake


@pytest.fixture
def acme(cli, dns):
    """An organization that has claimed acme.com."""
    cli("org", "create", "Acme")
    return cli("domain", "add", "acme", "acme.com", "--json").json


def test_a_claim_shows_its_record_when_it_is_made_and_ever_after(cli, acme):
    assert acme.keys() == CLAIM
    assert (acme["state"], acme["method"], acme["lastCheck"]) == ("pending", "dns", None)
    assert acme["record"]["name"] == "_scimserver-challenge.acme.com"
    assert cli("domain", "show", "acme", "ACME.com.", "--json").json == acme
    assert cli("domain", "list", "acme", "--json").json == {"items": [acme]}


@sqlite_only
def test_people_read_what_to_publish_and_what_comes_then(cli, acme):
    cli("domain", "remove", "acme", "acme.com")
    text = cli("domain", "add", "acme", "eng.bücher.com").out
    lines = text.splitlines()
    shown = cli("domain", "show", "acme", "eng.bücher.com", "--json").json
    assert lines[0].startswith("eng.xn--bcher-kva.com (eng.bücher.com) is pending: ")
    assert "Host:   _scimserver-challenge.eng" in lines
    assert "        (with the domain: _scimserver-challenge.eng.xn--bcher-kva.com)" in lines
    assert f"Value:  {shown['record']['value']}" in lines
    assert f"Value:  {shown['fallbackRecord']['value']}" in lines
    assert lines[-1].endswith("scimserver domain verify acme eng.xn--bcher-kva.com")
    assert cli("domain", "show", "acme", "eng.bücher.com").out == text


def test_a_record_that_is_found_verifies_with_exit_status_zero(cli, acme, dns):
    dns.findings["acme.com"] = FOUND
    answer = cli("domain", "verify", "acme", "acme.com", "--json")
    assert (answer.code, answer.json["state"]) == (0, "verified")
    assert answer.json["lastCheck"]["code"] == "verified"
    assert answer.json.keys() == CLAIM
    (question,) = dns.asked
    assert question.diagnose
    assert f"token={question.tokens[0]} expiry=never" == acme["record"]["value"]


@sqlite_only
def test_a_record_that_is_not_found_is_diagnosed_with_exit_status_three(cli, acme, dns):
    dns.findings["acme.com"] = Finding(
        Code.NO_MATCH, found=("token=abc",), records=1, hints=(Hint.TRUNCATED,), resolvers=("a@53",)
    )
    answer = cli("domain", "verify", "acme", "acme.com")
    assert (answer.code, answer.err) == (3, "")
    lines = answer.out.splitlines()
    assert lines[0].startswith("acme.com is pending: ")
    assert "             The code is incomplete." in lines
    assert "What to do:  Copy the whole value again." in lines
    assert "Found:       token=abc" in lines
    assert "Asked:       a@53" in lines
    assert lines[-1] == "Its record:  scimserver domain show acme acme.com"
    told = cli("domain", "show", "acme", "acme.com", "--json").json
    assert (told["state"], told["lastCheck"]["code"]) == ("pending", "no_match")
    assert lines[2:6] == cli("domain", "show", "acme", "acme.com").out.splitlines()[2:6]


@sqlite_only
def test_a_verified_domain_whose_record_is_missing_ends_with_three_and_stays_verified(
    cli, acme, dns, database
):
    dns.findings["acme.com"] = FOUND
    assert cli("domain", "verify", "acme", "acme.com").code == 0
    _forget_limits(database)
    dns.findings["acme.com"] = AWAY
    answer = cli("domain", "verify", "acme", "acme.com", "--json")
    assert (answer.code, answer.json["state"]) == (3, "verified")
    assert answer.json["lastCheck"]["transient"]


def _forget_limits(database):
    run(database, lambda session: session.execute(rate_window.delete()))


@sqlite_only
def test_who_looks_again_at_once_is_told_to_wait(cli, acme):
    assert cli("domain", "verify", "acme", "acme.com").code == 3
    answer = cli("domain", "verify", "acme", "acme.com", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert "Try again in " in answer.err


@sqlite_only
def test_a_claim_that_changed_while_dns_was_asked_ends_with_four(cli, acme, dns, database):
    def removed_meanwhile(_question):
        run(database, lambda s: s.execute(claim.update().values(token="x" * 32)))
        return FOUND

    dns.findings["acme.com"] = removed_meanwhile
    answer = cli("domain", "verify", "acme", "acme.com")
    assert (answer.code, answer.out) == (4, "")
    assert "acme.com" in answer.err


@sqlite_only
def test_a_domain_of_somebody_else_is_claimed_alike_and_refused_when_proved(cli, acme, dns):
    dns.findings["acme.com"] = FOUND
    assert cli("domain", "verify", "acme", "acme.com").code == 0
    cli("org", "create", "Bee")
    claimed = cli("domain", "add", "bee", "acme.com", "--json").json
    assert claimed["state"] == "pending"
    answer = cli("domain", "verify", "bee", "acme.com", "--json")
    assert (answer.code, answer.out) == (3, "")
    assert "acme" not in answer.err.replace("acme.com", "").lower()
    assert cli("domain", "show", "bee", "acme.com", "--json").json["state"] == "pending"


def test_a_new_code_replaces_the_one_before(cli, acme, dns):
    new = cli("domain", "rotate", "acme", "acme.com", "--json").json
    assert new["record"]["value"] != acme["record"]["value"]
    assert {**new, "record": 0, "fallbackRecord": 0, "expiresAt": 0, "nextCheckAt": 0} == {
        **acme,
        "record": 0,
        "fallbackRecord": 0,
        "expiresAt": 0,
        "nextCheckAt": 0,
    }
    cli("domain", "verify", "acme", "acme.com")
    # For a day the one before counts too.
    assert [f"token={each} expiry=never" for each in dns.asked[0].tokens] == [
        new["record"]["value"],
        acme["record"]["value"],
    ]


def test_one_domain_is_the_authoritative_one(cli, acme, dns):
    assert cli("domain", "authoritative", "acme", "acme.com").code == 3
    cli("domain", "attest", "acme", "acme.org", "--reason", "x")
    dns.findings["acme.com"] = FOUND
    cli("domain", "verify", "acme", "acme.com")
    for chosen in ("acme.org", "acme.com"):
        answer = cli("domain", "authoritative", "acme", chosen, "--json").json
        assert (answer["domain"], answer["authoritative"]) == (chosen, True)
        listed = cli("domain", "list", "acme", "--json").json["items"]
        assert [each["domain"] for each in listed if each["authoritative"]] == [chosen]


@sqlite_only
def test_whoever_gives_a_domain_up_reads_whom_it_touches(cli, tmp_path):
    cli("org", "create", "Acme")
    cli("domain", "attest", "acme", "acme.com", "--reason", "Contract 2231")
    cli("connection", "create", "acme", "Entra")
    file = tmp_path / "users.jsonl"
    schema = "urn:ietf:params:scim:schemas:core:2.0:User"
    names = [f"user{number:02}@acme.com" for number in range(12)]
    file.write_text("".join(f'{{"schemas":["{schema}"],"userName":"{n}"}}\n' for n in names))
    assert cli("import", "acme", file, "--json").json["created"] == 12
    assert "word: Contract 2231" in cli("domain", "show", "acme", "acme.com").out
    lines = cli("domain", "remove", "acme", "acme.com").out.splitlines()
    assert lines[0].startswith("acme.com was given up.")
    assert lines[1] == f"Users with an address in it: {', '.join(names[:10])}, and 2 more"
    assert lines[2] == "Connections that can provision nobody there any more: Entra"
    assert cli("domain", "list", "acme").out == "No domain yet.\n"


@sqlite_only
def test_a_list_shows_where_each_domain_stands(cli, acme, dns):
    dns.findings["acme.com"] = FOUND
    cli("domain", "verify", "acme", "acme.com")
    cli("domain", "add", "acme", "bücher.com")
    head, first, second = cli("domain", "list", "acme").out.splitlines()
    assert head.split()[:4] == ["domain", "state", "method", "authoritative"]
    assert first.split()[:4] == ["acme.com", "verified", "dns", "no"]
    assert "verified  20" in first
    assert second.split()[:4] == ["xn--bcher-kva.com", "(bücher.com)", "pending", "dns"]


@sqlite_only
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("com", "public_suffix"),
        ("127.0.0.1", "ip_address"),
        ("gmail.com", "public_email_provider"),
        ("acme.com", "already_added"),
        ("acme..com", "invalid_domain"),
    ],
)
def test_a_name_nobody_can_claim_is_refused_with_its_code(cli, acme, name, code):
    answer = cli("domain", "add", "acme", name, "--json")
    assert (answer.code, answer.out) == (3, "")
    assert f"(code {code})" in answer.err


@sqlite_only
def test_the_doctor_asks_resolvers_where_a_domain_depends_on_them(cli, dns):
    dns.silent = ("127.0.0.1@53", "9.9.9.9@53")
    cli("org", "create", "Acme")
    cli("domain", "attest", "acme", "acme.org", "--reason", "x")
    assert cli("doctor", "--json").json == {"problems": []}
    cli("domain", "add", "acme", "acme.com")
    answer = cli("doctor", "--json")
    assert answer.code == 1
    assert '"code":"resolvers"' in answer.out
    assert "127.0.0.1@53, 9.9.9.9@53 did not answer" in answer.out
    dns.silent = ("127.0.0.1@53",)
    answer = cli("doctor", "--json")
    assert (answer.json, "127.0.0.1@53" in answer.err) == ({"problems": []}, True)
    dns.silent = ()
    answer = cli("doctor", "--json")
    assert (answer.json, answer.err) == ({"problems": []}, "")


@sqlite_only
def test_the_doctor_finds_checks_that_nobody_makes(cli, acme, database):
    assert cli("doctor", "--json").json == {"problems": []}

    def wait(minutes):
        due = SystemClock().now() - timedelta(minutes=minutes)
        run(database, lambda s: s.execute(claim.update().values(next_check_at=due)))
        answer = cli("doctor", "--json")
        return answer.code, '"code":"jobs"' in answer.out

    assert [wait(50), wait(70)] == [(0, False), (1, True)]
