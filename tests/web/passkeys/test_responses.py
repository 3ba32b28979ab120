"""Section 13 B to D over HTTP: each spoiled response is refused, recorded, and changes nothing.

The tables are those of the adapter's own tests, so no check is judged by one suite alone.
"""

import json

import pytest

from tests.adapters.test_refusals import (
    ASSERTED,
    ATTESTED,
    CLIENT_DATA,
    FLAGS,
    RAW_CLIENT_DATA,
    SHAPES,
    UNREADABLE,
)
from tests.authenticator import AT
from tests.signing_in import ORIGIN


def _rows(rows):
    """Return the rows on SQLite, and on PostgreSQL the first of each negative case.

    What a response is refused for is judged before the database is asked to write anything.
    """
    rows = list(rows)
    first = {row[0].split()[0]: row for row in reversed(rows)}
    on = {"sqlite": rows, "postgresql": first.values()}
    return [
        pytest.param(engine, *row[1:], id=f"{engine}-{row[0]}")
        for engine in on
        for row in on[engine]
    ]


@pytest.fixture
def refuse_registration(site, refusals):
    """Return a function that registers a spoiled passkey; ``write`` may ask the options."""

    def refuse(cause, write=lambda _: {}, **knobs):
        ann = site.person()
        browser = site.entered(ann)
        attempt, options = browser.options("register")
        answer = browser.authenticator.create(options, **knobs, **write(options))
        refused = refusals(ann)
        refused.rejected(browser.verify("register", attempt, answer), cause)
        assert site.passkeys(ann) == []

    return refuse


@pytest.fixture
def refuse_sign_in(site, refusals):
    """Return a function that signs in by a spoiled response, then by a good one."""

    def refuse(cause, write=lambda _: {}, **knobs):
        ann = site.person()
        browser = site.visitor()
        held = browser.hold(ann)
        attempt, options = browser.options("signin")
        answer = browser.authenticator.get(options, held, **knobs, **write(options))
        refused = refusals(ann)
        refused.rejected(browser.verify("signin", attempt, answer), cause)
        assert browser.sign_in(held).status == 200

    return refuse


def _client(kind, members):
    """Return a knob that writes client data whose members may be null."""
    written = {"type": kind, "origin": ORIGIN, "crossOrigin": False}

    def write(options):
        data = {**written, "challenge": options["challenge"], **members}
        return {"client_raw": json.dumps(data).encode()}

    return write


@pytest.mark.parametrize(("engine_name", "members", "cause"), _rows(CLIENT_DATA))
def test_client_data_is_refused(refuse_registration, refuse_sign_in, members, cause):
    refuse_registration(cause, _client("webauthn.create", members))
    refuse_sign_in(cause, _client("webauthn.get", members))


# In base64 it must fit into a body of 64 KiB; what does not is refused before it is read.
_LONGEST = 48_000


@pytest.mark.parametrize(
    ("engine_name", "write"), _rows(row for row in RAW_CLIENT_DATA if len(row[1]("")) < _LONGEST)
)
def test_client_data_that_is_no_such_object_is_refused(refuse_registration, refuse_sign_in, write):
    refuse_registration("client_data_malformed", client_raw=write("webauthn.create"))
    refuse_sign_in("client_data_malformed", client_raw=write("webauthn.get"))


def test_the_types_of_the_two_ceremonies_are_told_apart(refuse_registration, refuse_sign_in):
    """N16."""
    refuse_registration("client_data_type", client={"type": "webauthn.get"})
    refuse_sign_in("client_data_type", client={"type": "webauthn.create"})


@pytest.mark.parametrize(("engine_name", "knobs", "cause"), _rows(FLAGS))
def test_authenticator_data_is_refused(refuse_registration, refuse_sign_in, knobs, cause):
    refuse_sign_in(cause, **knobs)
    attested = {"flags": knobs["flags"] | AT} if "flags" in knobs else {}
    refuse_registration(cause, **knobs | attested)


@pytest.mark.parametrize(("engine_name", "knobs", "cause"), _rows(ATTESTED))
def test_a_registration_is_refused(refuse_registration, knobs, cause):
    refuse_registration(cause, **knobs)


# What knows no challenge, or is another's signature, is told apart below.
_OTHERS = ("N46", "N51")


@pytest.mark.parametrize(
    ("engine_name", "knobs", "cause"),
    _rows(row for row in ASSERTED if not row[0].startswith(_OTHERS)),
)
def test_an_assertion_is_refused(refuse_sign_in, knobs, cause):
    refuse_sign_in(cause, **knobs)


@pytest.mark.parametrize(("engine_name", "members", "cause"), _rows(SHAPES))
def test_a_credential_of_another_shape_is_refused(
    refuse_registration, refuse_sign_in, members, cause
):
    refuse_registration(cause, top=members)
    refuse_sign_in(cause, top=members)


@pytest.mark.parametrize(("engine_name", "value"), _rows(UNREADABLE))
def test_client_data_must_be_base64url(refuse_registration, refuse_sign_in, value):
    """N58."""
    refuse_registration("client_data_unreadable", resp={"clientDataJSON": value})
    refuse_sign_in("client_data_unreadable", resp={"clientDataJSON": value})


@pytest.mark.parametrize("credential", [None, "x", 5, [], [{}]], ids=repr)
def test_a_credential_must_be_an_object(site, refusals, credential):
    ann = site.person()
    browser = site.entered(ann)
    browser.hold(ann)
    for kind in ("register", "signin", "reauth"):
        attempt, _ = browser.options(kind)
        reply = browser.verify(kind, attempt, credential)
        refusals(ann).rejected(reply, "credential_malformed")


@pytest.mark.parametrize("fmt", ["none", "packed"])
def test_self_attestation_is_accepted_and_counts_for_nothing(site, fmt):
    """N32."""
    ann = site.person()
    browser = site.entered(ann)
    assert browser.register(fmt=fmt).status == 200
    (stored,) = site.passkeys(ann)
    assert stored.aaguid == "00000000-0000-0000-0000-000000000000"
    assert browser.sign_in().status == 200
