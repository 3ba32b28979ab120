"""/console/organization/sso: domains, their records, and whom their claims concern."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scimserver.domain import domain_name
from scimserver.domain.claims import State
from scimserver.domain.findings import Code, Finding, Hint, Warned
from scimserver.domain.roles import Role
from scimserver.services import audit, domains, organizations
from scimserver.web.console.watch import TIMES
from tests.claiming import Claims
from tests.conftest import ENGINES
from tests.factories import a_connection, a_user
from tests.fakes import FOUND, MISSING, RESOLVERS
from tests.web.console.test_escaping import HOSTILE

SSO = "/console/organization/sso"
NEW = f"{SSO}/domains/new"
NOTHING_THERE = "_scimserver-challenge.acme.com does not exist yet."


@pytest.fixture
def engine_name(request):
    """SQLite, but where a test asks for both: what differs between them is tested elsewhere."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def dns(acme):
    """What happens to claims beside the console, at its clock and with its name servers."""
    claims = Claims(acme.database)
    claims.clock, claims.prover = acme.clock, acme.prover
    claims.checks = claims.checker()
    return claims


@pytest.fixture
def operator(acme, dns):
    """Who acts for the organization without the console."""
    return audit.operator(dns.read(lambda session: organizations.find(session, acme.org_id)))


def _add(browser, name="acme.com"):
    """Add a domain by the form; return the address of its page."""
    page = browser.post(NEW, {"domain": name})
    return page.location.partition("?")[0]


def _id(place):
    return place.rpartition("/")[2]


def _publish(dns, operator, place, name="acme.com"):
    claim = dns.read(lambda session: domains.get(session, operator, _id(place)))
    dns.zone(domain_name.normalise(name)).publish(claim.token)
    return claim


def _verified(browser, dns, operator, name="acme.com"):
    place = _add(browser, name)
    _publish(dns, operator, place, name)
    browser.post(f"{place}/verify")
    return place


def _part(browser, place):
    """Ask for what changes, as the script does."""
    answer = browser.client.get(
        place, base_url="https://localhost:5000", headers={"HX-Request": "true"}
    )
    assert answer.vary.to_header() == "HX-Request"
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_a_domain_is_added_looked_up_and_verified(acme, owner, dns, operator):
    added = owner.post(NEW, {"domain": " ACME.com. "})
    place = added.location.partition("?")[0]
    page = owner.get(added.location)
    assert "The domain is added. Publish the record below." in page.text
    assert "Waiting for the record Pending" in page.text
    claim = _publish(dns, operator, place, "elsewhere.com")
    for entered in ("_scimserver-challenge", f"token={claim.token} expiry=never", "TXT", "300"):
        assert f">{entered}</code>" in page.html
    assert f">scimserver-domain-verification={claim.token}</code>" in page.html
    looked = owner.post(f"{place}/verify")
    assert looked.location == f"{place}?done=domain-looked"
    page = owner.get(looked.location)
    assert NOTHING_THERE in page.text
    assert "Addresses of this domain are refused until its record has been found." in page.text
    acme.clock.move(seconds=10)
    _publish(dns, operator, place)
    done = owner.post(f"{place}/verify", {"from": "list"})
    assert done.location == f"{SSO}?done=domain-verified"
    page = owner.get(done.location)
    assert "Verified. People with addresses of this domain can come in." in page.text
    assert "acme.com Verified" in page.text
    assert "Your record is in place Verified" in owner.get(place).text
    assert dns.owner_of("acme.com") == acme.org_id


