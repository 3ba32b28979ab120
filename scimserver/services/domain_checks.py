"""Checks of domains: DNS is asked, and what it says moves the claim on (1.5, 1.7).

DNS is asked between transactions and never within one: SQLite has one writer, and a question may
take seconds (D20). A claim is its own job: it is due, and leased by whoever checks it.
"""

import random
from contextlib import suppress
from datetime import timedelta

from scimserver.clock import Clock
from scimserver.config import Settings
from scimserver.domain import claim_life, claim_schedule
from scimserver.domain.actor import Actor
from scimserver.domain.claim_schedule import Limits
from scimserver.domain.claims import PROVABLE, Claim, Method, State
from scimserver.domain.errors import (
    ClaimChangedError,
    DomainOwnedError,
    InvalidRequestError,
)
from scimserver.domain.findings import Finding
from scimserver.domain.ports import Prover, Question
from scimserver.domain.visit import Visit
from scimserver.services import claim_news, claim_steps, domain_limits, domains, handover
from scimserver.services.handover import Rival, Verdict
from scimserver.services.run import GoesOn, Run, to_the_end
from scimserver.storage import claim_rows, claims
from scimserver.storage.session import Session

LEASE = timedelta(minutes=2)
"""Longer than any look takes: whoever has not come back by then was killed."""


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
        self._limits = Limits.of(settings)

    def verify(self, actor: Actor, claim_id: str, *, visit: Visit | None = None) -> Claim:
        """Look at one claim now, whatever its schedule, and return it as it is then (D37).

        That the record was not found is no error: ``last_check`` says so. Raises DomainOwnedError
        while another organization holds the domain (1.7), ClaimChangedError when the claim was
        rotated or removed meanwhile (D28), TooOftenError (D26), UnknownResourceError, and
        InvalidRequestError for a claim that has nothing to look for: expired, or attested.
        """
        claim, question = self._run(lambda session: self._ask(session, actor, claim_id))
        return self._look(actor, claim, question, visit)

    def due(self, goes_on: GoesOn = to_the_end) -> int:
        """Look at every claim whose check is due, and return how many those were.

        Several processes may do so at once. What one had leased when it was killed is taken over
        when its lease ends.
        """
        now = self._clock.now()
        waiting = self._read(lambda session: claim_rows.due_organizations(session, now))
        return sum(self._due_of(each, goes_on) for each in waiting)

    def _due_of(self, org_id: str, goes_on: GoesOn) -> int:
        actor = claim_news.system(org_id)
        done = 0
        while goes_on() and (leased := self._run(lambda session: self._lease(session, actor))):
            claim, question = leased
            if question is not None:
                # Neither is news to anybody: the claim will be due again, or is not ours to check.
                with suppress(ClaimChangedError, DomainOwnedError):
                    self._look(actor, claim, question, None)
            done += 1
        return done

    def _lease(self, session: Session, actor: Actor) -> tuple[Claim, Question | None] | None:
        """Take one claim that is due, with what is to be asked; do at once what needs no look."""
        now = self._clock.now()
        leased = claim_rows.lease(session, actor.org_id, now, now + LEASE, 1)
        if not leased:
            return None
        (claim,) = leased
        if claim_schedule.is_worth_a_look(claim, now):
            is_pending = claim.state is State.PENDING
            return claim, self._question(session, claim, diagnose=is_pending)
        step = claim_life.by_clock(claim, now, self._limits, _jitter())
        claim_steps.take(session, actor, now, claim, step)
        return claim, None

    def _ask(self, session: Session, actor: Actor, claim_id: str) -> tuple[Claim, Question]:
        """Lease the claim that somebody wants to be looked at now, whoever is at it."""
        found, now = domains.to_change(session, actor, claim_id), self._clock.now()
        _check_provable(found, is_expired=claim_schedule.is_expired(found, now))
        domain_limits.hit(session, domain_limits.VERIFIED, f"{actor.org_id} {found.domain}", now)
        domain_limits.hit(session, domain_limits.VERIFIED_ANY, actor.org_id, now)
        claim_rows.take_lease(session, actor.org_id, found.id, now + LEASE)
        return found, self._question(session, found, diagnose=True)

    def _question(self, session: Session, claim: Claim, *, diagnose: bool) -> Question:
        tokens = claim.accepted_tokens(self._clock.now())
        others = claim_rows.other_tokens(session, claim.org_id, tokens)
        return Question(claim.domain, tokens, others, diagnose)

    def _look(self, actor: Actor, claim: Claim, question: Question, visit: Visit | None) -> Claim:
        found = self._prover.look(question)
        after = self._run(lambda session: self._apply(session, actor, claim, found, visit))
        if after is not None:
            return after
        return self._contest(actor, claim, found, visit)

    def _apply(
        self,
        session: Session,
        actor: Actor,
        asked: Claim,
        found: Finding,
        visit: Visit | None,
    ) -> Claim | None:
        """Take the step a finding brings about; None where another organization is in the way."""
        claim, now = _as_asked(session, asked), self._clock.now()
        # Asked of the row that can have only one owner, so that of two at once one is second.
        if (
            found.is_match
            and not claim.is_owned
            and not claims.own(session, claim.org_id, claim.domain, claim.id)
        ):
            return None
        step = claim_life.after_check(claim, found, now, self._limits, _jitter())
        return claim_steps.take(session, actor, now, claim, step, visit)

    def _contest(self, actor: Actor, asked: Claim, found: Finding, visit: Visit | None) -> Claim:
        """Look at the owner's record as well, and settle who has the domain (D32)."""
        theirs = self._read(lambda session: handover.owner_of(session, asked.domain))
        if theirs is None:
            raise DomainOwnedError(asked.domain, retry_after=1)
        seen = None
        if theirs.token is not None:
            tokens = theirs.accepted_tokens(self._clock.now())
            seen = self._prover.look(Question(theirs.domain, tokens))
        rival = Rival(theirs, seen)

        def work(session: Session) -> Verdict:
            now, mine = self._clock.now(), _as_asked(session, asked)
            return handover.settle(session, actor, now, mine, found, rival, self._limits, visit)

        claim, refusal = self._run(work)
        if refusal is not None:
            # What was seen is kept and told, although the answer is no.
            raise refusal
        return claim


def _check_provable(claim: Claim, *, is_expired: bool) -> None:
    if claim.method is Method.ATTESTED:
        raise InvalidRequestError(
            f"domain: '{claim.domain}' was verified on the operator's word, so there is no record "
            "to look for. (code attested)",
            reason="attested",
        )
    if is_expired or claim.state not in PROVABLE:
        raise InvalidRequestError(
            f"domain: the code of '{claim.domain}' has expired. Ask for a new one. (code expired)",
            reason="expired",
        )


def _as_asked(session: Session, asked: Claim) -> Claim:
    """Return the claim as it is now and lock it, if it is still the one DNS was asked for (D28)."""
    found = claim_rows.by_id(session, asked.org_id, asked.id, lock=True)
    if found is None or found.token != asked.token or found.state not in PROVABLE:
        raise ClaimChangedError(asked.domain)
    return found


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311  # Spreads work over time, and keeps no secret.
