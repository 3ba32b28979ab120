"""The files at /static/: read once at start, addressed by their digest, cached for long.

An address with the file's digest never changes its meaning. One without (a module importing
another, a style sheet naming an icon) is asked again, and answered 304 while nothing changed.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, abort, request

FOLDER = Path(__file__).parent / "console" / "static"

# One after the other they are one file, style.css. Apart, a browser that lays a page out before all
# of them have come would ask for icons that Pico keeps in data: addresses, which our policy blocks.
_SHEETS = ("pico.min.css", "console.css", "parts.css", "pages.css")
_STYLE = "style.css"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"
_SHOWN = 12


class _File(NamedTuple):
    content: bytes
    type: str
    digest: str


class StaticFiles:
    """What a browser loads beside the pages. Nothing outside the folder can be asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _file(path.read_bytes(), path.suffix)
            for path in sorted(folder.rglob("*"))
            if path.suffix in _TYPES
        }
        together = b"\n".join(self._files[name].content for name in _SHEETS)
        self._files[_STYLE] = _file(together, ".css")

    def mount(self, app: Flask) -> None:
        """Add the one route."""
        app.add_url_rule("/static/<path:name>", "static", self.answer)

    def url(self, name: str) -> str:
        """Return a file's address, with its digest; a name that is none is a fault of ours."""
        return f"/static/{name}?{self._files[name].digest}"

    def answer(self, name: str) -> Response:
        """Answer with a file."""
        file = self._files.get(name)
        if file is None:
            abort(404)
        answer = Response(file.content, content_type=file.type)
        answer.set_etag(file.digest)
        current = request.query_string.decode("ascii", "replace") == file.digest
        answer.headers["Cache-Control"] = _FOR_EVER if current else _ASK_AGAIN
        answer.make_conditional(request)
        return answer


def _file(content: bytes, suffix: str) -> _File:
    digest = hashlib.sha256(content).hexdigest()[:_SHOWN]
    return _File(content, _TYPES[suffix], digest)
