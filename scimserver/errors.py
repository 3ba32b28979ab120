"""ScimServerError, the root of every failure this program expects."""

from typing import Any, ClassVar


class ScimServerError(Exception):
    """An expected failure: what went wrong, where, and what to do next.

    ``detail`` is one line in SCIM's words, fit to be shown to the caller. ``context`` holds values
    for logs and tables, never a secret.
    """

    code: ClassVar[str] = "error"
    recommended_action: ClassVar[str] = ""

    def __init__(self, detail: str, **context: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.context = context
