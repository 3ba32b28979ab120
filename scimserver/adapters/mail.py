"""Mail handed over: to a relay by SMTP, to a folder as files, or to nobody.

Headers are made by the library's EmailMessage, which refuses a line break in any of them.
"""

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import parseaddr
from pathlib import Path

from scimserver.config import Settings, SettingsError
from scimserver.domain.ports import Letter, Mailer, MailError
from scimserver.relay import FILE, SMTPS, Relay, relay

TIMEOUT_SECONDS = 20
_FINAL = 500
_STRANGE = "The message could not be written down: its address or subject is not one."


def from_settings(settings: Settings) -> Mailer:
    """Return the way mail takes, or raise SettingsError where one is named without a sender."""
    if not settings.mail:
        return NullMailer()
    way = relay(settings.mail)
    if way.scheme == FILE:
        assert way.folder is not None  # noqa: S101  # Files have a folder.
        return FileMailer(way.folder, settings.mail_from or "scimserver@localhost")
    if not settings.mail_from:
        raise SettingsError("SCIMSERVER_MAIL needs SCIMSERVER_MAIL_FROM: the address mail is from.")
    return SmtpMailer(way, settings.mail_from)


class NullMailer:
    """Takes every letter and delivers none: nobody configured mail."""

    def send(self, letter: Letter) -> None:
        """Let the letter go."""


class FileMailer:
    """Writes each letter into a folder, as a file that mail programs open."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write the letter; whoever lists the folder sees it whole or not at all."""
        content = message(letter, self._sender).as_bytes()
        path = self._folder / f"{letter.id}.eml"
        unfinished = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            unfinished.replace(path)
        except OSError as failure:
            raise MailError(f"The mail folder cannot be written: {failure.strerror}.") from failure


class SmtpMailer:
    """Hands letters to a relay, encrypted unless it is on this machine.

    ``context`` is whose certificates are believed, by default those the system believes.
    """

    def __init__(
        self,
        way: Relay,
        sender: str,
        *,
        context: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._way = way
        self._sender = sender
        self._context = context or ssl.create_default_context()
        self._timeout = timeout

    def send(self, letter: Letter) -> None:
        """Hand the letter over; the relay answers for it from then on."""
        written = message(letter, self._sender)
        try:
            with self._connected() as relay_:
                relay_.send_message(
                    written, from_addr=parseaddr(self._sender)[1], to_addrs=[letter.recipient]
                )
        except smtplib.SMTPRecipientsRefused as failure:
            code, reason = next(iter(failure.recipients.values()))
            raise _refused(code, reason) from failure
        except smtplib.SMTPAuthenticationError as failure:
            # A password is put right by the operator; the letter can wait for that.
            raise MailError("The mail relay does not accept name and password.") from failure
        except smtplib.SMTPResponseException as failure:
            raise _refused(failure.smtp_code, failure.smtp_error) from failure
        except (smtplib.SMTPException, OSError) as failure:
            raise MailError(
                f"The mail relay cannot be used: {type(failure).__name__}."
            ) from failure

    def _connected(self) -> smtplib.SMTP:
        way = self._way
        if way.scheme == SMTPS:
            connected: smtplib.SMTP = smtplib.SMTP_SSL(
                way.host, way.port, timeout=self._timeout, context=self._context
            )
        else:
            connected = smtplib.SMTP(way.host, way.port, timeout=self._timeout)
        try:
            connected.ehlo_or_helo_if_needed()
            if way.scheme != SMTPS and (connected.has_extn("starttls") or not way.is_local):
                connected.starttls(context=self._context)
            if way.user:
                connected.login(way.user, way.password)
        except BaseException:
            connected.close()
            raise
        return connected


def message(letter: Letter, sender: str) -> EmailMessage:
    """Return a letter as a message; its id makes it recognisable when it comes twice."""
    made = EmailMessage(policy=POLICY)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    try:
        made["From"] = sender
        made["To"] = letter.recipient
        made["Subject"] = letter.subject
        made["Date"] = letter.at
        made["Message-ID"] = f"<{letter.id}@{domain}>"
        # No out-of-office answers, please (RFC 3834 §5).
        made["Auto-Submitted"] = "auto-generated"
        # Any relay takes it, whatever the length of a line.
        made.set_content(letter.body, cte="quoted-printable")
    except (ValueError, IndexError) as failure:
        raise MailError(_STRANGE, is_final=True) from failure
    return made


def _refused(code: int, reason: bytes | str) -> MailError:
    """Return a refusal of the relay; what begins with 5 will not change (RFC 5321 §4.2.1)."""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    line = "".join(c if c.isprintable() else " " for c in text)[:200]
    return MailError(f"The mail relay refused: {code} {line}", is_final=code >= _FINAL)
