"""Domain claims as pages show them: the claim object, with what it means in words."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from scimserver.domain import domain_name
from scimserver.domain.claims import PROVABLE, ROTATABLE, Claim, Method
from scimserver.domain.record import LABEL
from scimserver.services import claim_object
from scimserver.web.console import domain_words
from scimserver.web.console.domain_words import Badge, Verdict
from scimserver.web.console.links import domain_page

_CODED = re.compile("`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Shown:
    """One claim. ``data`` is its claim object (1.8), ``found`` what its last check found."""

    claim: Claim
    data: dict[str, Any]
    badge: Badge
    verdict: Verdict
    found: str

    @classmethod
    def of(cls, claim: Claim, now: datetime) -> "Shown":
        """Return a claim as pages show it."""
        return cls(
            claim,
            claim_object.shown(claim, now),
            domain_words.badge(claim),
            domain_words.verdict(claim),
            domain_words.found(claim),
        )

    @property
    def place(self) -> str:
        """The address of its page."""
        return domain_page(self.claim.id)

    @property
    def detail(self) -> Markup:
        """What the last check found, in a sentence."""
        return _coded(self.data["lastCheck"]["detail"])

    @property
    def action(self) -> Markup:
        """What to do about it."""
        return _coded(self.data["lastCheck"]["action"])

    @property
    def can_verify(self) -> bool:
        """Whether there is anything to look for."""
        return self.claim.method is Method.DNS and self.claim.state in PROVABLE

    @property
    def can_rotate(self) -> bool:
        """Whether it may get a new code (D13)."""
        return self.claim.method is Method.DNS and self.claim.state in ROTATABLE

    @property
    def label(self) -> str:
        """The name of the record in a zone of the domain's own."""
        return LABEL

    @property
    def zone(self) -> str:
        """The domain whose DNS panel its record goes into, as people write it."""
        return domain_name.unicode_of(domain_name.registrable(self.claim.domain))

    @property
    def is_registrable(self) -> bool:
        """Whether that is the domain itself, and not one above it."""
        return domain_name.registrable(self.claim.domain) == self.claim.domain


def _coded(text: str) -> Markup:
    """Return a sentence whose names between backticks are to be typed as they are."""
    return Markup(_CODED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  # Escaped.