def test_from_the_list_a_failed_look_leads_to_its_diagnosis(owner):
    place = _add(owner)
    page = owner.post(f"{place}/verify", {"from": "list"})
    assert page.location == f"{place}?done=domain-looked"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "It is not a domain name. Give a registrable domain name"),
        ("acme", "It has only one label."),
        ("127.0.0.1", "An IP address cannot be claimed."),
        ("co.uk", "co.uk"),
        ("gmail.com", "gmail.com"),
        ("mailinator.com", "mailinator.com"),
        ("printer.local", "printer.local"),
        ("ACME.com", "'acme.com' has been added already."),
    ],
)
def test_a_name_nobody_can_claim_is_told_beside_the_field(owner, given, said):
    _add(owner)
    page = owner.post(NEW, {"domain": given}, status=400)
    assert page.fields["domain"]["aria-invalid"] == "true"
    assert page.fields["domain"]["value"] == given
    assert said in page.text
    assert "(code " not in page.text


def test_who_adds_too_many_a_day_is_told_when_to_come_back(owner):
    for number in range(20):
        _add(owner, f"acme-{number}.com")
    page = owner.post(NEW, {"domain": "acme.com"}, status=429)
    assert int(page.headers["Retry-After"]) > 0
    assert page.fields["domain"]["aria-invalid"] == "true"


def test_a_name_of_other_letters_is_shown_in_both_forms(owner):
    page = owner.get(_add(owner, "BÜCHER.com"))
    assert ">_scimserver-challenge.xn--bcher-kva.com</code>" in page.html
    assert "bücher.com Pending" in owner.get(SSO).text.replace(" xn--bcher-kva.com", "")
    assert "look alike" not in page.text


def test_look_alike_letters_are_pointed_out(owner):
    page = owner.get(_add(owner, "\u0430cme.com"))
    assert "Look-alike letters" in page.text
    assert "In DNS it is xn--cme-5cd.com. Make sure that it is the domain you mean." in page.text
    assert "Look-alike letters" in owner.get(SSO).text


def test_of_a_subdomain_the_name_is_given_as_its_panel_wants_it(owner):
    page = owner.get(_add(owner, "eng.acme.com"))
    assert ">_scimserver-challenge.eng</code>" in page.html
    assert "Sign in where the DNS of acme.com is managed" in page.text
    assert "Most panels add .acme.com by themselves" in page.text
    assert "If eng.acme.com has name servers of its own" in page.text
    # The other record is at the domain itself, which is a name in that zone.
    assert 'id="fallback-host">eng</code>' in page.html


def test_what_name_servers_hold_is_shown_and_nothing_more(acme, owner):
    place = _add(owner)
    acme.prover.findings["acme.com"] = Finding(
        Code.NO_MATCH,
        found=(HOSTILE, "`<i>`"),
        records=2,
        hints=(Hint.OLD_CODE,),
        delegated_to=HOSTILE,
        resolvers=RESOLVERS,
        ede=HOSTILE,
    )
    owner.post(f"{place}/verify")
    page = owner.get(place)
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert "<i>" not in page.html
    assert page.html.count("&lt;script&gt;alert") >= 2
    assert "192.0.2.53@53" in page.text


def test_who_looks_too_often_is_told_when_to_come_back(owner):
    place = _add(owner)
    owner.post(f"{place}/verify")
    page = owner.post(f"{place}/verify", status=429)
    assert page.headers["Retry-After"] == "10"
    assert "Try again in 10 s." in page.text
    # What the last look found is still there.
    assert NOTHING_THERE in page.text


def test_one_visitor_at_a_time_asks_and_meanwhile_the_page_says_so(acme, owner):
    place, other = _add(owner), _add(owner, "acme.org")
    seen = []

    def meanwhile(_question):
        seen.append(owner.get(place).text)
        seen.append(owner.post(f"{other}/verify", status=503))
        return MISSING

    acme.prover.findings["acme.com"] = meanwhile
    owner.post(f"{place}/verify")
    during, refused = seen
    assert "Name servers are being asked just now" in during
    assert "Another domain is being looked up just now." in refused.text
    assert refused.headers["Retry-After"] == "2"
    assert "Name servers are being asked just now" not in owner.get(place).text


