"""unbound: a resolver that remembers answers, and validates what is signed."""

import shutil

from tests.dns.daemon import HOST, Daemon, find
from tests.dns.knot import ROOT

PACKAGE = "unbound"
_CONFIGURATION = """
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: {host}@{port}
    so-reuseport: no
    identity: "{identity}"
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    do-ip6: no
    num-threads: 1
    module-config: "validator iterator"
    trust-anchor-file: "{folder}/anchor.key"
    local-zone: "{root}." nodefault
    # Zones come into being while it runs: it must not conclude from old answers what there is not.
    aggressive-nsec: no
    neg-cache-size: 0
    ede: {ede}
remote-control:
    control-enable: no
# A stub would be left for the name servers a zone names, and those are not at port 53 here. Nothing
# is asked outside this machine.
forward-zone:
    name: "."
    forward-addr: {host}@{upstream}
"""


class Unbound(Daemon):
    """It asks one Knot about everything, and trusts what ``test`` says of the zones below it.

    ``anchor`` is another key to trust. ``ede``: whether it says why it refuses (RFC 8914).
    """

    def __init__(self, knot, *, anchor=None, ede=True):
        self._upstream = knot.port
        self._anchor = anchor or knot.anchor()
        self._ede = "yes" if ede else "no"
        super().__init__()

    def configure(self, port, identity):
        # Debian confines the program at its own place to its own files; a copy is only a program.
        program = self.folder / "unbound"
        shutil.copy(find("unbound", PACKAGE), program)
        (self.folder / "anchor.key").write_text(self._anchor + "\n")
        (self.folder / "unbound.conf").write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                host=HOST,
                port=port,
                identity=identity,
                root=ROOT,
                ede=self._ede,
                upstream=self._upstream,
            )
        )
        return [str(program), "-d", "-c", str(self.folder / "unbound.conf")]
