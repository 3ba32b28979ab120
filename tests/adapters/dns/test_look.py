"""A look at DNS, from a question to a finding, over real sockets."""

import contextlib

from scimserver.adapters.dns.prover import DnsProver
from scimserver.domain.findings import Code, Warned
from scimserver.domain.ports import Question
from tests.adapters.dns.responder import Responder, Zone

TOKEN = "a2b3c4d5" * 4
NAME = "_scimserver-challenge.acme.test."
RIGHT = f'{NAME} 300 TXT "token={TOKEN} expiry=never"'
QUESTION = Question("acme.test", (TOKEN,))


@contextlib.contextmanager
def looking(*answers, needed=None, **options):
    """Provide a prover whose resolvers answer so, and the resolvers."""
    with contextlib.ExitStack() as stack:
        responders = [stack.enter_context(Responder(each)) for each in answers]
        prover = DnsProver(
            [each.address for each in responders],
            min_agree=len(answers) if needed is None else needed,
            queries_per_second=10_000,
            allow_private=True,
            label=lambda: "nobody",
            **options,
        )
        yield stack.enter_context(prover), responders


def look(*answers, question=QUESTION, **options):
    with looking(*answers, **options) as (prover, _):
        return prover.look(question)


def test_the_record_verifies_where_enough_resolvers_have_it():
    found = look(Zone(RIGHT), Zone(RIGHT))
    assert (found.code, found.authenticated, len(found.resolvers)) == (Code.VERIFIED, False, 2)
    assert found.found == (f"token={TOKEN} expiry=never",)


def test_the_code_at_the_domain_itself_verifies_in_its_own_form():
    found = look(Zone(f'acme.test. 300 TXT "scimserver-domain-verification={TOKEN}"'))
    assert (found.code, found.warnings) == (Code.VERIFIED, (Warned.AT_DOMAIN_ITSELF,))


def test_nothing_there_is_said_with_the_time_it_may_be_remembered():
    found = look(Zone(soa=(40, 900)))
    assert (found.code, found.ttl, found.hints) == (Code.RECORD_NOT_FOUND, 40, ())
