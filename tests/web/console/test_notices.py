"""/console/notices: everybody's own, and the administrators' together."""

import pytest

from scimserver.domain.roles import Role
from scimserver.services import notices
from scimserver.services.browsing import PAGE
from scimserver.web.console.links import ERRORS, notice_page
from tests.factories import a_connection
from tests.web.console.test_escaping import HOSTILE

HERE = "/console/notices"


def _tell(acme, person=None, **options):
    facts = {"label": HOSTILE, "user_name": "ann@acme.test", "by": "Ben", "role": "owner"}
    code = "passkey_created" if person else "local_admin_added"
    now = acme.clock.now()
    acme.run(
        lambda session: notices.tell(
            session, now, acme.org_id, code, person=person, facts=facts, **options
        )
    )


def test_nobody_is_told_anything_yet(owner):
    assert "No notices" in owner.get(HERE).text


def test_notices_are_read_and_dismissed(acme, owner):
    _tell(acme, owner.person.user_id)
    _tell(acme, administrators=True)
    page = owner.get(HERE)
    assert "A passkey was added" in page.text
    assert "A local administrator was added" in page.text
    first = next(action for _, action in page.forms if action.endswith("/dismiss"))
    assert owner.post(first).location == f"{HERE}?done=dismissed"
    assert "A local administrator was added" not in owner.get(HERE).text
    owner.post(first, status=404)


def test_a_notice_is_seen_and_dismissed_by_whom_it_is_for(acme, owner):
    _tell(acme, owner.person.user_id)
    _tell(acme, administrators=True)
    path = next(action for _, action in owner.get(HERE).forms if action.endswith("/dismiss"))
    member = acme.browser(Role.MEMBER)
    assert "No notices" in member.get(HERE).text
    member.post(path, status=404)
    assert owner.get(HERE).text.count("Dismiss") >= 2


def test_notices_are_leafed_through(acme, owner):
    for _ in range(PAGE + 2):
        _tell(acme, owner.person.user_id)
    page = owner.get(HERE)
    (older,) = [link for link in page.links if link.startswith(f"{HERE}?before=")]
    assert owner.get(older).html.count("/dismiss") == 2


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_notice_leads_to_where_it_is_put_right(acme, owner):
    idp = a_connection(acme.database, acme.org_id)
    now = acme.clock.now()
    told = {
        "provisioning_refused": {"connection_id": idp},
        "provisioning_digest": {},
        "provisioning_paused": {"connection_id": idp},
    }

    def work(session):
        for code, facts in told.items():
            notices.tell(session, now, acme.org_id, code, administrators=True, facts=facts)

    acme.run(work)
    led = [link for link in owner.get(HERE).links if "error" in link or idp in link]
    assert sorted(led) == [
        f"/console/connections/{idp}",
        "/console/log/errors",
        f"/console/log/errors?connection={idp}",
    ]
    for link in led:
        owner.get(link)


def test_a_notice_leads_nowhere_it_does_not_know():
    for code, facts in (
        ("provisioning_paused", {"connection_id": None}),
        ("provisioning_paused", {"connection_id": HOSTILE}),
        ("domain_lapsed", {}),
    ):
        assert notice_page(code, facts) is None
    assert notice_page("provisioning_refused", {"connection_id": HOSTILE}).href == ERRORS
