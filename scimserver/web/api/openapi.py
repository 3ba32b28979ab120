"""The application object that describes its own API, and its description as a file (OpenAPI 3.1).

SCIM is not described there: its contract is /Schemas.
"""

import hashlib
import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from flask import Response, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.info import Info
from flask_openapi.models.server import Server
from flask_openapi.openapi import OpenAPI
from flask_openapi.types import ResponseDict

from scimserver import __version__
from scimserver.web.api import problems
from scimserver.web.api.shapes import Problem

__all__ = ["Document", "OpenAPI", "ResponseDict", "application", "blueprint", "described", "holds"]

_ROOT = "/api"
BASE = "/api/v2"
DOCUMENT = "/api/openapi.json"
ORGANIZATION = "/organizations/<organizationId>"
_VERSION = "3.1.0"
_ABOUT = (
    "Sets an organization up: its domains, what of its provisioning was refused, and whether it is "
    "ready for single sign-on. Send a token of one of its connections that has the scope an "
    "operation names, as `Authorization: Token …` or `Authorization: Bearer …`. Refusals are "
    "problems (RFC 9457) with a stable `code`."
)
_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Token` and the token, separated by a space.",
    },
}
_REFUSAL = {
    "description": "Refused",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def holds(path: str) -> bool:
    """Return whether an address lies in the management API, there or not."""
    return path == _ROOT or path.startswith(f"{_ROOT}/")


class Operation(NamedTuple):
    """One operation as a list of the API shows it."""

    method: str
    path: str
    summary: str
    description: str


def application(name: str, base_url: str) -> OpenAPI:
    """Return an application without routes that will describe those of its API."""
    app = OpenAPI(
        name,
        static_folder=None,
        info=Info(title="scimserver", version=__version__, description=_ABOUT),
        servers=[Server(url=base_url)],
        security_schemes=_SCHEMES,
        # Every operation says what a refusal looks like, under this key: nothing is added to it.
        validation_error_status="default",
        validation_error_model=Problem,
        doc_ui=False,
    )
    app.openapi_version = _VERSION
    return app


def blueprint() -> APIBlueprint:
    """Return where operations are added, each with what a refusal looks like."""
    return APIBlueprint(
        "api",
        __name__,
        url_prefix=BASE,
        abp_security=[{"bearer": []}, {"token": []}],
        abp_responses={"default": _REFUSAL},
    )


class Document:
    """The description, made when first asked for: every route is known by then."""

    def __init__(self, app: OpenAPI) -> None:
        self._app = app

    def answer(self) -> Response:
        """Return the file, or 304 to whoever has it."""
        body, tag = self._file
        answer = Response(body, content_type="application/json")
        answer.headers["Cache-Control"] = "no-cache"
        answer.set_etag(tag)
        answer.make_conditional(request)
        return answer

    def operations(self) -> list[Operation]:
        """Return every operation, by path."""
        return [
            Operation(method.upper(), path, told["summary"], told.get("description", ""))
            for path, methods in self._app.api_doc["paths"].items()
            for method, told in methods.items()
        ]

    @cached_property
    def _file(self) -> tuple[bytes, str]:
        body = orjson.dumps(self._app.api_doc)
        return body, hashlib.sha256(body).hexdigest()[:16]


def described(
    api: APIBlueprint,
    method: str,
    rule: str,
    view: Callable[..., Response],
    responses: ResponseDict,
) -> None:
    """Add an operation; its view's docstring says what it does."""
    _, _, more = (inspect.getdoc(view) or "").partition("\n")
    add = {"GET": api.get, "POST": api.post, "PUT": api.put, "DELETE": api.delete}[method]
    subject = rule.removeprefix(ORGANIZATION).split("/")[1]
    operation = add(
        rule,
        tags=[{"name": subject.capitalize().replace("-", " ")}],
        responses=responses,
        operation_id=view.__name__,
        description=" ".join(more.split()) or None,
    )
    operation(view)
