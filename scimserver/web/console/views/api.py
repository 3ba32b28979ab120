"""/console/api: what programs can do for the organization, and with which token."""

import re
from typing import NamedTuple

from flask import Flask, Response

from scimserver.web.console.desk import Desk, Operation
from scimserver.web.visitor import Visitor

_HERE = "/console/api"
_ORGANIZATION = "{organizationId}"
_CODE = re.compile(r"`([^`]+)`")


class Shown(NamedTuple):
    """An operation as the page has it. ``pieces`` are text and code in turn, text first."""

    method: str
    path: str
    summary: str
    pieces: list[str]


class ApiPage:
    """The page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mount(self, app: Flask) -> None:
        """Add it."""
        self._desk.page(app, _HERE, self.show, "organization view")

    def show(self, visitor: Visitor) -> Response:
        """Answer with every operation, its address the organization's own."""
        org_id = visitor.me.org_id
        return self._desk.show(
            "api.html",
            visitor,
            base=self._desk.settings.base_url,
            slug=visitor.me.org_slug,
            operations=[_shown(each, org_id) for each in self._desk.describing.operations()],
        )


def _shown(operation: Operation, org_id: str) -> Shown:
    return Shown(
        operation.method,
        operation.path.replace(_ORGANIZATION, org_id),
        operation.summary,
        _CODE.split(operation.description),
    )
