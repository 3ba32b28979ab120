"""A code that is nearly right at the domain itself, where the other form of the record belongs."""

import pytest

from scimserver.adapters.dns.prover import DnsProver
from scimserver.domain.findings import Code, Hint
from scimserver.domain.ports import Question
from scimserver.domain.record import apex_value, value
from tests.adapters.dns.responder import Responder, Zone

TOKEN, OLD = "a2b3c4d5" * 4, "q2r3s4t5" * 4


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (apex_value(TOKEN[:-1]), Hint.TRUNCATED),
        (apex_value(TOKEN.upper()), Hint.CASE_CHANGED),
        (apex_value(f"x{TOKEN}"), Hint.EXTRA_TEXT),
        (apex_value(OLD), Hint.OLD_CODE),
    ],
)
def test_the_mistake_is_told_and_the_value_shown(text, hint):
    found = _look(Zone("acme.test. 300 TXT v=spf1", f'acme.test. 300 TXT "{text}"'))
    assert (found.code, found.hints, found.found) == (Code.RECORD_NOT_FOUND, (hint,), (text,))


def test_the_value_for_the_other_name_is_told_to_be_in_the_wrong_place():
    found = _look(Zone(f'acme.test. 300 TXT "{value(TOKEN)}"'))
    assert (found.code, found.hints) == (Code.RECORD_NOT_FOUND, (Hint.AT_APEX,))


def test_one_mistake_at_both_names_is_told_once():
    name = "_scimserver-challenge.acme.test."
    wrong, as_wrong = value(TOKEN.upper()), apex_value(TOKEN.upper())
    found = _look(Zone(f'{name} 300 TXT "{wrong}"', f'acme.test. 300 TXT "{as_wrong}"'))
    assert (found.code, found.hints) == (Code.NO_MATCH, (Hint.CASE_CHANGED,))
    assert found.found == (wrong, as_wrong)


def _look(zone):
    with Responder(zone) as resolver:
        prover = DnsProver(
            [resolver.address],
            min_agree=1,
            queries_per_second=10_000,
            allow_private=True,
            label=lambda: "nobody",
        )
        with prover:
            return prover.look(Question("acme.test", (TOKEN,), (OLD,)))
