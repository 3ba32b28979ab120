"""Every expected failure has a status on the web and an exit code on the command line."""

import importlib
import pkgutil

import pytest

import scimserver
from scimserver.cli.errors import EXIT_CODES
from scimserver.domain.sign_in_errors import SignInError
from scimserver.errors import ScimServerError
from scimserver.web.api.problems import PROBLEMS
from scimserver.web.scim.errors import STATUS

# The statuses a SCIM answer may have when something is wrong (RFC 7644 table 8 and our own).
STATUSES = {400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 428, 429, 431, 500, 501, 503}
# A browser may be told, too, that a link opens nothing any more (RFC 9110 §15.5.11).
PAGES = STATUSES | {410}
# And a program, that its fields can be read and not be honoured (RFC 9110 §15.5.21).
API = STATUSES | {422}


def _all_classes() -> list[type[ScimServerError]]:
    for module in pkgutil.walk_packages(scimserver.__path__, "scimserver."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, waiting = [], [ScimServerError]
    while waiting:
        for sub in waiting.pop().__subclasses__():
            if sub.__module__.startswith("scimserver."):
                found.append(sub)
                waiting.append(sub)
    return sorted(found, key=lambda sub: (sub.__module__, sub.__qualname__))


CLASSES = _all_classes()


def _entry(table, sub):
    return next((table[parent] for parent in sub.__mro__ if parent in table), None)


@pytest.mark.parametrize("sub", CLASSES, ids=lambda sub: sub.__name__)
def test_each_failure_has_a_status(sub):
    status = getattr(sub, "status", None) or _entry(STATUS, sub)
    status = status[0] if isinstance(status, tuple) else status
    assert status in (PAGES if issubclass(sub, SignInError) else STATUSES)


@pytest.mark.parametrize("sub", CLASSES, ids=lambda sub: sub.__name__)
def test_each_failure_has_a_status_in_the_management_api(sub):
    assert _entry(PROBLEMS, sub).status in API


@pytest.mark.parametrize("sub", CLASSES, ids=lambda sub: sub.__name__)
def test_each_failure_has_an_exit_code(sub):
    assert _entry(EXIT_CODES, sub) in {2, 3, 4, 5}


@pytest.mark.parametrize("sub", CLASSES, ids=lambda sub: sub.__name__)
def test_each_failure_is_named_and_coded(sub):
    assert sub.__name__.endswith("Error")
    assert sub.code == sub.code.lower()
    assert " " not in sub.code
    assert sub.__doc__
