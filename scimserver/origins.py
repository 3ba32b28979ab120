"""Origins and host names as an operator writes them: the form browsers compare."""

import re

_LABELS = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(_LABELS)
_ORIGIN = re.compile(rf"(?:https://{_LABELS}|http://localhost)(?::([0-9]{{1,5}}))?")
_HIGHEST_PORT = 65_535


def read_origins(raw: str) -> tuple[str, ...]:
    """Return origins separated by commas, each once; raise ValueError with what is expected."""
    found = []
    for each in (part.strip().lower() for part in raw.split(",")):
        match = _ORIGIN.fullmatch(each)
        if match is None or int(match[1] or 0) > _HIGHEST_PORT:
            message = (
                "https://host or https://host:port without a path (http://localhost:port to "
                "develop), several separated by commas"
            )
            raise ValueError(message)
        # As browsers write it: without the port that goes without saying.
        found.append(each.removesuffix(":443" if each.startswith("https:") else ":80"))
    return tuple(dict.fromkeys(found))


def read_host(raw: str) -> str:
    """Return a host name in lower case; raise ValueError with what is expected."""
    if _HOST.fullmatch(raw.lower()) is None:
        message = "a domain name, such as acme.com"
        raise ValueError(message)
    return raw.lower()
