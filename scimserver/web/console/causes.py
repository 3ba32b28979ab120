"""Causes of refusals as pages show them: in words, by the names of what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass

from scimserver.domain.provisioning_error import State
from scimserver.storage.names import Named
from scimserver.storage.provisioning_errors import ProvisioningError
from scimserver.web.console.domain_words import Badge
from scimserver.web.console.links import error_page
from scimserver.web.console.refusals import sentence
from scimserver.web.console.words import Explained, attempted, meaning

STATES: Mapping[State, Badge] = {
    State.OPEN: Badge("Open", "warn"),
    State.ACKNOWLEDGED: Badge("Acknowledged", "info"),
    State.RESOLVED: Badge("Resolved", "good"),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. ``subject`` is what it is about, as far as that is still there."""

    error: ProvisioningError
    subject: Named | None

    @classmethod
    def of(cls, error: ProvisioningError, known: Mapping[str, Named]) -> "Cause":
        """Return a cause with what the ids of resources are called."""
        return cls(error, known.get(error.resource_id or ""))

    @property
    def place(self) -> str:
        """The address of its page."""
        return error_page(self.error.id)

    @property
    def badge(self) -> Badge:
        """Its state in a word."""
        return STATES[self.error.state]

    @property
    def explained(self) -> Explained:
        """Why it was refused, and what to do about it, in plain words."""
        return meaning(self.error.code)

    @property
    def reason(self) -> str:
        """Why, in the words of the last refusal, for people."""
        return sentence(self.error.reason)

    @property
    def done(self) -> str:
        """What was wanted, such as "Change user"."""
        return attempted(self.error.operation, self.error.resource_type)

    @property
    def about(self) -> str:
        """What it was wanted of: a name, else the id it has at the identity provider, or here."""
        named = self.subject.shown if self.subject is not None else ""
        return named or self.error.external_id or self.error.resource_id or ""
