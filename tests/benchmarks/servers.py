"""Real servers on loopback: started, asked whether they are up, measured, and stopped."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PEER_PACKAGES = (
    "scim2-server[cursor]==0.8.3",
    "scim2-flask==0.1.1",
    "granian==2.8.7",
    "flask~=3.1.3",
)
SECRET = "benchmark-secret-key-of-the-server-0123456789abcdef"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def need(command: str, packages: tuple[str, ...]) -> None:
    """Install what is missing where we may, else say what is missing."""
    if shutil.which(command):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", *packages], check=True, stdout=sys.stderr
        )
        return
    sys.exit(f"benchmarks need '{command}'; install {' '.join(packages)}")


class Server:
    """A process that answers HTTP on ``port``."""

    def __init__(
        self, name: str, command: list[str], port: int, *, cwd: Path, env: dict[str, str]
    ) -> None:
        self.name, self.port, self.token = name, port, "none"
        self.log = (cwd / f"{name.replace(' ', '-')}.log").open("wb")
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **env},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{self.name} did not start; see {self.log.name}")

    def call(
        self, method: str, path: str, body: Any = None, *, timeout: float = 600
    ) -> tuple[int, Any]:
        """Send one request and return status and parsed answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
        connection.request(
            method, f"/scim/v2{path}", None if body is None else json.dumps(body), headers
        )
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def create(self, path: str, body: Any) -> str:
        """Create a resource and return its id."""
        status, answer = self.call("POST", path, body)
        if status != http.client.CREATED:
            sys.exit(f"{self.name}: POST {path} answered {status}: {answer}")
        return str(answer["id"])

    def peak_memory(self) -> int:
        """Return the greatest resident size any of its processes had, in bytes."""
        peak = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(folder.name)) != self.process.pid:
                    continue
                status = (folder / "status").read_text()
            except (OSError, ProcessLookupError):
                continue
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    peak = max(peak, int(line.split()[1]) * 1024)
        return peak

    def stop(self) -> None:
        """Ask it to drain, and insist after ten seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def peer_python(folder: Path) -> Path:
    """Return the interpreter of a virtual environment that holds the Python peers."""
    place = folder / "peers-venv"
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", *PEER_PACKAGES], check=True, stdout=sys.stderr
        )
        (place / "ready").touch()
    return python


def granian(python: Path, module: str, folder: Path, name: str) -> Server:
    """Start one of the Python peers the way we serve ourselves: one worker, one thread."""
    port = free_port()
    command = [
        str(python.parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-ws",
        "--workers-kill-timeout", "5", f"{module}:app",
    ]  # fmt: skip
    return Server(name, command, port, cwd=folder, env={"PYTHONPATH": str(HERE / "peers")})


def scimmy(folder: Path) -> Server:
    """Start SCIMMY with Express."""
    need("npm", ("nodejs", "npm"))
    place = folder / "scimmy"
    place.mkdir(exist_ok=True)
    for file in ("package.json", "scimmy.mjs"):
        shutil.copy(HERE / "peers" / file, place)
    if not (place / "ready").exists():
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund"], cwd=place, check=True, stdout=sys.stderr
        )
        (place / "ready").touch()
    port = free_port()
    node = shutil.which("node") or "node"
    return Server(
        "SCIMMY", [node, "scimmy.mjs", str(port)], port, cwd=place, env={"NODE_ENV": "production"}
    )


class Ours:
    """scimserver on one database: its command line, and its server."""

    def __init__(self, folder: Path, url: str, synchronous: str = "FULL") -> None:
        self.folder, self.url = folder, url
        self.environment = {
            "SCIMSERVER_DATABASE_URL": url,
            "SCIMSERVER_SECRET_KEY": SECRET,
            "SCIMSERVER_SQLITE_SYNCHRONOUS": synchronous,
        }
        self.program = Path(sys.executable).parent / "scimserver"
        self.token = ""

    def cli(self, *words: str) -> tuple[Any, int]:
        """Run a command; return its JSON object and its peak resident memory in bytes."""
        with subprocess.Popen(
            [str(self.program), *words, "--json"],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
        ) as process:
            output = process.stdout.read() if process.stdout else b""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"scimserver {' '.join(words)} ended with {process.returncode}: {output!r}")
        return json.loads(output), usage.ru_maxrss * 1024

    def prepare(self) -> None:
        """Migrate, and create an organization with a domain and a connection."""
        self.cli("db", "upgrade")
        organization, _ = self.cli("org", "create", "Benchmark")
        org = organization["slug"]
        self.cli("domain", "attest", org, "example.com", "--reason", "benchmark")
        connection, _ = self.cli("connection", "create", org, "load", "--rate-limit", "10000")
        self.token = connection["token"]
        self.org = org

    def serve(self, name: str, workers: int = 1) -> Server:
        """Start the server."""
        port = free_port()
        command = [str(self.program), "serve", "--port", str(port), "--workers", str(workers)]
        server = Server(name, command, port, cwd=self.folder, env=self.environment)
        server.token = self.token
        return server
