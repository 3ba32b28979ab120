"""What a job is given, on a test's database: transactions, a clock to move, settings."""

from scimserver.config import Settings
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
