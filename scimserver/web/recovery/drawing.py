"""An address as a QR code: drawn in the page, without style attributes (the CSP forbids them)."""

import segno
from markupsafe import Markup

_MODULE = 5


def qr_code(address: str) -> Markup:
    """Return the drawing, dark on light whatever the scheme of the page: cameras want it so."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        scale=_MODULE, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    # Made of an address of ours, whose characters are all a URL's own.
    return Markup(drawn)  # noqa: S704
