"""Knot: an authoritative server whose zones and records change while it runs."""

import itertools
import subprocess
import time

import dns.dnssec
import dns.name
import dns.query
import dns.rcode
import dns.rdataset
import dns.update
import dns.zone

from tests.dns.daemon import HOST, Daemon, ask, find

PACKAGE = "knot"
ROOT = "test"
"""A signed zone above all others ending so: what it says of their keys makes a chain of trust."""
NEGATIVE_TTL = 30
"""How long a resolver may remember that something is not there."""
FOREIGN_KEY = f"12345 13 2 {'ab' * 32}"
"""What a parent zone says of a key that its child has not: every signature there is broken."""
_ZONE = """$ORIGIN {name}.
$TTL {ttl}
@ {negative} SOA ns1 hostmaster 1 300 60 3600 {negative}
@ NS ns1
ns1 A {host}
"""
_CONFIGURATION = """
server:
    rundir: "{folder}"
    listen: {host}@{port}
    identity: "{identity}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "{folder}/db"
acl:
  - id: local
    address: 127.0.0.0/8
    action: [update, transfer]
policy:
  - id: ecdsa
    algorithm: ecdsap256sha256
    single-type-signing: on
template:
  - id: default
    storage: "{folder}/zones"
    file: "%s.zone"
    acl: local
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
  - id: signed
    storage: "{folder}/zones"
    file: "%s.zone"
    acl: local
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    dnssec-signing: on
    dnssec-policy: ecdsa
zone:
  - domain: {root}
    template: signed
"""


class Knot(Daemon):
    """It serves ``test``, signed, and the zones that tests add, below it or elsewhere."""

    def __init__(self):
        self._zones = {dns.name.from_text(ROOT)}
        self._names = (f"acme-{number}.{ROOT}" for number in itertools.count(1))
        super().__init__()

    def configure(self, port, identity):
        program = find("knotd", PACKAGE)
        for each in ("db", "zones"):
            (self.folder / each).mkdir(exist_ok=True)
        # What this zone says of a new one must not be remembered from before there was one.
        self._write(ROOT, ttl=0, negative=0)
        (self.folder / "knot.conf").write_text(
            _CONFIGURATION.format(
                folder=self.folder, host=HOST, port=port, identity=identity, root=ROOT
            )
        )
        return [program, "-c", str(self.folder / "knot.conf")]

    def _write(self, name, extra="", ttl=60, *, negative):
        path = self.folder / "zones" / f"{name}.zone"
        path.write_text(_ZONE.format(name=name, ttl=ttl, negative=negative, host=HOST) + extra)

    def new_name(self):
        """Return a domain nobody has asked for yet."""
        return next(self._names)

    def new_zone(self, **how):
        """Serve another zone with a name nobody has asked for yet; return the name."""
        name = self.new_name()
        self.add_zone(name, **how)
        return name

    def add_zone(self, name, records="", *, signed=False, ds=None, negative=NEGATIVE_TTL):
        """Serve another zone. ``records`` are lines of a zone file beside SOA and NS.

        ``negative`` is for how many seconds that something is not there may be remembered. Below
        ``test`` the zone is delegated, and its keys are vouched for when it is signed; with ``ds``
        that is what is said of its keys.
        """
        self._write(name, records, negative=negative)
        template = "signed" if signed else "default"
        self._control(
            "conf-begin",
            f"conf-set zone[{name}]",
            f"conf-set zone[{name}].template {template}",
            "conf-commit",
        )
        self._zones.add(dns.name.from_text(name))
        self._await(name)
        if name.endswith(f".{ROOT}"):
            self.publish(name, "NS", f"ns1.{name}.", zone=ROOT)
            if signed and ds is None:
                ds = self._ds(name)
            if ds is not None:
                self.publish(name, "DS", ds, zone=ROOT)

    def add_empty_zone(self, name):
        """Serve a zone whose file is missing, as after an accident of its operator's: SERVFAIL."""
        self._control("conf-begin", f"conf-set zone[{name}]", "conf-commit")

    def tamper(self, zone, name, text):
        """Put another text into a signed zone, under the signatures of the one that was there."""
        whole = dns.zone.from_xfr(dns.query.xfr(HOST, zone, port=self.port, timeout=5))
        forged = dns.rdataset.from_text("IN", "TXT", 60, txt(text))
        whole.replace_rdataset(name + ".", forged)
        whole.to_file(str(self.folder / "zones" / f"{zone}.zone"), want_origin=True)
        self._control("conf-begin", f"conf-set zone[{zone}].template default", "conf-commit")
        for _ in range(500):
            if ask(self.port, name, "TXT").answer[0][0] == forged[0]:
                return
            time.sleep(0.01)
        raise RuntimeError(f"{name} has not changed: {(self.folder / 'log').read_text()}")

    def _control(self, *commands):
        done = subprocess.run(
            [find("knotc", PACKAGE), "-s", str(self.folder / "knot.sock")],
            input="".join(f"{each}\n" for each in commands),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        said = done.stdout + done.stderr
        assert said.split() == ["OK"] * len(commands), said

    def _await(self, name):
        # A zone is loaded, and signed, some milliseconds after the configuration has it.
        for _ in range(500):
            if ask(self.port, name, "SOA").answer:
                return
            time.sleep(0.01)
        raise RuntimeError(f"The zone {name} is not there: {(self.folder / 'log').read_text()}")

    def _ds(self, name):
        keys = ask(self.port, name, "DNSKEY")
        return dns.dnssec.make_ds(dns.name.from_text(name), keys.answer[0][0], "SHA256").to_text()

    def anchor(self):
        """Return the key of the zone above all others, as a resolver is told whom to trust."""
        return ask(self.port, ROOT, "DNSKEY").answer[0].to_text()

    def publish(self, name, rdtype, *records, zone=None, ttl=60):
        """Let these be all the records of this type at a name, as a zone file writes them."""
        update = self._update(name, zone)
        update.delete(dns.name.from_text(name), rdtype)
        for each in records:
            update.add(dns.name.from_text(name), ttl, rdtype, each)
        self._send(update)

    def publish_txt(self, name, *values, ttl=60):
        """Let these be all the texts at a name; a tuple is one record of several strings."""
        self.publish(name, "TXT", *map(txt, values), ttl=ttl)

    def withdraw(self, name):
        """Remove everything at a name."""
        update = self._update(name, None)
        update.delete(dns.name.from_text(name))
        self._send(update)

    def _update(self, name, zone):
        if zone is None:
            full = dns.name.from_text(name)
            above = (full.split(depth)[1] for depth in range(len(full.labels), 0, -1))
            zone = next(each for each in above if each in self._zones)
        return dns.update.UpdateMessage(zone)

    def _send(self, update):
        answer = dns.query.tcp(update, HOST, port=self.port, timeout=5)
        assert answer.rcode() == dns.rcode.NOERROR, answer.to_text()


def txt(value):
    """Return a text as a zone file writes it; a tuple is one record of several strings."""
    strings = value if isinstance(value, tuple) else (value,)
    octets = [each if isinstance(each, bytes) else each.encode() for each in strings]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in each) + '"' for each in octets)
