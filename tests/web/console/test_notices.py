"""/console/notices: everybody's own, and the administrators' together."""

from scimserver.domain.roles import Role
from scimserver.services import notices
from scimserver.services.browsing import PAGE
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
