"""Domains over the API, from the claim to its removal (1.8, D1 to D9, D37)."""

import threading
from dataclasses import replace

import pytest

from scimserver.domain.actor import Actor, Door
from scimserver.domain.claims import State
from scimserver.domain.findings import Code, Finding
from scimserver.ids import new_id
from scimserver.services import domains
from scimserver.storage.models import audit
from scimserver.storage.transaction import run
from scimserver.web.api.shapes import Domain
from tests.factories import rows
from tests.fakes import AWAY, FOUND, MISSING, Zone
from tests.web.api.server import BASE, READ, WRITE

PATH = "/domains"
CLAIM = {
    *("id", "organizationId", "domain", "domainUnicode", "state", "method", "authoritative"),
    *("contested", "warnings", "verifiedAt", "expiresAt", "graceEndsAt", "transferAfter"),
    *("lastCheckedAt", "nextCheckAt", "record", "fallbackRecord", "lastCheck"),
}
LAST_CHECK = {
    *("code", "detail", "action", "found", "hints", "warnings", "authenticated", "transient"),
    *("ttl", "delegatedTo", "resolvers"),
}


def added(program, domain="acme.com"):
    reply = program.call("POST", PATH, {"domain": domain})
    assert reply.status == 201, reply.body
    return reply.body


def act(program, claim, verb, **options):
    return program.call("POST", f"{PATH}/{claim['id']}/{verb}", **options)


def test_a_domain_is_claimed_verified_made_authoritative_and_given_up(server, acme):
    reply = acme.call("POST", PATH, {"domain": "BÜCHER.example.com."})
    claim = reply.body
    assert reply.status == 201
    assert set(claim) == CLAIM
    assert (claim["domain"], claim["state"]) == ("xn--bcher-kva.example.com", "pending")
    assert claim["domainUnicode"] == "bücher.example.com"
    assert claim["record"]["host"] == "_scimserver-challenge.xn--bcher-kva"
    assert claim["organizationId"] == acme.org_id
    address = reply.headers["Location"]
    assert address == f"{server.settings.base_url}{BASE}/{acme.org_id}{PATH}/{claim['id']}"
    path = f"{PATH}/{claim['id']}"
    assert acme.call("GET", path).body == claim
    assert acme.call("GET", PATH).body == {"items": [claim], "next": None}
    assert act(acme, claim, "authoritative").problem == (409, "domain_not_verified")

    missing = act(acme, claim, "verify")
    assert (missing.status, missing.body["state"]) == (200, "pending")
    assert set(missing.body["lastCheck"]) == LAST_CHECK
    assert missing.body["lastCheck"]["code"] == "record_not_found"
    assert act(acme, claim, "verify").problem == (429, "too_often")

    server.clock.advance(60)
    server.prover.findings[claim["domain"]] = FOUND
    verified = act(acme, claim, "verify").body
    assert (verified["state"], verified["lastCheck"]["code"]) == ("verified", "verified")
    assert act(acme, claim, "rotate").problem == (409, "already_verified")
    assert act(acme, claim, "authoritative").body["authoritative"] is True

    assert acme.call("DELETE", path).status == 204
    assert acme.call("GET", path).problem == (404, "not_found")
    assert acme.call("GET", PATH).body["items"] == []
    again = added(acme, claim["domain"])
    assert again["record"]["value"] != claim["record"]["value"]


def test_what_is_done_is_audited_with_who_did_it_from_where(server, acme):
    claim = added(acme)
    acme.call("DELETE", f"{PATH}/{claim['id']}", headers={"User-Agent": "Set-up/1.0"})
    removed = next(row for row in rows(server.database, audit) if row.event == "domain:remove")
    assert (removed.org_id, removed.subject_id) == (acme.org_id, claim["id"])
    assert removed.context["userAgent"] == "Set-up/1.0"


def test_a_new_code_replaces_the_old_one(acme):
    claim = added(acme)
    rotated = act(acme, claim, "rotate")
    assert rotated.status == 200
    assert rotated.body["record"]["value"] != claim["record"]["value"]
    assert rotated.body["id"] == claim["id"]


