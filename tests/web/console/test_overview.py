"""/console: what to do next, what was refused, how many there are."""

from datetime import timedelta

from scimserver.domain.roles import Role
from scimserver.services import browsing
from scimserver.storage import journal
from scimserver.storage.journal import LogRow
from tests.factories import a_connection, a_group, a_user


def _refused(acme, count=1, *, age=timedelta(0), **options):
    row = LogRow(
        at=acme.clock.now() - age,
        method="POST",
        endpoint="/Users",
        resource_type="User",
        outcome=journal.REFUSED,
        status=400,
        code="domain_not_verified",
        domain="evil.test",
        **options,
    )
    acme.run(lambda session: journal.log_request(session, acme.org_id, *[row] * count))


def test_an_empty_organization_is_led_to_its_first_user(owner):
    page = owner.get("/console")
    assert "What to do next" in page.text
    assert "Verify a domain" in page.text
    assert "/console/connections/new" in page.links
    assert "Nothing was refused" in page.text
    assert "Recovery was tested Missing" in page.text


def test_local_administrators_are_not_the_first_user(acme):
    first = acme.person(local_administrator=True)
    browser = acme.signed_in(first)
    assert "Let the first user come in Done" not in browser.get("/console").text
    a_user(acme.database, acme.org_id)
    assert "Let the first user come in Done" in browser.get("/console").text


def test_what_was_refused_lately_is_told_with_its_reason(acme, owner):
    _refused(acme, 3)
    _refused(acme, age=timedelta(hours=25))
    page = owner.get("/console")
    assert "3 requests refused in the last 24 hours" in page.text
    assert "Create user Address outside your domains evil.test" in page.text


def test_users_teams_and_connections_are_counted(acme, owner):
    a_user(acme.database, acme.org_id)
    a_group(acme.database, acme.org_id)
    a_connection(acme.database, acme.org_id)
    page = owner.get("/console")
    for figure in ("2 users", "1 team ", "1 connection "):
        assert figure in page.text


def test_a_large_organization_is_not_counted_to_the_end(acme, owner, monkeypatch):
    monkeypatch.setattr(browsing, "MOST", 3)
    for _ in range(4):
        a_user(acme.database, acme.org_id)
    assert "3+ users" in owner.get("/console").text


def test_helpdesk_sees_nothing_of_what_it_may_not_see(acme):
    _refused(acme)
    page = acme.browser(Role.HELPDESK).get("/console")
    assert "1 user " in page.text
    for hidden in ("refused", "Connect", "Condition", "evil.test"):
        assert hidden not in page.text
