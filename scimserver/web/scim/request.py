"""A SCIM request as it came in: path, parameters, media types and body, read when asked for."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from scimserver import codec
from scimserver.domain.commands import Precondition
from scimserver.scim import conditions
from scimserver.scim.errors import (
    InvalidSyntaxError,
    InvalidValueError,
    InvalidVersionError,
    PayloadTooLargeError,
    SensitiveError,
    UnsupportedMediaTypeError,
    UriTooLongError,
)
from scimserver.scim.messages import PageSize, SearchRequest, from_body, from_query
from scimserver.scim.quirks import Profile, counters
from scimserver.scim.registry import Registry
from scimserver.services.causes import Success
from scimserver.services.tokens import Credential
from scimserver.storage.reader import Ahead

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_URL = 32 * 1024
"""Bytes of a path, or of a query. The longest filter fits, percent-encoded; a server in front that
has a limit of its own answers without a body of SCIM's, so ours comes first."""
SCIM_JSON = "application/scim+json"
JSON = "application/json"

_VERSION = re.compile(r"v[0-9]+", re.IGNORECASE | re.ASCII)
# Possessive: two runs of white space side by side could be divided in very many ways.
_MEDIA_TYPE = re.compile(
    r"\s*+(application/(?:scim\+)?json)\s*+(?:;\s*+charset\s*+=\s*+\"?utf-?8\"?\s*+)?;?\s*+",
    re.IGNORECASE,
)
_WILDCARDS = frozenset({SCIM_JSON, "*/*", "application/*"})


