"""Names come from identity providers; none of them becomes part of a page."""

import pytest

from scimserver.domain.roles import Role
from scimserver.services import notices
from scimserver.storage import journal
from scimserver.storage.journal import LogRow
from tests.factories import a_connection, a_group, a_passkey, a_user, an_error

HOSTILE = """<script>alert("x")</script>'"><img src=x onerror=y>{{ 7*7 }}"""


@pytest.fixture
def paths(acme, owner):
    """The pages of an organization in which everything has a hostile name."""
    attributes = {
        "displayName": HOSTILE,
        "title": HOSTILE,
        "emails": [{"value": f"{HOSTILE}@acme.test", "type": HOSTILE}],
        "name": {"givenName": HOSTILE},
    }
    person = acme.person(Role.VIEWER, HOSTILE, attributes=attributes, local_administrator=True)
    a_passkey(acme.database, acme.org_id, person.user_id, label=HOSTILE, last_client=HOSTILE)
    team = a_group(acme.database, acme.org_id, HOSTILE, members=[person.user_id])
    connection = a_connection(acme.database, acme.org_id, profile=HOSTILE, **{HOSTILE: HOSTILE})
    row = LogRow(
        at=acme.clock.now(),
        connection_id=connection,
        method=HOSTILE,
        endpoint=HOSTILE,
        resource_type=HOSTILE,
        resource_id=HOSTILE,
        external_id=HOSTILE,
        outcome=journal.REFUSED,
        status=400,
        code=HOSTILE,
        attribute=HOSTILE,
        domain=HOSTILE,
        reason=HOSTILE,
        recommended_action=HOSTILE,
        changed=[HOSTILE],
        body=HOSTILE,
        user_agent=HOSTILE,
        request_id=HOSTILE,
    )
    held = ("source", "connection_id", "operation", "resource_type", "resource_id", "external_id")
    held += ("attribute", "domain", "category", "code", "reason", "recommended_action")
    hostile = {**dict.fromkeys(held, HOSTILE), "connection_id": connection, "request_id": HOSTILE}
    error = an_error(acme.database, acme.org_id, **hostile)

    def work(session):
        journal.log_request(session, acme.org_id, row)
        notices.tell(
            session,
            acme.clock.now(),
            acme.org_id,
            "passkey_created",
            person=owner.person.user_id,
            facts={"label": HOSTILE, "user_name": HOSTILE},
        )

    acme.run(work)
    owner.post(f"/console/users/{person.user_id}/role", {"role": "administrator"})
    a_user(acme.database, acme.org_id)
    here, user = "/console/connections", f"/console/users/{person.user_id}"
    return [
        "/console",
        "/console/organization/administrators",
        f"/console/organization/administrators/{person.user_id}/remove",
        "/console/users",
        "/console/users?q=%3Cscript",
        user,
        f"{user}/deactivate",
        f"{user}/activate",
        f"{user}/role",
        "/console/teams",
        f"/console/teams/{team}",
        here,
        f"{here}/{connection}",
        f"{here}/{connection}/edit",
        f"{here}/{connection}/disable",
        "/console/log",
        "/console/log?show=all",
        "/console/log/errors",
        f"/console/log/errors/{error}",
        "/console/log/audit",
        f"/console/log/audit?subject={person.user_id}",
        "/console/notices",
    ]


def test_hostile_names_are_shown_and_nothing_more(owner, paths):
    shown = 0
    for path in paths:
        page = owner.get(path)
        assert "<script>alert" not in page.html, path
        assert "<img src=x" not in page.html, path
        assert "onerror=y&gt;49" not in page.html, path
        shown += "&lt;script&gt;alert" in page.html
    assert shown >= len(paths) - 3
