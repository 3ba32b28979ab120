"""/console/log: refusals first, in words, each with what to do; and the audit log beside it."""

import re
from dataclasses import dataclass

import pytest

from scimserver.domain.roles import Role
from scimserver.ids import new_id
from scimserver.services import accounts
from scimserver.services.browsing import PAGE
from scimserver.storage import journal
from scimserver.storage.journal import LogRow
from scimserver.web.console.words import EXPLAINED, explained, undertaken
from tests.arch.test_errors import CLASSES
from tests.factories import a_connection, a_user
from tests.web.console.conftest import VISIT

HERE = "/console/log"


def _row(acme, **options):
    known = {
        "at": acme.clock.now(),
        "method": "POST",
        "endpoint": "/Users",
        "resource_type": "User",
        "outcome": journal.REFUSED,
        "status": 400,
        "code": "domain_not_verified",
        "domain": "evil.test",
        "attribute": "emails[0].value",
        "reason": "a reason",
        "recommended_action": "an action",
        "body": '{"userName": "***"}',
    }
    return LogRow(**known | options)


def _log(acme, *rows):
    acme.run(lambda session: journal.log_request(session, acme.org_id, *rows))


def _is_entry(link):
    return re.match(rf"{HERE}/[0-9a-f]{{8}}-", link) is not None


def test_an_empty_log_says_what_will_be_in_it(acme, owner):
    assert "No connection yet" in owner.get(HERE).text
    a_connection(acme.database, acme.org_id)
    assert "Nothing was refused" in owner.get(HERE).text
    assert "Nothing has come yet" in owner.get(f"{HERE}?show=all").text


def test_what_was_refused_comes_first(acme, owner):
    accepted = _row(acme, outcome=journal.ACCEPTED, status=201, code=None, changed=["userName"])
    _log(acme, accepted, _row(acme))
    page = owner.get(HERE)
    assert "Address outside your domains evil.test" in page.text
    assert "Accepted" not in page.text
    assert "Accepted userName" in owner.get(f"{HERE}?show=all").text


def test_the_log_of_one_connection_can_be_asked_for(acme, owner):
    one, other = (a_connection(acme.database, acme.org_id) for _ in range(2))
    _log(acme, _row(acme, connection_id=one), _row(acme, connection_id=other, domain="other.test"))
    text = owner.get(f"{HERE}?connection={one}").text
    assert "evil.test" in text
    assert "other.test" not in text
    assert "other.test" in owner.get(f"{HERE}?connection=%27").text


def test_the_log_is_leafed_through(acme, owner):
    _log(acme, *[_row(acme, external_id=f"n{number:03}") for number in range(PAGE + 10)])
    page = owner.get(f"{HERE}?connection=")
    seen = re.findall(r"<small>(n\d{3})</small>", page.html)
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html)
    seen += re.findall(r"<small>(n\d{3})</small>", owner.get(older.replace("&amp;", "&")).html)
    assert seen == [f"n{number:03}" for number in reversed(range(PAGE + 10))]


def test_the_list_calls_everybody_by_name(acme, owner):
    user = a_user(acme.database, acme.org_id, "ann@acme.test")
    gone = new_id()
    _log(
        acme,
        _row(acme, resource_id=user, external_id="e-1"),
        _row(acme, resource_id=gone, external_id="e-2"),
        _row(acme, resource_id=gone),
        _row(acme, endpoint="/Users/.search"),
    )
    shown = re.findall(r"<div>[^<]*<small>([^<]*)<", owner.get(HERE).html)
    assert shown == ["/Users/.search", gone, "e-2", "ann@acme.test"]


def test_an_entry_says_what_happened_and_what_to_do(acme, owner):
    user = a_user(acme.database, acme.org_id, "ann@acme.test")
    _log(acme, _row(acme, resource_id=user))
    (path,) = [link for link in owner.get(HERE).links if _is_entry(link)]
    page = owner.get(path)
    assert "Nobody comes in with such an address, so nothing was changed." in page.text
    assert "take the user out of the assignment" in page.text
    assert f"/console/users/{user}" in page.links
    assert "/console/organization/sso#domains" in page.links
    assert "emails[0].value" in page.text
    assert "a reason" in page.text


