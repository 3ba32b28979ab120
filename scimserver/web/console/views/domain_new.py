"""/console/organization/sso/domains/new: the form that adds a domain."""

from flask import Flask, Response

from scimserver.domain.errors import InvalidDomainError, InvalidRequestError, TooOftenError
from scimserver.errors import ScimServerError
from scimserver.services import domains
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.links import SSO, domain_page
from scimserver.web.console.refusals import refused, sentence
from scimserver.web.visitor import Visitor

_HERE = f"{SSO}/domains/new"
_EDITS = "domains edit"
_LONGEST = 253


class DomainNew:
    """The form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add it."""
        self._desk.page(app, _HERE, self.ask, _EDITS)
        self._desk.form(app, _HERE, self.add, _EDITS)

    def ask(self, visitor: Visitor) -> Response:
        """Answer with the form; the page of a refusal names the domain it was refused for."""
        return self._form(visitor, visitor.query.get("domain", "")[:_LONGEST], {})

    def add(self, visitor: Visitor) -> Response:
        """Add the domain of the form, and show its record."""
        given, settings = visitor.form.get("domain", "").strip(), self._desk.settings
        actor, now, visit = actor_of(visitor), visitor.now, visitor.visit
        try:
            made = self._desk.write(
                lambda s: domains.add(s, actor, now, given, settings, visit=visit)
            )
        except (InvalidDomainError, InvalidRequestError, TooOftenError) as refusal:
            return self._refused(visitor, given, refusal)
        return gone_to(domain_page(made.id), "domain-added")

    def _refused(self, visitor: Visitor, given: str, refusal: ScimServerError) -> Response:
        answer = self._form(visitor, given, {"domain": sentence(refusal.detail)})
        return refused(answer, refusal)

    def _form(self, visitor: Visitor, given: str, errors: dict[str, str]) -> Response:
        days = self._desk.settings.challenge_days
        return self._desk.show("domain_new.html", visitor, given=given, errors=errors, days=days)