def test_a_claim_that_changes_during_the_look_is_not_decided_by_it(acme, owner, dns, operator):
    place = _add(owner)

    def meanwhile(_question):
        owner.post(f"{place}/new-code")
        return MISSING

    acme.prover.findings["acme.com"] = meanwhile
    page = owner.post(f"{place}/verify", status=409)
    assert "changed while DNS was asked" in page.text
    assert dns.read(lambda s: domains.get(s, operator, _id(place))).state is State.PENDING


def test_the_part_that_changes_is_answered_alone(owner):
    place = _add(owner)
    page = owner.get(place)
    assert page.headers["Vary"] == "HX-Request"
    assert f'hx-get="{place}?left={TIMES - 1}"' in page.html
    part = _part(owner, f"{place}?left=7")
    assert part.startswith('<div id="claim">')
    assert f'hx-get="{place}?left=6"' in part
    assert "hx-get" not in _part(owner, f"{place}?left=0")


@pytest.mark.parametrize("left", ["x", "-1", "9" * 30, "٣", "121"])
def test_a_number_that_is_none_begins_again(owner, left):
    place = _add(owner)
    assert f"left={TIMES - 1}" in owner.get(f"{place}?left={left}").html


def test_a_look_that_nobody_took_is_due(owner, dns):
    place = _add(owner)
    assert "Next look 22 Nov 2026, 12:01 UTC" in owner.get(place).text
    dns.clock.at += timedelta(minutes=1)
    assert "Next look is due" in owner.get(place).text
    assert "next is due" in owner.get(SSO).text


def test_a_page_asks_by_itself_only_while_a_look_is_near(owner, dns, operator):
    place = _verified(owner, dns, operator)
    assert "hx-get" not in owner.get(place).html