def test_an_entry_that_was_accepted_explains_nothing(acme, owner):
    accepted = _row(acme, outcome=journal.ACCEPTED, status=200, code=None, method="PATCH")
    _log(acme, accepted)
    (path,) = [link for link in owner.get(f"{HERE}?show=all").links if _is_entry(link)]
    page = owner.get(path)
    assert "Change user: accepted" in page.text
    assert "What to do" not in page.text


@pytest.mark.parametrize("status", [400, 403, 404, 409, 503])
def test_every_refusal_is_explained(status):
    for code in {sub.code for sub in CLASSES} | {None, "", "of another version"}:
        said = explained(code, status)
        assert said.meaning.endswith(".")
        assert said.action.endswith(".")


def test_what_was_accepted_needs_no_explanation():
    assert explained(None, 200) is None
    assert explained("domain_not_verified", 204) is None


@dataclass(frozen=True)
class Wanted:
    method: str
    endpoint: str
    resource_type: str | None = None
    resource_id: str | None = None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("POST", "/Users", "User"), "Create user"),
        (Wanted("PUT", "/Users/1", "User", "1"), "Replace user"),
        (Wanted("PATCH", "/Groups/1"), "Change team"),
        (Wanted("DELETE", "/Groups/1", "Group", "1"), "Delete team"),
        (Wanted("GET", "/Users"), "Search users"),
        (Wanted("GET", "/"), "Search"),
        (Wanted("POST", "/Bulk"), "Many at once"),
        (Wanted("POST", "/Badges", "Badge"), "Create Badge"),
        (Wanted("IMPORT", "line 3"), "Import"),
        (Wanted("", "/Users"), "Request about user"),
        (Wanted("", "/"), "Request"),
    ],
)
def test_a_request_is_told_in_words(wanted, words):
    assert undertaken(wanted) == words


def test_the_words_of_a_refusal_are_sentences():
    for each in EXPLAINED.values():
        assert not each.title.endswith(".")
        assert each.meaning.endswith(".")
        assert each.action.endswith(".")


def test_the_audit_log_names_who_did_what(acme, owner):
    ann = acme.person(Role.MEMBER, "ann@acme.test")
    owner.post(f"/console/users/{ann.user_id}/role", {"role": "helpdesk"})
    page = owner.get(f"{HERE}/audit")
    assert "Role changed" in page.text
    assert "role member helpdesk" in page.text
    assert page.text.index("ann@acme.test") < page.text.rindex("owner@acme.test")
    assert f"/console/users/{ann.user_id}" in page.links
    of_ann = owner.get(f"{HERE}/audit?subject={ann.user_id}")
    assert "Role changed" in of_ann.text
    assert "Signed in" not in of_ann.text.partition("Show everything")[2]
    assert "Role changed" in owner.get(f"/console/users/{ann.user_id}").text


def test_the_audit_log_can_be_asked_for_one_kind_of_event(acme, owner):
    page = owner.get(f"{HERE}/audit?event=session:create")
    assert 'value="session:create" selected' in page.html
    assert "Nothing recorded" in owner.get(f"{HERE}/audit?event=token:create").text
    assert "Nothing recorded" in owner.get(f"{HERE}/audit?event=%3Cscript%3E").text


def test_the_audit_log_is_leafed_through(acme, owner):
    with acme.database.reading() as session:
        me = accounts.person(session, acme.org_id, owner.person.user_id)
    actor = accounts.actor_of(me, VISIT)

    def work(session):
        for number in range(PAGE + 5):
            journal.record_change(
                session,
                actor,
                acme.clock.now(),
                "token:create",
                subject_type="token",
                subject_id=f"t{number:03}",
                changes=(),
            )

    acme.run(work)
    page = owner.get(f"{HERE}/audit?event=token:create")
    assert page.html.count('data-head="When"') == PAGE
    (older,) = re.findall(r'rel="next" href="([^"]+)"', page.html)
    assert owner.get(older.replace("&amp;", "&")).html.count('data-head="When"') == 5


def test_history_is_not_for_helpdesk(acme):
    ann = acme.person(Role.MEMBER, "ann@acme.test")
    assert "History" not in acme.browser(Role.HELPDESK).get(f"/console/users/{ann.user_id}").text
