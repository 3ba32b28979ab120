"""Every job there is, and how often each is looked at."""

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.domain.ports import Prover
from scimserver.jobs.housekeeping import Housekeeping
from scimserver.jobs.postman import Postman
from scimserver.jobs.runner import Job
from scimserver.services.domain_checks import DomainChecks
from scimserver.services.run import Run

_SOON, _NOW_AND_THEN = 5, 3_600


def every(run: Run, read: Run, clock: Clock, settings: Settings, prover: Prover) -> tuple[Job, ...]:
    """Return all jobs. They commit nothing but through ``run``, and ``read`` what may be due.

    Raises SettingsError where mail is configured by halves.
    """
    checks = DomainChecks(run, read, clock, prover, settings)
    house = Housekeeping(run, read, clock, settings)
    postman = Postman(run, read, clock, settings)
    return (
        Job("mail", _SOON, postman.deliver, "sent"),
        Job("domains", _SOON, checks.due, "checked"),
        Job("retention", _NOW_AND_THEN, house.sweep, "deleted"),
        Job("tidying", _NOW_AND_THEN, house.tidy, "deleted"),
        Job("reminding", _NOW_AND_THEN, house.remind, "reminded"),
        Job("sandboxes", _NOW_AND_THEN, house.date, "dated"),
    )
