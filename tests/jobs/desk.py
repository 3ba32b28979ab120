"""What a job is given, on a test's database: transactions, a clock to move, settings.

``rounds(2, job)`` lets a runner of its own do a job's work twice.
"""

from scimserver.config import Settings
from scimserver.jobs.runner import Job, Runner
from scimserver.services.run import to_the_end
from scimserver.storage.transaction import run
from tests.signing_in import Clock

KEY = "a-secret-key-of-the-tests-0123456789abcdef"


class Desk:
    """``Postman(*desk.given)`` is a job of this database; ``desk.clock`` is the one it looks at."""

    def __init__(self, database, **environment):
        self.database = database
        self.clock = Clock()
        self.settings = Settings.from_env({"SCIMSERVER_SECRET_KEY": KEY, **environment})

    @property
    def given(self):
        return self.run, self.read, self.clock, self.settings

    def run(self, work):
        return run(self.database, work)

    def read(self, work):
        with self.database.snapshot() as session:
            return work(session)


class Killed(BaseException):
    """What no handler stops, as SIGKILL."""


def rounds(many, work):
    """Let a runner work so many times; return what each time did, None where it was killed."""
    done = []

    def once(_goes_on):
        done.append(None)
        if len(done) == many:
            runner.stop()
        done[-1] = work(to_the_end)
        return 0

    runner = Runner([Job("job", 0, once, "done")])
    runner.start()
    assert runner.wait(30)
    return done
