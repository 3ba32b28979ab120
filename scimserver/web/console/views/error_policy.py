"""/console/organization/errors: how refusals are told of, and when changes pause (G12)."""

from typing import Any

from flask import Flask, Response

from scimserver.domain.errors import InvalidRequestError
from scimserver.domain.provisioning_error import Notices
from scimserver.services import error_policy
from scimserver.services.error_policy import Policy
from scimserver.storage.session import Session
from scimserver.web.console.desk import Desk, actor_of, gone_to
from scimserver.web.console.fields import whole
from scimserver.web.console.links import ERROR_POLICY
from scimserver.web.console.refusals import CORRECTABLE, STATUS, told
from scimserver.web.visitor import Visitor

_FIELDS = ("notices", "pauseAfter")


class ErrorPolicyPage:
    """The page, and its form."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add both."""
        self._desk.page(app, ERROR_POLICY, self.show, "organization view")
        self._desk.form(app, ERROR_POLICY, self.save, error_policy.PERMISSION)

    def show(self, visitor: Visitor) -> Response:
        """Answer with the page."""
        policy = self._found(visitor)
        given = {
            "notices": (policy.notices or Notices.AT_ONCE).value,
            "pause": "yes" if policy.pause_after is not None else "",
            "pauseAfter": str(policy.pause_after or error_policy.PROPOSED),
        }
        return self._page(visitor, policy, given)

    def save(self, visitor: Visitor) -> Response:
        """Decide as the form says."""
        form = visitor.form
        given = {name: form.get(name, "").strip() for name in (*_FIELDS, "pause")}
        actor, now = actor_of(visitor), visitor.now

        def work(session: Session) -> None:
            if given["notices"] not in set(Notices):
                raise InvalidRequestError("Choose one.", path="notices")
            pauses = given["pause"] == "yes"
            after = whole(given["pauseAfter"], "pauseAfter") if pauses else None
            error_policy.decide(session, actor, now, Notices(given["notices"]), after)

        try:
            self._desk.write(work)
        except CORRECTABLE as refusal:
            found = self._found(visitor)
            return self._page(visitor, found, given, status=STATUS, **told(refusal, _FIELDS))
        return gone_to(ERROR_POLICY, "saved")

    def _found(self, visitor: Visitor) -> Policy:
        return self._desk.read(lambda session: error_policy.get(session, visitor.me.org_id))

    def _page(
        self,
        visitor: Visitor,
        policy: Policy,
        given: dict[str, str],
        *,
        status: int = 200,
        **values: Any,
    ) -> Response:
        values.setdefault("errors", {})
        return self._desk.show(
            "error_policy.html", visitor, status=status, policy=policy, given=given, **values
        )
