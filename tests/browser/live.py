"""The real application at a real port, and people in it.

Browsers know passkeys at http://localhost and not at 127.0.0.1 (T5), so a site listens at one and
is opened at the other.
"""

import io
import json
import threading
from base64 import b64encode
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from werkzeug.serving import WSGIRequestHandler, make_server

from scimserver.adapters import mail
from scimserver.app import drain
from scimserver.cli.main import run as run_command
from scimserver.clock import SystemClock
from scimserver.domain.visit import Visit
from scimserver.ids import new_id
from scimserver.services import recovery_codes, sessions
from scimserver.services.outgoing import Outgoing
from scimserver.services.sealed import Keys
from tests.signing_in import AGENT, COOKIE, Site


class LiveSite(Site):
    """A site at an address. Its clock begins with the system's, which its command line reads."""

    def __init__(self, database, origin, **environment):
        self.origin = origin
        self.environment = {
            "SCIMSERVER_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "SCIMSERVER_BASE_URL": origin,
            "SCIMSERVER_SECRET_KEY": "a-secret-key-of-the-tests-0123456789abcdef",
            "SCIMSERVER_EXTRA_SUFFIXES": "example,test",
            "SCIMSERVER_LOG_LEVEL": "error",
            **environment,
        }
        super().__init__(database, **self.environment)
        self.clock.at = SystemClock().now()

    def cli(self, *words):
        """Run a command of the program and return the object it prints."""
        output, notes = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(notes):
            code = run_command([*words, "--json"], dict(self.environment))
        assert code == 0, notes.getvalue()
        return json.loads(output.getvalue())

    def passkey(self, person, **knobs):
        """Store a passkey of somebody's; return it as a virtual authenticator takes it in."""
        made = self.browser(origin=self.origin).hold(person, **knobs)
        key = made.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "credentialId": b64encode(made.id).decode(),
            "isResidentCredential": True,
            "rpId": made.rp_id,
            "privateKey": b64encode(key).decode(),
            "userHandle": b64encode(made.user_handle).decode(),
            "signCount": made.count,
            "backupEligibility": True,
            "backupState": True,
        }

    def enter(self, context, person, *, seconds_ago=0):
        """Sign somebody in without a ceremony: the context's browser gets the cookie."""
        visit, then = Visit("127.0.0.1", AGENT, new_id()), self.now - timedelta(seconds=seconds_ago)

        def work(session):
            current = sessions.open_anonymous(session, then, visit).session
            return sessions.sign_in(session, then, visit, current, person, "passkey", None)

        self._give(context, self.run(work))

    def confine(self, context, person):
        """Let the context's browser into the small room, where one passkey is made."""
        visit = Visit("127.0.0.1", AGENT, new_id())

        def work(session):
            current = sessions.open_anonymous(session, self.now, visit).session
            door = "administrator"
            return sessions.restrict(session, self.now, visit, current, person, None, door)

        self._give(context, self.run(work))

    def _give(self, context, opened):
        context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": opened.secret,
                    # Set from outside, a Secure cookie must look as if it had come by https.
                    "url": self.origin.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )

    def deliver(self):
        """Send the mail that waits, as a serving process does every few seconds."""
        keys = Keys.of(self.settings, recovery_codes.PURPOSE)
        sender = mail.from_settings(self.settings)
        return Outgoing(self.run, self.run, self.clock, sender, keys).deliver()


class _Silent(WSGIRequestHandler):
    def log(self, *_arguments):
        """Say nothing: the application keeps its own log."""


@contextmanager
def live(database, **environment):
    """Serve a site until the block ends."""
    server = make_server("127.0.0.1", 0, None, threaded=True, request_handler=_Silent)
    # Else each shutdown costs half a second (T9).
    site = None
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    try:
        site = LiveSite(database, f"http://localhost:{server.port}", **environment)
        server.app = site.app
        serving.start()
        yield site
    finally:
        if serving.is_alive():
            server.shutdown()
            serving.join()
        server.server_close()
        if site is not None:
            drain(site.app)
