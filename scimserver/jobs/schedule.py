"""Every job there is, and how often each is looked at."""

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.jobs.housekeeping import Housekeeping
from scimserver.jobs.postman import Postman
from scimserver.jobs.runner import Job
from scimserver.services.run import Run

_SECONDS, _HOUR = 5, 3_600


def every(run: Run, read: Run, clock: Clock, settings: Settings) -> tuple[Job, ...]:
    """Return all jobs. They commit nothing but through ``run``, and ``read`` what may be due.

    Raises SettingsError where mail is configured by halves.
    """
    house = Housekeeping(run, read, clock, settings)
    postman = Postman(run, read, clock, settings)
    return (
        Job("mail", _SECONDS, postman.deliver, "sent"),
        Job("retention", _HOUR, house.sweep, "deleted"),
        Job("tidying", _HOUR, house.tidy, "deleted"),
        Job("reminding", _HOUR, house.remind, "reminded"),
    )
