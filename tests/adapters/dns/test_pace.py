"""How many questions may be put to DNS in a second."""

import threading

import pytest

from scimserver.adapters.dns import pace
from scimserver.adapters.dns.pace import Pace

FOREVER = 10_000


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self._lock = threading.Lock()

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        with self._lock:
            self.now += seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def five(time):
    return Pace(5, now=time, sleep=time.sleep)


def test_a_second_holds_so_many_questions_and_no_more(five, time):
    turns = []
    for _ in range(23):
        assert five.take(1, FOREVER)
        turns.append(time.now)
    crowds = [sum(turn <= each < turn + 1 for each in turns) for turn in turns]
    assert max(crowds) == 5
    assert turns[-1] == 4


def test_a_set_waits_for_its_last_question(five, time):
    assert five.take(12, FOREVER)
    assert time.now == 2


def test_who_would_come_too_late_is_told_at_once_and_takes_nobodys_turn(five, time):
    assert five.take(5, 0.5)
    assert not five.take(1, 0.5)
    assert time.now == 0
    assert five.take(5, 1)
    assert time.now == 1


def test_what_could_not_wait_is_waited_for_by_the_next(five, time):
    for _ in range(10):
        five.spend()
    assert time.now == 0
    assert five.take(1, FOREVER)
    assert time.now == 2


def test_nothing_to_ask_waits_for_nobody(five, time):
    assert five.take(5, FOREVER)
    assert five.take(0, FOREVER)
    assert time.now == 0


def test_threads_share_one_pace(time):
    shared = Pace(10, now=time, sleep=time.sleep)
    threads = [threading.Thread(target=shared.take, args=(1, FOREVER)) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not shared.take(1, time.now)


def test_all_of_a_process_keep_to_the_same_pace():
    assert pace.of_process(50) is pace.of_process(50)
