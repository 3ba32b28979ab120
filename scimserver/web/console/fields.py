"""What fields of forms hold, read as strictly as the pages say."""

from scimserver.domain.errors import InvalidRequestError

_MAX_DIGITS = 6


def whole(text: str, field: str) -> int:
    """Return a whole number, or raise InvalidRequestError for the field."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise InvalidRequestError("Give a whole number.", path=field)
    return int(text)
