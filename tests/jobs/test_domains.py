"""Domains are checked when they are due, by whichever runner is there; none is lost with one."""

import threading

import pytest

from scimserver.jobs import schedule
from scimserver.jobs.runner import Job, Runner
from scimserver.services import audit, domains, organizations
from scimserver.services.domain_checks import LEASE
from scimserver.storage.models import claim
from tests.factories import an_organization, rows
from tests.fakes import FOUND, FakeProver
from tests.jobs.desk import Desk, Killed, rounds


@pytest.fixture
def desk(database):
    return Desk(database, SCIMSERVER_EXTRA_SUFFIXES="test")


def claimed(desk, *names):
    """Claim domains for one organization, whose first check is due."""
    org_id = an_organization(desk.database)

    def work(session):
        actor = audit.operator(organizations.find(session, org_id))
        for name in names:
            domains.add(session, actor, desk.clock.now(), name, desk.settings)

    desk.run(work)
    desk.clock.advance(60)


def states(desk):
    return sorted((row.domain, row.state) for row in rows(desk.database, claim))


def work_of(desk, prover):
    """What the schedule has for domains."""
    (job,) = [job for job in schedule.every(*desk.given, prover) if job.name == "domains"]
    return job.work


def test_what_is_due_is_checked_and_what_is_not_is_left(desk):
    claimed(desk, "acme.test")
    prover = FakeProver({"acme.test": FOUND, "late.test": FOUND})
    work = work_of(desk, prover)
    assert work(lambda: False) == 0
    assert work(lambda: True) == 1
    assert work(lambda: True) == 0
    assert states(desk) == [("acme.test", "verified")]


def test_what_a_killed_runner_was_at_another_takes_over_when_the_lease_ends(desk, monkeypatch):
    died = []
    monkeypatch.setattr(threading, "excepthook", lambda told: died.append(told.exc_type))

    def killed(_question):
        raise Killed

    claimed(desk, "acme.test", "bee.test")
    first, second = FakeProver({"acme.test": killed, "bee.test": killed}), FakeProver()
    second.findings = {"acme.test": FOUND, "bee.test": FOUND}
    assert rounds(1, work_of(desk, first)) == [None]
    assert died == [Killed]
    (taken,) = (question.domain for question in first.asked)
    # Only what the dead one held has to wait.
    assert rounds(2, work_of(desk, second)) == [1, 0]
    assert taken not in {question.domain for question in second.asked}
    desk.clock.advance(LEASE.total_seconds() - 1)
    assert rounds(1, work_of(desk, second)) == [0]
    desk.clock.advance(1)
    assert rounds(2, work_of(desk, second)) == [1, 0]
    assert states(desk) == [("acme.test", "verified"), ("bee.test", "verified")]


def test_two_runners_share_what_is_due_and_check_nothing_twice(desk):
    names = [f"d{number}.test" for number in range(12)]
    claimed(desk, *names)
    prover = FakeProver(dict.fromkeys(names, FOUND))
    counts = []

    def work(goes_on):
        counts.append(work_of(desk, prover)(goes_on))
        if sum(counts) >= len(names):
            runner.stop()
        return 0

    runner = Runner([Job("one", 0, work, "checked"), Job("other", 0, work, "checked")])
    runner.start()
    assert runner.wait(60)
    assert sorted(question.domain for question in prover.asked) == sorted(names)
    assert {state for _, state in states(desk)} == {"verified"}
