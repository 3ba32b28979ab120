"""Checks of domains: DNS is asked, and what it says moves the claim on (1.5, 1.7).

DNS is asked between transactions and never within one: SQLite has one writer, and a question may
take seconds (D20). A claim is its own job: it is due, and leased by whoever checks it.
"""

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.domain.actor import Actor
from scimserver.domain.claims import Claim
from scimserver.domain.ports import Prover
from scimserver.domain.visit import Visit
from scimserver.services.run import Run


class DomainChecks:
    """Looks at claims, on demand and when they are due.

    ``run`` makes the transactions; ``read`` runs what writes nothing.
    """

    def __init__(
        self, run: Run, read: Run, clock: Clock, prover: Prover, settings: Settings
    ) -> None:
        self._run = run
        self._read = read
        self._clock = clock
        self._prover = prover
        self._settings = settings

    def verify(self, actor: Actor, claim_id: str, *, visit: Visit | None = None) -> Claim:
        """Look at one claim now, whatever its schedule, and return it as it is then (D37).

        That the record was not found is no error: ``last_check`` says so. Raises DomainOwnedError
        while another organization holds the domain (1.7), ClaimChangedError when the claim was
        rotated or removed meanwhile (D28), TooOftenError (D26), UnknownResourceError, and
        InvalidRequestError for a claim that has nothing to look for: expired, or attested.
        """
        raise NotImplementedError

    def due(self) -> int:
        """Look at every claim whose check is due, and return how many those were.

        Several processes may do so at once. What one had leased when it was killed is taken over
        when its lease ends.
        """
        raise NotImplementedError