def test_a_part_asked_for_after_the_session_ended_leads_the_whole_page_to_sign_in(acme, owner):
    place = _add(owner)
    acme.clock.move(hours=13)
    answer = owner.client.get(
        place, base_url="https://localhost:5000", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/signin?next={place}"


def test_a_new_code_is_asked_about_and_made(owner, dns, operator):
    place = _add(owner)
    before = _publish(dns, operator, place, "elsewhere.com").token
    assert "still counts for 24 hours" in owner.get(f"{place}/new-code").text
    made = owner.post(f"{place}/new-code")
    assert made.location == f"{place}?done=domain-rotated"
    page = owner.get(made.location)
    assert before not in page.html
    assert "There is a new code." in page.text


def test_a_verified_domain_keeps_its_code(owner, dns, operator):
    place = _verified(owner, dns, operator)
    assert f"{place}/new-code" not in owner.get(place).links
    page = owner.post(f"{place}/new-code", status=409)
    assert "'acme.com' is verified with its present code." in page.text


def test_a_record_at_the_domain_itself_is_the_one_to_keep(acme, owner):
    place = _add(owner)
    acme.prover.findings["acme.com"] = replace(FOUND, warnings=(Warned.AT_DOMAIN_ITSELF,))
    owner.post(f"{place}/verify")
    assert "The record to keep Yours is the one at the domain itself." in owner.get(place).text


def test_an_expired_code_can_only_be_replaced(owner, dns):
    place = _add(owner)
    dns.pass_time(days=8)
    owner.sign_in()
    page = owner.get(place)
    assert "The record was not found in time Expired" in page.text
    actions = [action for _, action in page.forms]
    assert (f"{place}/new-code" in actions, f"{place}/verify" in actions) == (True, False)
    assert "token=" not in page.html
    assert "token=" not in owner.get(SSO).html
    page = owner.post(f"{place}/verify", status=400)
    assert 'role="alert"' in page.html
    owner.post(f"{place}/new-code")
    assert "Waiting for the record Pending" in owner.get(place).text


def test_one_verified_domain_is_authoritative(owner, dns, operator):
    first, second = (_verified(owner, dns, operator, name) for name in ("acme.com", "acme.org"))
    assert "Authoritative domain None." in owner.get(SSO).text
    for place in (first, second):
        assert owner.post(f"{place}/authoritative").location.endswith("domain-authoritative")
    page = owner.get(SSO)
    assert "acme.org Verified Authoritative" in page.text
    assert "acme.com Verified DNS record" in page.text
    assert "Authoritative domain acme.org" in page.text
    assert (f"{second}/authoritative" in str(owner.get(second).forms)) is False
    pending = _add(owner, "acme.net")
    page = owner.post(f"{pending}/authoritative", status=409)
    assert "'acme.net' is not verified." in page.text


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_removing_says_whom_it_concerns_and_wants_the_name(acme, owner, dns, operator):
    place = _verified(owner, dns, operator, "bücher.com")
    owner.post(f"{place}/authoritative")
    a_connection(acme.database, acme.org_id)
    a_user(
        acme.database,
        acme.org_id,
        "ada@xn--bcher-kva.com",
        attributes={"emails": [{"value": "ada@xn--bcher-kva.com"}]},
    )
    page = owner.get(f"{place}/remove")
    assert "1 user has an address in it: ada@xn--bcher-kva.com." in page.text
    assert "who will be refused: IdP." in page.text
    assert "no authoritative domain any more" in page.text
    for wrong in ("", "b\u00fccher", "acme.com"):
        page = owner.post(f"{place}/remove", {"domain": wrong}, status=400)
        assert "That is another name." in page.text
    done = owner.post(f"{place}/remove", {"domain": " B\u00dcCHER.com "})
    assert done.location == f"{SSO}?done=domain-removed"
    assert "No domain yet" in owner.get(done.location).text
    owner.get(place, 404)
    assert dns.owner_of("xn--bcher-kva.com") is None


def test_a_pending_domain_is_removed_without_loss(owner):
    place = _add(owner)
    page = owner.get(f"{place}/remove")
    assert "Nobody loses anything" in page.text
    owner.post(f"{place}/remove", {"domain": "acme.com"})
    assert _add(owner) != place


def test_an_attested_domain_has_nothing_to_look_for(acme, owner, operator):
    claim = acme.run(
        lambda s: domains.attest(s, operator, acme.clock.now(), "acme.com", reason="Contract 7")
    )
    place = f"{SSO}/domains/{claim.id}"
    page = owner.get(place)
    assert "Attested by the operator Verified" in page.text
    assert "Reason given: Contract 7" in page.text
    assert [action for _, action in page.forms] == ["/signout", f"{place}/authoritative"]
    assert "token=" not in page.html
    assert 'role="alert"' in owner.post(f"{place}/verify", status=400).html
    owner.post(f"{place}/remove", {"domain": "acme.com"})
    owner.get(place, 404)


def test_a_lost_record_is_on_every_page_until_it_is_back(acme, owner, dns, operator):
    place = _verified(owner, dns, operator)
    dns.zone("acme.com").tokens.clear()
    dns.pass_time(days=3)
    for browser in (acme.browser(Role.ADMINISTRATOR), acme.browser(Role.VIEWER)):
        account = ("/account/passkeys", "/account/recovery-codes", "/account/sessions")
        for path in ("/console", "/console/users", SSO, *account):
            page = browser.get(path)
            assert "The record of acme.com is missing. The domain lapses unless it is back by" in (
                page.text
            )
            assert place in page.links
        # A page that says what went wrong looks for nothing else.
        assert "is missing" not in browser.get("/console/nowhere", 404).text
    for role in (Role.HELPDESK, Role.MEMBER):
        assert "is missing" not in acme.browser(role).get("/account/passkeys").text
    assert "is missing" not in acme.browser(Role.HELPDESK).get("/console").text
    owner.sign_in()
    assert "is missing" in owner.get("/console/recovery-test").text
    page = owner.get(place)
    assert "The record is missing At risk" in page.text
    assert "The grace period ends" in page.text
    _publish(dns, operator, place)
    owner.post(f"{place}/verify")
    assert "is missing" not in owner.get("/console").text


def test_a_lapsed_domain_comes_back_by_its_record(owner, dns, operator):
    place = _verified(owner, dns, operator)
    dns.zone("acme.com").tokens.clear()
    dns.pass_time(days=20)
    owner.sign_in()
    assert "The domain acme.com has lapsed" in owner.get("/console").text
    page = owner.get(place)
    assert "Nobody new comes in Lapsed" in page.text
    _publish(dns, operator, place)
    owner.post(f"{place}/verify")
    assert "Your record is in place Verified" in owner.get(place).text


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_a_domain_of_somebody_else_is_refused_without_a_name(owner, dns, operator):
    globex = dns.organization("Globex")
    theirs = dns.verified(globex)
    place = _add(owner)
    _publish(dns, operator, place)
    page = owner.post(f"{place}/verify", status=409)
    assert "'acme.com' is owned by another claim that is active." in page.text
    page = owner.get(place)
    assert "Your record is there, but another claim is active Pending" in page.text
    assert "Globex" not in page.html
    # The other one's record goes: both are told how long the other claim has.
    dns.zone("acme.com").withdraw(theirs.token)
    dns.clock.move(seconds=10)
    owner.post(f"{place}/verify")
    page = owner.get(place)
    assert "Your record is there; another claim has not ended yet Pending" in page.text
    assert "The other claim can end 25 Nov 2026, 12:00 UTC" in page.text


def test_whose_domain_is_contested_is_told_on_every_page(owner, dns, operator):
    place = _verified(owner, dns, operator)
    dns.zone("acme.com").tokens.clear()
    globex = dns.organization("Globex")
    theirs = dns.add(globex)
    dns.zone("acme.com").publish(theirs.token)
    dns.verify(globex, theirs)
    page = owner.get("/console")
    assert "Another organization claims acme.com, and your record is missing." in page.text
    assert "Globex" not in page.html
    page = owner.get(place)
    assert "Another organization claims this domain Contested" in page.text
    assert "The grace period ends 25 Nov 2026, 12:00 UTC" in page.text


def test_who_may_only_look_is_offered_nothing_else(acme, owner):
    place = _add(owner)
    viewer = acme.browser(Role.VIEWER)
    page = viewer.get(place)
    assert [action for _, action in page.forms] == ["/signout"]
    assert {f"{place}/remove", f"{place}/new-code"}.isdisjoint(page.links)
    assert "token=" in page.html
    page = viewer.get(SSO)
    assert [action for _, action in page.forms] == ["/signout"]
    assert {NEW, f"{SSO}/owners"}.isdisjoint(page.links)


@pytest.mark.parametrize("engine_name", ENGINES, indirect=True)
def test_the_history_of_a_domain_names_it(owner, dns, operator):
    place = _verified(owner, dns, operator)
    page = owner.get(f"/console/log/audit?subject={_id(place)}")
    assert "Domain added" in page.text
    assert "Domain verified" in page.text
    assert place in page.links
    assert "acme.com" in page.text


def test_a_first_domain_is_a_step_of_the_way(owner, dns, operator):
    assert "Verify a domain" in owner.get("/console").text
    _add(owner)
    assert "Verify a domain Done" not in owner.get("/console").text
    _verified(owner, dns, operator, "acme.org")
    assert "Verify a domain Done" in owner.get("/console").text


def test_time_goes_by_before_a_record_counts_as_lost(owner, dns, operator):
    place = _verified(owner, dns, operator)
    dns.zone("acme.com").tokens.clear()
    dns.clock.at += timedelta(hours=1)
    owner.sign_in()
    owner.post(f"{place}/verify")
    page = owner.get(place)
    assert "The record was not found lately Verified" in page.text
    assert "The record of acme.com is missing" not in page.text
