"""The runner: jobs go on beside each other whatever happens to one, and stop between two pieces."""

import logging
import threading

from scimserver.domain.ports import MailError
from scimserver.jobs.runner import Job, Runner, attempt, pause
from scimserver.services.run import to_the_end

SECRET = "ann@acme.test, code 12345678"


def a_job(work, *, name="job", seconds=0.0):
    return Job(name, seconds, work, "done")


def test_nothing_that_happens_to_a_job_stops_another_or_itself():
    rounds = dict.fromkeys(("expected", "bug", "well"), 0)

    def counted(name, outcome):
        def work(_goes_on):
            rounds[name] += 1
            if min(rounds.values()) >= 5:
                runner.stop()
            return outcome()

        return a_job(work, name=name)

    jobs = [
        counted("expected", fail(MailError("The relay is away."))),
        counted("bug", fail(TypeError(SECRET))),
        counted("well", lambda: 1),
    ]
    runner = Runner(jobs)
    runner.start()
    assert runner.wait(30)
    assert min(rounds.values()) >= 5


def fail(failure):
    def raised():
        raise failure

    return raised


def test_an_expected_failure_is_logged_in_its_own_words(caplog):
    def work(_goes_on):
        raise MailError("The relay is away.")

    assert not attempt(a_job(work, name="mail"), to_the_end)
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname) == ("mail: The relay is away.", "WARNING")


def test_a_bug_is_logged_with_its_place_and_without_what_it_was_about(caplog):
    def work(_goes_on):
        try:
            int(SECRET)
        except ValueError as failure:
            raise RuntimeError(SECRET) from failure

    assert not attempt(a_job(work), to_the_end)
    (record,) = caplog.records
    told = record.getMessage()
    assert told.startswith("job: RuntimeError at ")
    assert f"{__file__}:" in told
    assert "; from ValueError at " in told
    assert "ann@" not in logging.Formatter().format(record)


def test_what_was_done_is_told_and_an_idle_look_is_not(caplog):
    caplog.set_level("INFO")
    assert attempt(a_job(lambda _: 3, name="mail"), to_the_end)
    assert attempt(a_job(lambda _: 0, name="mail"), to_the_end)
    assert [record.getMessage() for record in caplog.records] == ["mail: 3 done"]


def test_a_stop_lets_the_piece_under_way_finish_and_begins_no_other():
    begun, go_on, finished = threading.Event(), threading.Event(), []

    def work(goes_on):
        while goes_on():
            begun.set()
            assert go_on.wait(30)
            finished.append("piece")
        return len(finished)

    runner = Runner([a_job(work), a_job(lambda _: 0, name="idle", seconds=1_000_000)])
    runner.start()
    assert begun.wait(30)
    runner.stop()
    assert not runner.wait(0)
    go_on.set()
    assert runner.wait(30)
    assert finished == ["piece"]


def test_pauses_grow_with_failures_up_to_a_minute_and_never_shrink():
    for seconds, failures, longest in (
        (5, 0, 5),
        (5, 1, 10),
        (5, 3, 40),
        (5, 4, 60),
        (5, 10_000, 60),
        (3_600, 0, 3_600),
        (3_600, 5, 3_600),
    ):
        taken = [pause(seconds, failures) for _ in range(50)]
        assert longest / 2 <= min(taken) <= max(taken) <= longest
        # Processes that started together drift apart.
        assert len(set(taken)) > 1
