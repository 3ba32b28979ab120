"""/console/organization/errors: how refusals are told of, and when changes pause (G12)."""

import pytest

from scimserver.domain.provisioning_error import Notices
from scimserver.domain.roles import Role
from scimserver.services import error_policy

HERE = "/console/organization/errors"


@pytest.fixture
def engine_name():
    """SQLite alone: what differs between engines is tested where the rows are written."""
    return "sqlite"


def _stored(acme):
    with acme.database.reading() as session:
        found = error_policy.get(session, acme.org_id)
    return found.notices, found.pause_after


def test_until_somebody_decides_the_page_says_what_holds(acme, owner):
    page = owner.get(HERE)
    assert "Nobody has decided yet." in page.text
    assert "checked" not in page.fields["pause"]
    assert page.fields["pauseAfter"]["value"] == "100"
    assert HERE in owner.get("/console/log/errors").links
    assert "A decision on provisioning errors Missing" in owner.get("/console").text


def test_a_decision_is_kept_and_can_be_changed(acme, owner):
    page = owner.post(HERE, {"notices": "daily", "pause": "yes", "pauseAfter": " 250 "})
    assert page.location == f"{HERE}?done=saved"
    assert _stored(acme) == (Notices.DAILY, 250)
    page = owner.get(page.location)
    assert "Nobody has decided yet." not in page.text
    assert "checked" in page.fields["pause"]
    assert page.fields["pauseAfter"]["value"] == "250"
    # What stands in a field that nobody asked for does not matter.
    owner.post(HERE, {"notices": "at_once", "pauseAfter": "many"})
    assert _stored(acme) == (Notices.AT_ONCE, None)
    assert "A decision on provisioning errors" not in owner.get("/console").text
    assert "errorNotices daily at_once pauseAfter 250" in owner.get("/console/log/audit").text


@pytest.mark.parametrize("after", ["", "0", "-1", "1.5", "many", "100001", "9" * 40, "²"])
def test_a_number_that_is_none_is_told_beside_its_field(acme, owner, after):
    sent = {"notices": "daily", "pause": "yes", "pauseAfter": after}
    page = owner.post(HERE, sent, status=400)
    assert page.fields["pauseAfter"]["aria-invalid"] == "true"
    assert page.fields["pauseAfter"]["value"] == after
    assert "checked" in page.fields["pause"]
    assert _stored(acme) == (None, None)


@pytest.mark.parametrize("word", ["", "never", "<b>"])
def test_a_way_of_telling_that_is_none_is_told_beside_its_field(acme, owner, word):
    page = owner.post(HERE, {"notices": word}, status=400)
    assert "Choose one." in page.text
    assert _stored(acme) == (None, None)


def test_who_may_not_change_it_reads_it(acme):
    viewer = acme.browser(Role.VIEWER)
    assert "Identity owners are told At once" in viewer.get(HERE).text
    assert viewer.get(HERE).fields == {}
    acme.browser(Role.ADMINISTRATOR).post(
        HERE, {"notices": "daily", "pause": "yes", "pauseAfter": "1000"}
    )
    page = viewer.get(HERE)
    assert "Identity owners are told Once a day" in page.text
    assert "After more than 1,000 refusals within ten minutes" in page.text
