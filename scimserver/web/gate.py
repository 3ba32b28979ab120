"""Who asks: the token of a request becomes an actor, within the budget of its connection."""

from datetime import datetime

from scimserver.errors import ScimServerError
from scimserver.scim.errors import TooManyRequestsError, UnauthorizedError
from scimserver.services import guesses, tokens
from scimserver.services.tokens import Credential
from scimserver.storage.reader import Ahead
from scimserver.storage.session import Session
from scimserver.web.http import Services
from scimserver.web.limits import BURST_FACTOR, Budget, spend

FAILURES_PER_SECOND = 5
SANDBOX = ("X-Scimserver-Sandbox", "sandbox: accepts any address; nobody can sign in")
"""The header of every answer to a credential of a sandbox (M23)."""


class Gate:
    """Lets known credentials in, and slows down who guesses (I19 to I21)."""

    def __init__(self, services: Services, budgets: Budget) -> None:
        self._services = services
        self._budgets = budgets
        self._pepper = services.settings.token_pepper
        self._previous = services.settings.previous_token_pepper

    def admit(
        self,
        session: Session,
        authorization: str | None,
        now: datetime,
        ahead: Ahead | None = None,
    ) -> Credential:
        """Return the credential; its budget is still to be charged, by ``enter``."""
        return tokens.authenticate(
            session, self._pepper, authorization, now, previous=self._previous, ahead=ahead
        )

    def enter(self, credential: Credential) -> None:
        """Spend one request of a connection's budget, or of a user's, who uses up nobody else's.

        It is a step of its own, so that whoever has to wait is known by then.
        """
        whose = credential.user_id or credential.connection_id
        spend(self._budgets, whose, credential.rate_limit)

    def charge(self, connection_id: str, rate_limit: int, cost: int) -> None:
        """Spend more of a connection's budget, for a request that is worth several (E14)."""
        # More than a full budget beside the request itself could never be spent, however long the
        # client waits.
        cost = min(cost, rate_limit * BURST_FACTOR - 1)
        if cost > 0:
            spend(self._budgets, connection_id, rate_limit, cost)

    def charge_anonymous(self, address: str, rate: int) -> None:
        """Spend from the budget of an address, for what is answered without a token (I20)."""
        spend(self._budgets, f"address:{guesses.network(address)}", rate)

    def failed(
        self, refusal: ScimServerError, authorization: str | None, address: str, now: datetime
    ) -> ScimServerError:
        """Return what to answer instead of a refusal: itself, or to wait after too many (I21).

        A valid token is never held up by the failures of others at the same address: only what
        failed is counted. The budget in memory comes first, so a flood does not reach the database.
        """
        if not isinstance(refusal, UnauthorizedError) or not refusal.sent:
            return refusal
        wait = self._budgets.take(f"failed:{guesses.network(address)}", FAILURES_PER_SECOND)
        if not wait:
            wait = self._services.write(
                lambda session: guesses.count_failure(
                    session, self._pepper, authorization, address, now
                )
            )
        if not wait:
            return refusal
        return TooManyRequestsError(
            f"Too many credentials that do not hold. Try again in {wait} s.", retry_after=wait
        )
