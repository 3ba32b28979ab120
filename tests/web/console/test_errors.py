"""/console/log/errors: what was refused, once for each cause, and where it is put right (G11)."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from scimserver.domain.roles import Role
from scimserver.ids import new_id
from scimserver.services.browsing import PAGE
from scimserver.storage import journal
from scimserver.storage.journal import LogRow
from scimserver.storage.models import connection as connections
from tests.factories import NOW, a_connection, a_group, a_user, an_error

HERE = "/console/log/errors"
SSO = "/console/organization/sso"
ADD = f"{SSO}/domains/new"


@pytest.fixture
def engine_name():
    """SQLite alone: what differs between engines is tested where the rows are written."""
    return "sqlite"


def _errors(page):
    return [link for link in page.links if re.match(rf"{HERE}/[0-9a-f]{{8}}-", link)]


def test_an_empty_list_says_what_will_be_in_it(acme, owner):
    assert "No connection yet" in owner.get(HERE).text
    assert "/console/connections/new" in owner.get(HERE).links
    a_connection(acme.database, acme.org_id)
    assert "Nothing is open Whatever was sent was carried out" in owner.get(HERE).text
    assert "Nothing is acknowledged" in owner.get(f"{HERE}?state=acknowledged").text
    assert "Nothing was resolved" in owner.get(f"{HERE}?state=resolved").text
    assert "Nothing was refused" in owner.get(f"{HERE}?state=all").text


def test_where_nothing_is_open_one_is_led_to_what_is_left(acme, owner):
    one, other = (a_connection(acme.database, acme.org_id) for _ in range(2))
    an_error(acme.database, acme.org_id, state="acknowledged", connection_id=one)
    assert f"{HERE}?state=acknowledged" in owner.get(HERE).links
    an_error(acme.database, acme.org_id, connection_id=one)
    page = owner.get(f"{HERE}?connection={other}")
    assert "Nothing is open here" in page.text
    assert HERE in page.links


def test_what_is_open_comes_first_the_latest_above(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    later = NOW + timedelta(hours=1)
    an_error(acme.database, acme.org_id, external_id="e-old", hits=1_200, connection_id=idp)
    newer = an_error(acme.database, acme.org_id, external_id="e-new", last_seen_at=later)
    an_error(acme.database, acme.org_id, external_id="e-known", state="acknowledged")
    page = owner.get(HERE)
    assert re.search("evil.com Create user e-new .*e-old IdP 1,200", page.text)
    assert "e-known" not in page.text
    assert _errors(page)[0] == f"{HERE}/{newer}"
    assert "Open (2) Acknowledged (1) Resolved (0) Everything" in page.text
    assert "Create user e-known" in owner.get(f"{HERE}?state=acknowledged").text
    everything = owner.get(f"{HERE}?state=all").text
    assert "evil.com Acknowledged Create user e-known" in everything


def test_the_errors_of_one_connection_can_be_asked_for(acme, owner):
    one, other = (a_connection(acme.database, acme.org_id) for _ in range(2))
    an_error(acme.database, acme.org_id, external_id="e-one", connection_id=one)
    an_error(acme.database, acme.org_id, external_id="e-other", connection_id=other)
    text = owner.get(f"{HERE}?connection={one}").text
    assert ("e-one" in text, "e-other" in text) == (True, False)
    junk = owner.get(f"{HERE}?connection=%27&state=%3Cb%3E&before=x").text
    assert ("e-one" in junk, "e-other" in junk) == (True, True)


def test_the_list_is_leafed_through(acme, owner):
    # Two of an instant are kept apart, wherever a page ends.
    for number in range(PAGE + 10):
        at = NOW + timedelta(minutes=number // 2)
        an_error(acme.database, acme.org_id, external_id=f"n{number:03}", last_seen_at=at)
    page = owner.get(HERE)
    seen = re.findall(r"n\d{3}", page.text)
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html)
    last = owner.get(older.replace("&amp;", "&"))
    seen += re.findall(r"n\d{3}", last.text)
    assert "Back to the newest" in last.text
    assert len(set(seen)) == PAGE + 10
    times = [int(name[1:]) // 2 for name in dict.fromkeys(seen)]
    assert times == sorted(times, reverse=True)


def test_who_is_concerned_is_called_by_name(acme, owner):
    user = a_user(acme.database, acme.org_id, "ann@acme.test")
    an_error(acme.database, acme.org_id, resource_id=user, operation="PATCH")
    gone = an_error(acme.database, acme.org_id, resource_id=new_id(), external_id="e-gone")
    assert "Change user ann@acme.test" in owner.get(HERE).text
    assert "Create user e-gone" in owner.get(HERE).text
    assert "Create user: e-gone" in owner.get(f"{HERE}/{gone}").text


def test_a_page_says_what_happened_how_often_and_what_to_do(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    user = a_user(acme.database, acme.org_id, "ann@acme.test")
    error = an_error(
        acme.database, acme.org_id, resource_id=user, connection_id=idp, hits=3, operation="PATCH"
    )
    page = owner.get(f"{HERE}/{error}")
    assert "Address outside your domains" in page.text
    assert "Change user: ann@acme.test Open" in page.text
    assert "The domain is evil.com" in page.text
    assert "take the user out of the assignment" in page.text
    assert "Refused 3 times, first 21 Nov 2026, 12:00 UTC" in page.text
    assert "Identity owners told Not yet" in page.text
    assert "Code domain_not_verified" in page.text
    assert {f"/console/users/{user}", f"/console/connections/{idp}"} <= set(page.links)


def _steps(page):
    return re.findall(r'<a class="button(?: quiet)?" href="([^"]+)">([^<]+)</a>', page.html)


@pytest.mark.parametrize(
    ("values", "links"),
    [
        ({}, [(f"{ADD}?domain=evil.com", "Add evil.com"), (f"{SSO}#domains", "See your domains")]),
        (
            {"domain": "xn--bcher-kva.com"},
            [
                (f"{ADD}?domain={quote('bücher.com')}", "Add bücher.com"),
                (f"{SSO}#domains", "See your domains"),
            ],
        ),
        # Nobody owns these, and a domain that cannot be read is nobody's either.
        ({"domain": "gmail.com"}, [(f"{SSO}#domains", "See your domains")]),
        ({"domain": "evil..com"}, [(f"{SSO}#domains", "See your domains")]),
        ({"domain": None}, [(f"{SSO}#domains", "See your domains")]),
        ({"code": "taken"}, [("/console/users", "Search the users")]),
        (
            {"code": "protected_account"},
            [("/console/organization/administrators", "See the local administrators")],
        ),
        (
            {"code": "no_email"},
            [("/console/organization", "See the rules of the organization")],
        ),
        ({"code": "invalid_value"}, []),
        ({"code": "of another version"}, []),
    ],
    ids=lambda value: None if isinstance(value, list) else "-".join(map(str, value.values())),
)
def test_a_cause_leads_to_the_page_that_helps(acme, owner, values, links):
    error = an_error(acme.database, acme.org_id, **values)
    assert _steps(owner.get(f"{HERE}/{error}")) == links


def test_a_claimed_domain_is_one_step_away(acme, owner):
    place = owner.post(ADD, {"domain": "evil.com"}).location.partition("?")[0]
    error = an_error(acme.database, acme.org_id)
    page = owner.get(f"{HERE}/{error}")
    assert _steps(page) == [(place, "Open evil.com")]
    owner.get(place)


@pytest.mark.parametrize(
    ("kind", "place", "label"),
    [
        ("User", "/console/users/", "Open the user"),
        ("Group", "/console/teams/", "Open the team"),
    ],
)
def test_who_is_here_already_is_one_step_away(acme, owner, kind, place, label):
    make = {"User": a_user, "Group": a_group}[kind]
    subject = make(acme.database, acme.org_id)
    idp = a_connection(acme.database, acme.org_id)
    error = an_error(
        acme.database,
        acme.org_id,
        code="invalid_value",
        resource_type=kind,
        resource_id=subject,
        connection_id=idp,
    )
    steps = _steps(owner.get(f"{HERE}/{error}"))
    assert steps == [
        (f"{place}{subject}", label),
        (f"/console/connections/{idp}", "Open the connection"),
    ]


def test_the_form_for_a_domain_begins_with_the_one_that_was_refused(owner):
    assert owner.get(f"{ADD}?domain=evil.com").fields["domain"]["value"] == "evil.com"
    assert len(owner.get(f"{ADD}?domain={'a' * 999}").fields["domain"]["value"]) == 253


def test_the_last_refusals_stand_below(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    row = LogRow(
        at=acme.clock.now(),
        connection_id=idp,
        method="POST",
        endpoint="/Users",
        resource_type="User",
        external_id="e-1",
        outcome=journal.REFUSED,
        status=400,
        code="taken",
        attribute="userName",
        reason="one of ours",
    )
    rows = [row] * 7 + [row._replace(external_id="e-2", reason="of somebody else")]
    acme.run(lambda session: journal.log_request(session, acme.org_id, *rows))
    error = an_error(
        acme.database,
        acme.org_id,
        connection_id=idp,
        external_id="e-1",
        attribute="userName",
        code="taken",
    )
    page = owner.get(f"{HERE}/{error}")
    assert page.text.count("one of ours") == 5
    assert "of somebody else" not in page.text
    assert len([link for link in page.links if re.match("/console/log/[0-9a-f]{8}-", link)]) == 5


def test_somebody_sees_to_it_and_then_nobody(acme, owner):
    error = an_error(acme.database, acme.org_id)
    here = f"{HERE}/{error}"
    done = owner.post(f"{here}/acknowledge")
    assert done.location == f"{here}?done=acknowledged"
    page = owner.get(done.location)
    assert "Nobody is told of it again while it lasts." in page.text
    assert "owner@acme.test sees to it." in page.text
    assert [action for _, action in page.forms if action.startswith(here)] == [f"{here}/reopen"]
    assert owner.post(f"{here}/reopen").location == f"{here}?done=reopened"
    page = owner.get(here)
    assert [action for _, action in page.forms if action.startswith(here)] == [
        f"{here}/acknowledge"
    ]
    audit = owner.get("/console/log/audit")
    assert "Error acknowledged" in audit.text
    assert "Error opened again" in audit.text
    assert here in audit.links


def test_what_got_through_is_not_seen_to(acme, owner):
    error = an_error(acme.database, acme.org_id, state="resolved")
    here = f"{HERE}/{error}"
    page = owner.get(here)
    assert "got through since, so there is nothing left to do." in page.text
    assert [action for _, action in page.forms if action.startswith(here)] == [f"{here}/reopen"]
    refused = owner.post(f"{here}/acknowledge", status=409)
    assert "resolved" in refused.text


def test_who_may_not_change_anything_reads(acme):
    error = an_error(acme.database, acme.org_id)
    viewer = acme.browser(Role.VIEWER)
    page = viewer.get(f"{HERE}/{error}")
    assert [action for _, action in page.forms if action.startswith(HERE)] == []
    assert _steps(page) == [(f"{SSO}#domains", "See your domains")]
    assert _errors(viewer.get(HERE)) == [f"{HERE}/{error}"]


def test_the_overview_counts_what_is_open(acme, owner):
    assert "0 open errors" in owner.get("/console").text
    an_error(acme.database, acme.org_id)
    an_error(acme.database, acme.org_id, state="resolved")
    page = owner.get("/console")
    assert "1 open error " in page.text
    assert HERE in page.links
    assert HERE not in acme.browser(Role.HELPDESK).get("/console").links


def _pause(acme, id):
    row = {"paused_at": NOW, "has_errors": True}
    acme.run(lambda s: s.execute(connections.update().where(connections.c.id == id).values(row)))


def test_a_paused_connection_is_told_everywhere_and_resumed_on_its_page(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    _pause(acme, idp)
    place = f"/console/connections/{idp}"
    said = "Too many changes of IdP were refused, so its changes are paused since 21 Nov 2026"
    page = owner.get("/console/users")
    assert said in page.text
    assert place in page.links
    assert said not in acme.browser(Role.HELPDESK).get("/console/users").text
    assert "IdP Another one Paused" in owner.get("/console/connections").text
    page = owner.get(place)
    assert f"{HERE}?connection={idp}" in page.links
    assert ("post", f"{place}/resume") in page.forms
    viewer = acme.browser(Role.VIEWER).get(place)
    assert "An administrator can resume then." in viewer.text
    assert ("post", f"{place}/resume") not in viewer.forms
    for _ in range(2):
        assert owner.post(f"{place}/resume").location == f"{place}?done=resumed"
    page = owner.get(f"{place}?done=resumed")
    assert "The connection is no longer paused." in page.text
    assert said not in page.text
    text = owner.get("/console/log/audit").text
    assert re.search("Connection resumed .*pausedAt 2026", text)


def test_a_cause_of_a_paused_connection_says_so(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    error = an_error(acme.database, acme.org_id, connection_id=idp)
    said = "Changes of this connection are paused."
    assert said not in owner.get(f"{HERE}/{error}").text
    _pause(acme, idp)
    assert said in owner.get(f"{HERE}/{error}").text
