"""One fake for each port: what stands for the outside world where that is not the subject.

prover = FakeProver({"acme.com": MISSING})
prover.findings["acme.com"] = FOUND          # the record was published meanwhile
[question] = prover.asked
"""

from scimserver.domain.findings import Code, Finding

RESOLVERS = ("192.0.2.53@53", "198.51.100.53@53")

FOUND = Finding(Code.VERIFIED, records=1, resolvers=RESOLVERS)
MISSING = Finding(Code.RECORD_NOT_FOUND, ttl=300, resolvers=RESOLVERS)
AWAY = Finding(Code.TIMEOUT, resolvers=RESOLVERS)


class FakeProver:
    """Finds what it is told to find, by domain; what nobody mentioned is not there.

    A finding may be a function of the question: to answer by token, or to do something while DNS
    is being asked. ``asked`` are the questions so far.
    """

    def __init__(self, findings=None):
        self.findings = dict(findings or {})
        self.asked = []

    def look(self, question):
        self.asked.append(question)
        found = self.findings.get(question.domain, MISSING)
        return found(question) if callable(found) else found


class Zone:
    """Answers for a domain by the tokens that are published there, as its name servers would.

    zone = Zone()
    prover = FakeProver({"acme.com": zone})
    zone.publish(claim.token)
    """

    def __init__(self):
        self.tokens = set()

    def publish(self, *tokens):
        self.tokens.update(tokens)

    def withdraw(self, *tokens):
        self.tokens.difference_update(tokens)

    def __call__(self, question):
        if self.tokens.intersection(question.tokens):
            return FOUND
        if self.tokens:
            return Finding(Code.NO_MATCH, records=len(self.tokens), ttl=300, resolvers=RESOLVERS)
        return MISSING
