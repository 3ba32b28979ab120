"""Format rules for texts: base64 always, the others under ``strict_formats`` alone (B17 to B19).

Each check answers whether a text has the format; none changes it.
"""

import base64
import re
from collections.abc import Callable, Mapping

_BASE64 = re.compile(r"[A-Za-z0-9+/]+(={0,2})")
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
)
_COUNTRY = re.compile(r"[A-Z]{2}")
_TAG = re.compile(r"(?:[A-Za-z]{2,8}|[xXiI])(?:-[A-Za-z0-9]{1,8})*")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_SEQUENCE = 0x30
_LONG_FORM = 0x80


def is_base64(text: str) -> bool:
    """Return whether a text is base64 of RFC 4648 §4; padding may be left out."""
    found = _BASE64.fullmatch(text)
    if found is None:
        return False
    padding = len(found[1])
    digits = len(text) - padding
    return digits % 4 != 1 and (not padding or len(text) % 4 == 0)


def is_uri(text: str) -> bool:
    """Return whether a text is an absolute URI (RFC 3986)."""
    return _URI.fullmatch(text) is not None


def is_certificate(text: str) -> bool:
    """Return whether base64 text holds exactly one DER object of the shape of a certificate.

    That is a SEQUENCE that fills the data and begins with another one; signatures are not read.
    """
    data = base64.b64decode(text + "=" * (-len(text) % 4))
    content = _content(data)
    return content is not None and content[:1] == bytes([_SEQUENCE])


def _content(data: bytes) -> bytes | None:
    """Return what a DER SEQUENCE holds, or None unless it is one and fills the data."""
    if len(data) < 2 or data[0] != _SEQUENCE:
        return None
    length, start = data[1], 2
    if length > _LONG_FORM:
        start += length - _LONG_FORM
        length = int.from_bytes(data[2:start], "big")
    return data[start:] if len(data) == start + length else None


def _is_country(text: str) -> bool:
    return _COUNTRY.fullmatch(text) is not None


def _is_language(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def _are_languages(text: str) -> bool:
    """Accept-Language, which RFC 7643 §4.1.1 takes ``preferredLanguage`` from."""
    return all(_is_language(each.split(";")[0].strip()) for each in text.split(","))


def _is_zone(text: str) -> bool:
    return _ZONE.fullmatch(text) is not None


_USER = "urn:ietf:params:scim:schemas:core:2.0:User"

# By full attribute name: the check, and what the text has to be.
STRICT: Mapping[str, tuple[Callable[[str], bool], str]] = {
    f"{_USER}:addresses.country": (_is_country, "must be a two-letter country code (ISO 3166-1)"),
    f"{_USER}:locale": (_is_language, "must be a language tag (RFC 5646)"),
    f"{_USER}:preferredLanguage": (_are_languages, "must be a language tag (RFC 5646)"),
    f"{_USER}:timezone": (_is_zone, "must be a time zone of the IANA database"),
    f"{_USER}:x509Certificates.value": (is_certificate, "must hold exactly one DER certificate"),
}
