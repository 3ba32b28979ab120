"""A real DNS server of the system, in a folder of its own, gone when the tests are."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query

HOST = "127.0.0.1"
NOBODY = 65534
_ATTEMPTS = 5
_SECONDS = 10


class MissingError(Exception):
    """A program is not installed."""


def find(program, package):
    """Return where a program is; /usr/sbin is looked at although it is on few people's path."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise MissingError(f"There is no {program} here. Install the package '{package}'.")
    return path


class _NotStartedError(Exception):
    """It ended, or somebody else answers at its port."""


class Daemon:
    """One process. A subclass says which, and writes its configuration.

    It answers ``id.server`` (RFC 4892) with a name nobody else has, which is how we know that it is
    ready, and that what answers at the port is ours.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="dns-"))
        self._process = None
        self.log = ""
        try:
            self.port = self._start()
        except BaseException:
            self.stop()
            raise

    def configure(self, port, identity):
        """Write the configuration; return the command that runs in the foreground."""
        raise NotImplementedError

    @property
    def address(self):
        """Where it is, as SCIMSERVER_DNS_RESOLVERS says it."""
        return f"{HOST}@{self.port}"

    def _start(self):
        # A port that was free a moment ago can be somebody else's now.
        for attempt in range(_ATTEMPTS):
            port = self._port()
            identity = f"{self.folder.name}-{attempt}"
            command = self.configure(port, identity)
            self._process = self._run(command)
            try:
                self._wait(port, identity)
            except _NotStartedError:
                self._kill()
            else:
                return port
        raise RuntimeError(f"{type(self).__name__} does not start:\n{self.log}")

    def _port(self):
        return free_port()

    @property
    def pid(self):
        return self._process.pid

    def _run(self, command):
        # It must not outlive us however we end, and need not be root because we are.
        prefix = [find("setpriv", "util-linux"), "--pdeathsig", "KILL"]
        if os.geteuid() == 0:
            prefix += [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*prefix, *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait(self, port, identity):
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            # TCP says at once that nobody listens.
            if _identity(dns.query.tcp, port) == identity == _identity(dns.query.udp, port):
                return
            time.sleep(0.02)
        self.log = (self.folder / "log").read_text(errors="replace")
        raise _NotStartedError

    @contextmanager
    def paused(self):
        """Let it answer nothing until the block ends: questions are lost, as on a broken line."""
        self._process.send_signal(signal.SIGSTOP)
        # The signal is sent at once and arrives when it arrives.
        while _states(self.pid) != {"T"}:
            time.sleep(0.005)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self):
        """End it and forget what it kept."""
        self._kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


def ask(port, name, rdtype, rdclass="IN", *, over=dns.query.tcp):
    """Return a server's own answer to one question."""
    question = dns.message.make_query(name, rdtype, rdclass, use_edns=0, want_dnssec=True)
    return over(question, HOST, port=port, timeout=5)


def _identity(over, port):
    question = dns.message.make_query("id.server", "TXT", "CH")
    question.flags &= ~dns.flags.RD
    try:
        answer = over(question, HOST, port=port, timeout=1)
    except (OSError, EOFError, dns.exception.DNSException):
        return None
    return answer.answer[0][0].strings[0].decode() if answer.answer else None


def free_port():
    """Return a port at which nobody listens, by UDP or TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        ):
            stream.bind((HOST, 0))
            port = stream.getsockname()[1]
            try:
                datagram.bind((HOST, port))
            except OSError:
                continue
            return port


def _states(pid):
    """Return what the threads of a process are doing: T for stopped."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return {each.read_text().rpartition(")")[2].split()[0] for each in threads}
