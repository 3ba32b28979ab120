"""What the management API itself refuses, before any service is asked."""

from collections.abc import Sequence

from scimserver.errors import ScimServerError


class ForeignOrganizationError(ScimServerError):
    """The organization is not the token's; whether it exists is not said (U14)."""

    code = "forbidden"
    recommended_action = "Use the id of the organization that the token belongs to."

    def __init__(self) -> None:
        super().__init__(f"This token is not of that organization. {self.recommended_action}")


class MediaTypeError(ScimServerError):
    """A body that does not say it is JSON."""

    code = "unsupported_media_type"
    recommended_action = "Send application/json."

    def __init__(self) -> None:
        super().__init__(f"The body has another media type than JSON. {self.recommended_action}")


class BodyTooLargeError(ScimServerError):
    """A body larger than any request here needs."""

    code = "content_too_large"
    recommended_action = "Send less."

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes. {self.recommended_action}")


class FieldsError(ScimServerError):
    """Fields that are missing, unknown or of the wrong type. ``faults`` are (field, what)."""

    code = "invalid_request"
    recommended_action = "Correct the fields."

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        told = "; ".join(f"{field}: {what}" if field else what for field, what in faults)
        super().__init__(f"{told}. {self.recommended_action}")
        self.faults = tuple(faults)