@pytest.fixture
def program(quiet):
    return quiet.program(quiet.organization())


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("acme..com", "invalid_domain"),
        ("acme", "invalid_domain"),
        ("", "invalid_domain"),
        ("acme.com\u200b", "invalid_domain"),
        ("ac\0me.com", "invalid_domain"),
        ("https://acme.com/", "invalid_domain"),
        ("\ud800.com", "invalid_domain"),
        ("a." * 500 + "com", "invalid_domain"),
        ("127.0.0.1", "ip_address"),
        ("x.local", "special_use"),
        ("co.uk", "public_suffix"),
        ("acme.corp", "unknown_suffix"),
        ("mailinator.com", "disposable_email_domain"),
        ("gmail.com", "public_email_provider"),
    ],
)
def test_what_cannot_be_claimed_is_refused_by_the_code_of_its_reason(program, domain, code):
    reply = program.call("POST", PATH, {"domain": domain})
    assert reply.problem == (422, code)
    assert reply.body["action"]


def test_a_domain_is_claimed_once(program):
    added(program)
    reply = program.call("POST", PATH, {"domain": "ACME.com"})
    assert reply.problem == (422, "already_added")


def test_twenty_are_added_a_day(program):
    for number in range(20):
        added(program, f"a{number}.com")
    reply = program.call("POST", PATH, {"domain": "b.com"})
    assert reply.problem == (429, "too_often")
    assert int(reply.headers["Retry-After"]) > 0


def test_a_sandbox_claims_nothing(quiet):
    sandbox = quiet.program(quiet.organization(sandbox=True))
    assert sandbox.call("POST", PATH, {"domain": "acme.com"}).status == 422


def test_a_list_comes_by_the_page_and_holds_while_domains_come_and_go(program):
    names = ["alpha.com", "beta.com", "delta.com", "gamma.com"]
    claims = {name: added(program, name) for name in reversed(names)}
    first = program.call("GET", PATH, query={"limit": "2"}).body
    assert [e["domain"] for e in first["items"]] == names[:2]
    program.call("DELETE", f"{PATH}/{claims['beta.com']['id']}")
    added(program, "aaa.com")
    rest = program.call("GET", PATH, query={"limit": "2", "cursor": first["next"]}).body
    assert [e["domain"] for e in rest["items"]] == names[2:]
    assert rest["next"] is None


def test_who_may_read_changes_nothing_and_the_other_way_round(quiet):
    org_id = quiet.organization()
    writer, reader = quiet.program(org_id, WRITE), quiet.program(org_id, READ)
    claim = added(writer)
    path = f"{PATH}/{claim['id']}"
    for method, target in (("GET", PATH), ("GET", path)):
        assert reader.call(method, target).status == 200
        assert writer.call(method, target).problem == (403, "forbidden")
    changes = [("POST", PATH), ("DELETE", path)]
    changes += [("POST", f"{path}/{verb}") for verb in ("verify", "rotate", "authoritative")]
    for method, target in changes:
        # What was sent is not looked at before it is known who asks.
        reply = reader.call(method, target, b"{", headers={"Content-Type": "text/plain"})
        assert reply.problem == (403, "forbidden")
        assert 'scope="domains.write"' in reply.headers["WWW-Authenticate"]
        assert replace(reader, authorization=None).call(method, target).status == 401
    assert reader.call("GET", path).body == claim


def test_another_organization_s_claim_never_differs_from_none(quiet, program):
    other = quiet.program(quiet.organization())
    theirs = added(other)["id"]
    targets = [("GET", ""), ("DELETE", "")]
    targets += [("POST", f"/{verb}") for verb in ("verify", "rotate", "authoritative")]
    headers = {"X-Request-Id": "request-1"}
    for method, end in targets:
        seen = set()
        for id in (theirs, new_id()):
            reply = program.call(method, f"{PATH}/{id}{end}", headers=headers)
            assert reply.problem == (404, "not_found")
            seen.add(f"{reply.headers}{reply.body}".replace(id, "the id"))
        assert len(seen) == 1
    assert other.call("GET", f"{PATH}/{theirs}").status == 200


