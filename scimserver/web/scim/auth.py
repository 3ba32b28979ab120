"""Who asks: the token of a request becomes an actor, within the budget of its connection."""

from datetime import datetime, timedelta
from threading import Lock

from scimserver.scim.errors import TooManyRequestsError, UnauthorizedError
from scimserver.services import tokens
from scimserver.services.tokens import Credential
from scimserver.storage.session import Session
from scimserver.web.http import Services
from scimserver.web.limits import Budget, spend

FAILURES_PER_SECOND = 5
_NOTED_EVERY = timedelta(minutes=1)
_UNKNOWN_PREFIX = 10


class Gate:
    """Lets known credentials in, and slows down who guesses (I19 to I21)."""

    def __init__(self, services: Services, budgets: Budget) -> None:
        self._services = services
        self._budgets = budgets
        self._pepper = services.settings.token_pepper
        self._previous = services.settings.previous_token_pepper
        self._noted: dict[str, datetime] = {}
        self._lock = Lock()

    def admit(
        self, session: Session, authorization: str | None, address: str, now: datetime
    ) -> Credential:
        """Return the credential, its budget charged by one request.

        A valid token is never held up by the failures of others at the same address: they are
        counted after the look-up, and only for those that failed.
        """
        try:
            credential = tokens.authenticate(
                session, self._pepper, authorization, now, previous=self._previous
            )
        except UnauthorizedError as refusal:
            if refusal.sent:
                self._count_failure(authorization or "", address)
            raise
        spend(self._budgets, credential.connection_id, credential.rate_limit)
        return credential

    def charge(self, connection_id: str, rate_limit: int, cost: int) -> None:
        """Spend more of a connection's budget, for a request that is worth several (E14)."""
        if cost > 0:
            spend(self._budgets, connection_id, rate_limit, cost)

    def charge_anonymous(self, address: str, rate: int) -> None:
        """Spend from the budget of an address, for what is answered without a token (I20)."""
        spend(self._budgets, f"address:{address}", rate)

    def should_note(self, token_id: str, now: datetime) -> bool:
        """Return whether this use of a token should be kept: one a minute is enough (I7)."""
        last = self._noted.get(token_id)
        if last is not None and now - last < _NOTED_EVERY:
            return False
        with self._lock:
            self._noted[token_id] = now
        return True

    def _count_failure(self, authorization: str, address: str) -> None:
        text = tokens.bearer(authorization) or ""
        for key in (f"failed:{address}", f"failed:{text[:_UNKNOWN_PREFIX]}"):
            wait = self._budgets.take(key, FAILURES_PER_SECOND)
            if wait:
                raise TooManyRequestsError(
                    f"Too many credentials that do not hold. Try again in {wait} s.",
                    retry_after=wait,
                )
