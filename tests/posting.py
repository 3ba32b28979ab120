"""Mail in tests: letters that were handed over, and a relay that takes them over SMTP.

``Letters`` stands for a mailer. ``Relay`` is a real server on a socket of this machine:

    with Relay() as relay:
        SmtpMailer(relay.way(), "scim@acme.test").send(letter)
    relay.messages[0]["Subject"]
"""

import base64
import email
import email.policy
import re
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scimserver.domain.ports import MailError
from scimserver.relay import relay
from scimserver.services import recovery_codes
from scimserver.services.outgoing import Outgoing
from scimserver.services.sealed import Keys

CODE = re.compile(r"\b\d{8}\b")


class Letters:
    """Takes letters and keeps them; ``failures`` are raised before that, one a letter."""

    def __init__(self, *failures):
        self.kept = []
        self.failures = list(failures)

    def send(self, letter):
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure
        self.kept.append(letter)

    def to(self, recipient):
        return [letter for letter in self.kept if letter.recipient == recipient]


def outgoing(site, mailer):
    """Return what sends a site's mail, with a mailer of the test's."""

    def read(work):
        with site.database.reading() as session:
            return work(session)

    keys = Keys.of(site.settings, recovery_codes.PURPOSE)
    return Outgoing(site.run, read, site.clock, mailer, keys)


def delivered(site):
    """Send what waits, and return the letters."""
    letters = Letters()
    outgoing(site, letters).deliver()
    return letters


def mailed_code(site, recipient):
    """Send what waits, and return the code that was mailed to somebody, or None."""
    codes = [CODE.search(letter.body) for letter in delivered(site).to(recipient)]
    return next((found[0] for found in reversed(codes) if found), None)


def certificate(folder):
    """Make a certificate for this machine; return its file, which holds the key as well."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "relay.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Relay:
    """An SMTP server on a thread. ``tls``: ``starttls``, ``implicit`` or nothing.

    ``refuse`` maps a verb to the answer it gets instead: {"RCPT": "550 5.1.1 No such user"}.
    ``password`` is what AUTH PLAIN must bring.
    """

    def __init__(self, *, tls=None, pem=None, refuse=None, password=None):
        self.tls = tls
        self.refuse = refuse or {}
        self.password = password
        self.messages = []
        self.recipients = []
        self.encrypted = []
        self.context = None
        if pem is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pem)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                outer._talk(self.request)

        class Server(socketserver.ThreadingTCPServer):
            def handle_error(self, *_):
                """A client that hangs up is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        serve = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serve.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def way(self, account=""):
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        return relay(f"{scheme}://{account}{'@' if account else ''}localhost:{self.port}")

    def _talk(self, connection):
        talk = _Talk(self, connection)
        try:
            if self.tls == "implicit":
                talk.encrypt()
            talk.run()
        finally:
            talk.close()


class _Talk:
    """One connection, answered line by line."""

    def __init__(self, relay_, connection):
        self.relay = relay_
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.is_encrypted = False

    def encrypt(self):
        self.lines.close()
        self.connection = self.relay.context.wrap_socket(self.connection, server_side=True)
        self.lines = self.connection.makefile("rb")
        self.is_encrypted = True

    def close(self):
        self.lines.close()
        self.connection.close()

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def run(self):
        self.say("220 relay")
        while line := self.lines.readline():
            verb = line.split()[0].decode().upper()
            if verb in self.relay.refuse:
                self.say(self.relay.refuse[verb])
            elif verb == "STARTTLS":
                self.say("220 go ahead")
                self.encrypt()
            elif verb == "DATA":
                self.say("354 go on")
                self.take()
                self.say("250 taken")
            else:
                self.say(self.answer(verb, line))
            if verb == "QUIT":
                return

    def answer(self, verb, line):
        if verb == "EHLO":
            offered = ["250-relay"]
            if self.relay.tls == "starttls" and not self.is_encrypted:
                offered.append("250-STARTTLS")
            if self.relay.password is not None:
                offered.append("250-AUTH PLAIN")
            return "\r\n".join([*offered, "250 HELP"])
        if verb == "AUTH":
            sent = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
            return "235 ok" if sent == ["scim", self.relay.password] else "535 5.7.8 wrong"
        if verb == "RCPT":
            self.relay.recipients.append(line.decode().partition("<")[2].partition(">")[0])
        return "221 bye" if verb == "QUIT" else "250 ok"

    def take(self):
        taken = []
        while (each := self.lines.readline()) not in (b".\r\n", b""):
            taken.append(each[1:] if each.startswith(b"..") else each)
        message = email.message_from_bytes(b"".join(taken), policy=email.policy.default)
        self.relay.messages.append(message)
        self.relay.encrypted.append(self.is_encrypted)


LATER = MailError("The relay is away.")
NEVER = MailError("The relay refused: 550", is_final=True)