class Call:
    """One request.

    ``method`` is GET for HEAD. ``path`` lies below the base URL. ``credential``, ``route``,
    ``type_name`` and ``location`` are known once the surface has found them; ``charge`` spends
    more of the connection's budget. ``ahead`` is what was read together with the credential.
    ``registry`` has the schemas that the asking organization sees, all of them until it is known.
    ``quirks`` are the tolerances that took effect, one name as often as operations took it.
    ``success`` is what was accepted, where that may settle errors.
    """

    __slots__ = (
        "_body",
        "ahead",
        "charge",
        "credential",
        "environ",
        "location",
        "method",
        "now",
        "path",
        "quirks",
        "registry",
        "request_id",
        "route",
        "success",
        "type_name",
    )

    def __init__(
        self,
        environ: "WSGIEnvironment",
        path: str,
        request_id: str,
        now: datetime,
        registry: Registry,
    ) -> None:
        self.environ = environ
        method: str = environ["REQUEST_METHOD"]
        self.method = "GET" if method == "HEAD" else method
        self.path = path
        self.request_id = request_id
        self.now = now
        self.registry = registry
        self.credential: Credential | None = None
        self.charge: Callable[[int], None] = _free
        self.route = ""
        self.location = ""
        self.ahead: Ahead | None = None
        self.type_name: str | None = None
        self.quirks: list[str] = []
        self.success: Success | None = None
        self._body: dict[str, Any] | None = None

    @property
    def user_agent(self) -> str:
        """What the client calls itself."""
        return str(self.environ.get("HTTP_USER_AGENT", ""))[:200]

    @property
    def authorization(self) -> str | None:
        """The Authorization header."""
        return self.environ.get("HTTP_AUTHORIZATION")

    @property
    def content_type(self) -> str:
        """The media type of the answer (A17)."""
        accept = self.environ.get("HTTP_ACCEPT")
        if not accept or JSON not in accept.lower():
            return SCIM_JSON
        named = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
        return SCIM_JSON if named & _WILDCARDS or JSON not in named else JSON

    @property
    def sent_body(self) -> Mapping[str, Any] | None:
        """The body as far as it has been read, for the log of a refusal."""
        return self._body

    def search(self, page: PageSize) -> SearchRequest:
        """Return what the URL parameters ask for (D3, D4), or refuse a filter among them (D49)."""
        query = self.environ.get("QUERY_STRING")
        asked = from_query(self.query() if query else (), page)
        if (
            asked.filter is not None
            and self.method == "GET"
            and self.credential is not None
            and self.credential.forbid_get_filters
        ):
            raise SensitiveError(
                "filter: this organization allows none in a URL. Send it by POST to .search."
            )
        return asked

    def query(self) -> list[tuple[str, str]]:
        """Return the URL parameters, decoded."""
        # WSGI hands bytes over as Latin-1.
        raw = str(self.environ.get("QUERY_STRING", "")).encode("latin-1", "replace")
        _check_length(raw)
        try:
            text = raw.decode()
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
        except ValueError as refusal:
            raise InvalidValueError("The URL's parameters are not UTF-8 text.") from refusal

    def search_body(self, profile: Profile, page: PageSize, limit: int) -> SearchRequest:
        """Return what a ``.search`` body asks for."""
        body = self.body(profile, limit)
        asked = from_body(body, profile, page)
        if not any(name.lower() == "schemas" and body[name] is not None for name in body):
            self.quirks.append(counters.MISSING_SCHEMAS)
        return asked

    def body(self, profile: Profile, limit: int) -> dict[str, Any]:
        """Return the body as a JSON object, or refuse it (A18, A19, B64)."""
        self._check_media_type(profile)
        raw = self._raw(limit)
        if not raw.strip():
            raise InvalidSyntaxError("The body is empty. Send a JSON object.")
        value = codec.decode(raw)
        if not isinstance(value, dict):
            raise InvalidSyntaxError("The body is not a JSON object.")
        self._body = value
        return value

    def _raw(self, limit: int) -> bytes:
        """Return the body's bytes, and no more of them than the limit."""
        request = Request(self.environ)
        # One byte more than allowed tells a body at the limit from one that was cut there: of a
        # chunked body Werkzeug hands over the first part without a word.
        request.max_content_length = limit + 1
        try:
            raw = request.get_data(cache=False)
        except RequestEntityTooLarge:
            raw = None
        except HTTPException as refusal:
            raise InvalidSyntaxError("The body ended before its length.") from refusal
        if raw is None or len(raw) > limit:
            raise PayloadTooLargeError(
                f"The body is larger than {limit} bytes. Send less in one request."
            )
        return raw

    def _check_media_type(self, profile: Profile) -> None:
        sent = self.environ.get("CONTENT_TYPE")
        if not sent:
            if profile.missing_content_type:
                self.quirks.append(counters.MISSING_CONTENT_TYPE)
                return
            raise UnsupportedMediaTypeError(f"Content-Type: missing. Send {SCIM_JSON}.")
        found = _MEDIA_TYPE.fullmatch(sent)
        accepted = found is not None and (not profile.strict or found.group(1).lower() == SCIM_JSON)
        if not accepted:
            raise UnsupportedMediaTypeError(f"Content-Type: not supported. Send {SCIM_JSON}.")

    def condition(self) -> Precondition | None:
        """Return If-Match and If-None-Match of a write, None where neither was sent (G3, G6)."""
        match = self.environ.get("HTTP_IF_MATCH")
        none_match = self.environ.get("HTTP_IF_NONE_MATCH")
        if match is None and none_match is None:
            return None
        return Precondition(
            conditions.versions(match, "If-Match"),
            conditions.versions(none_match, "If-None-Match"),
        )


def _free(_cost: int) -> None:
    """Spend nothing: there is no budget yet."""


def _check_length(part: str | bytes) -> None:
    if len(part) > MAX_URL:
        raise UriTooLongError(f"The URL is longer than {MAX_URL} bytes. Use POST with .search.")


def segments(path: str) -> list[str]:
    """Return the segments of a path below ``/scim/``, without version and empty places (A21).

    Raises InvalidVersionError for any version but 2.
    """
    _check_length(path)
    found = [each for each in path.split("/") if each]
    if found and _VERSION.fullmatch(found[0]):
        if found[0].lower() != "v2":
            raise InvalidVersionError(
                f"This server speaks SCIM 2.0 under /v2, not /{found[0][:10]}."
            )
        del found[0]
    return found