def test_a_domain_of_somebody_else_is_claimed_like_any_other(quiet, program):
    quiet.prover.findings["taken.com"] = FOUND
    other = quiet.program(quiet.organization())
    act(other, added(other, "taken.com"), "verify")
    free, taken = added(program, "free.com"), added(program, "taken.com")
    mine = {"id", "domain", "domainUnicode", "record", "fallbackRecord", "nextCheckAt"}
    assert {k: v for k, v in free.items() if k not in mine} == {
        k: v for k, v in taken.items() if k not in mine
    }
    reply = act(program, taken, "verify")
    assert reply.problem == (409, "domain_owned")
    assert other.org_id not in str(reply.body)


def test_who_asks_while_their_record_is_missing_learns_nothing_of_an_owner(quiet, program):
    zone = Zone()
    quiet.prover.findings["zone.com"] = zone
    other = quiet.program(quiet.organization())
    theirs = added(other, "zone.com")
    zone.publish(theirs["record"]["value"].removeprefix("token=").partition(" ")[0])
    assert act(other, theirs, "verify").body["state"] == "verified"
    reply = act(program, added(program, "zone.com"), "verify")
    assert (reply.status, reply.body["lastCheck"]["code"]) == (200, "no_match")


def test_an_answer_that_is_none_is_shown_as_such(quiet, program):
    quiet.prover.findings["away.com"] = AWAY
    last = act(program, added(program, "away.com"), "verify").body["lastCheck"]
    assert (last["code"], last["transient"]) == ("timeout", True)


def test_a_claim_that_is_rotated_while_dns_is_asked_has_changed(quiet, program):
    claim = added(program, "moving.com")

    def look(_question):
        assert act(program, claim, "rotate").status == 200
        return FOUND

    quiet.prover.findings["moving.com"] = look
    assert act(program, claim, "verify").problem == (409, "claim_changed")
    assert program.call("GET", f"{PATH}/{claim['id']}").body["state"] == "pending"


def test_while_one_asks_dns_another_is_told_to_come_back(quiet, program):
    claim, second = added(program, "slow.com"), added(program, "quick.com")
    asked, done, replies = threading.Event(), threading.Event(), []

    def look(_question):
        asked.set()
        assert done.wait(30)
        return MISSING

    quiet.prover.findings["slow.com"] = look
    visitor = threading.Thread(target=lambda: replies.append(act(program, claim, "verify")))
    visitor.start()
    assert asked.wait(30)
    busy = act(program, second, "verify")
    # Everything else goes on.
    assert program.call("GET", PATH).status == 200
    done.set()
    visitor.join()
    assert busy.problem == (503, "dns_busy")
    assert busy.headers["Retry-After"] == "2"
    assert replies[0].status == 200
    assert act(program, second, "verify").status == 200


def test_a_domain_the_operator_attested_has_no_record(quiet, program):
    actor = Actor(program.org_id, Door.CLI, "operator")
    run(
        quiet.database,
        lambda s: domains.attest(s, actor, quiet.clock.now(), "attested.com", reason="known"),
    )
    [claim] = program.call("GET", PATH).body["items"]
    assert Domain.model_validate(claim).state is State.VERIFIED
    assert (claim["method"], claim["record"], claim["fallbackRecord"]) == ("attested", None, None)
    assert act(program, claim, "verify").problem == (422, "attested")


def test_a_claim_that_expired_begins_again_with_a_new_code(server, acme):
    claim = added(acme)
    server.clock.advance(8 * 86_400)
    assert act(acme, claim, "verify").problem == (422, "expired")
    again = act(acme, claim, "rotate").body
    assert (again["id"], again["state"]) == (claim["id"], "pending")
    assert act(acme, again, "verify").status == 200


def test_what_strangers_publish_is_shown_as_text(quiet, program):
    quiet.prover.findings["odd.com"] = Finding(Code.NO_MATCH, found=("<script>", "\\x00"))
    last = act(program, added(program, "odd.com"), "verify").body["lastCheck"]
    assert last["found"] == ["<script>", "\\x00"]
