"""What people publish, and what they are told about it: the table of the specification (1.9).

``{n}`` is the name of the record, ``{target}`` where an alias leads, ``{ede}`` and ``{ttl}`` what
the server said, ``{time}`` when the next check is due.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from scimserver.domain import record
from scimserver.domain.findings import Code, Finding, Hint, Warned
from tests.dns.knot import FOREIGN_KEY, Knot

PROVIDER = "provider.example"
"""A company that others point their names to; its zone is unsigned."""
ALL, PLAIN, VALIDATING = ("knot", "unbound"), ("knot",), ("unbound",)
OLD_TOKEN = "a" * 32


@dataclass(frozen=True)
class Scene:
    """A domain, its name server, and the code to publish."""

    knot: Knot
    domain: str
    token: str = field(default_factory=record.new_token)

    @property
    def n(self):
        return record.challenge_name(self.domain)

    @property
    def value(self):
        return record.value(self.token)

    def nothing(self):
        """Publish nothing at all."""

    def txt(self, name, *values):
        self.knot.publish_txt(name, *values)

    def at_n(self, *values):
        self.txt(self.n, *values)

    def alias(self, target, name=None):
        self.knot.publish(name or self.n, "CNAME", f"{target}.")


@dataclass(frozen=True)
class Case:
    """One row. ``through`` are the resolvers that it is asked of, each by itself."""

    id: str
    publish: Callable[[Scene], object]
    code: Code
    says: str
    do: str
    hints: tuple[Hint, ...] = ()
    warnings: tuple[Warned, ...] = ()
    through: tuple[str, ...] = ALL
    zone: dict = field(default_factory=dict)
    target: str | None = None
    is_seen: Callable[[Finding], object] = bool

    def words(self, scene, finding, time):
        """Return what the row says, with what was found in its blanks."""
        facts = {
            "n": scene.n,
            "domain": scene.domain,
            "target": (self.target or "").format(domain=scene.domain),
            "ede": finding.ede,
            "ttl": finding.ttl,
            "time": time,
        }
        return self.says.format_map(facts), self.do.format_map(facts)


def _has_foreign_texts(finding):
    return finding.records == 2 and set(finding.found) == {"v=spf1 -all", "google-site=x"}


def _split(scene):
    scene.at_n((scene.value[:20], scene.value[20:]))


def _aliased(place):
    def publish(scene):
        target = place.format(domain=scene.domain)
        scene.txt(target, scene.value)
        scene.alias(target)

    return publish


def _wildcard(scene):
    # Whoever runs the target answers for every claim: with this one's code as well.
    scene.txt(f"anyone.{PROVIDER}", scene.value)
    scene.alias(f"anyone.{PROVIDER}", f"*.{scene.domain}")


def _loop(scene):
    scene.alias(f"b.{scene.domain}")
    scene.alias(scene.n, f"b.{scene.domain}")


def _chain(links):
    def publish(scene):
        names = [scene.n, *(f"{number}.{scene.domain}" for number in range(links))]
        for name, target in itertools.pairwise(names):
            scene.alias(target, name)
        scene.txt(names[-1], scene.value)

    return publish


def _many(others, length=0):
    def publish(scene):
        scene.at_n(*(f"{number:04}".ljust(length, "x") for number in range(others)), scene.value)

    return publish


_VERIFIED = "Verified. We found your code at {n}."
_DELEGATED = "Keep the CNAME; whoever runs {target} can prove your domain."

CASES = (
    Case("C1", lambda s: s.at_n(s.value), Code.VERIFIED, _VERIFIED, "Keep the record."),
    Case(
        "C2",
        lambda s: s.at_n(s.token),
        Code.VERIFIED,
        "Verified (value without `token=`).",
        "Nothing.",
        warnings=(Warned.WITHOUT_KEY,),
    ),
    Case(
        "C3",
        _split,
        Code.VERIFIED,
        "Verified (value was split; we joined it).",
        "Nothing.",
        warnings=(Warned.JOINED,),
    ),
    Case(
        "C4",
        lambda s: s.at_n(f'"{s.value}"'),
        Code.VERIFIED,
        "Verified (extra quotation marks ignored).",
        "Nothing.",
        warnings=(Warned.QUOTES,),
    ),
    Case(
        "C5",
        lambda s: s.at_n(f"  {s.value}\t"),
        Code.VERIFIED,
        "Verified (extra spaces ignored).",
        "Nothing.",
        warnings=(Warned.SPACES,),
    ),
    Case(
        "C6",
        lambda s: s.at_n("v=spf1 -all", s.value),
        Code.VERIFIED,
        "Verified. Another TXT record is present too.",
        "Remove an old code if it is yours.",
        warnings=(Warned.OTHER_RECORDS,),
    ),
    *(
        Case(
            f"C7-{place}",
            _aliased(place),
            Code.VERIFIED,
            "Verified through {target}, which you delegate to.",
            _DELEGATED,
            through=through,
            target=place,
        )
        # Knot follows an alias within a zone; into another one it leaves that to resolvers.
        for place, through in (("codes.{domain}", ALL), ("{domain}." + PROVIDER, VALIDATING))
    ),
    Case(
        "C8",
        lambda s: s.at_n(s.value),
        Code.VERIFIED,
        "Verified, and DNSSEC confirms the answer.",
        "Nothing.",
        through=VALIDATING,
        zone={"signed": True},
        is_seen=lambda finding: finding.authenticated,
    ),
    Case(
        "C9",
        Scene.nothing,
        Code.RECORD_NOT_FOUND,
        "{n} does not exist yet. A new record can stay invisible up to 30 s.",
        "Create the record; we check again at {time}.",
    ),
    Case(
        "C10",
        lambda s: s.txt(f"{s.n}.{s.domain}", s.value),
        Code.RECORD_NOT_FOUND,
        "Your DNS panel added the domain twice.",
        "Enter only `_scimserver-challenge` as host.",
        hints=(Hint.DOUBLED_DOMAIN,),
    ),
    Case(
        "C11",
        lambda s: s.txt(s.domain, "v=spf1 -all", s.value),
        Code.RECORD_NOT_FOUND,
        "The code is at {domain} itself.",
        "Move it to {n}, or use the apex value.",
        hints=(Hint.AT_APEX,),
    ),
    Case(
        "C12",
        lambda s: s.txt(s.n.removeprefix("_"), s.value),
        Code.RECORD_NOT_FOUND,
        "The host lacks its leading underscore.",
        "Rename it, or use the apex value.",
        hints=(Hint.MISSING_UNDERSCORE,),
    ),
    Case(
        "C13",
        lambda s: s.knot.publish(s.n, "A", "192.0.2.1"),
        Code.NO_TXT,
        "{n} exists but has no TXT record (found: A).",
        "Change the record type to TXT.",
    ),
    Case(
        "C14",
        lambda s: s.at_n("v=spf1 -all", "google-site=x"),
        Code.NO_MATCH,
        "2 TXT records at {n}, none holds your code.",
        "Add ours; keep the others.",
        is_seen=_has_foreign_texts,
    ),
    Case(
        "C15",
        lambda s: s.at_n(record.value(s.token).split()[0][:-3]),
        Code.NO_MATCH,
        "The code is incomplete.",
        "Copy the whole value again.",
        hints=(Hint.TRUNCATED,),
    ),
    Case(
        "C16",
        lambda s: s.at_n(f"xx{s.token}xx"),
        Code.NO_MATCH,
        "The code is surrounded by other text.",
        "Publish exactly our value.",
        hints=(Hint.EXTRA_TEXT,),
    ),
    Case(
        "C17",
        lambda s: s.at_n(s.value.upper()),
        Code.NO_MATCH,
        "The code is right but its letters changed case.",
        "Publish it in lower case.",
        hints=(Hint.CASE_CHANGED,),
    ),
    Case(
        "C18",
        _wildcard,
        Code.WILDCARD_CNAME,
        "*.{domain} points to {target}, which could answer for anyone.",
        "Create {n} as its own TXT record.",
        target=f"anyone.{PROVIDER}",
    ),
    Case(
        "C19",
        _loop,
        Code.CNAME_LOOP,
        "{n} points back to itself.",
        "Replace the CNAME by a TXT record.",
    ),
    Case(
        "C20",
        lambda s: s.alias(f"gone.{PROVIDER}"),
        Code.CNAME_DANGLING,
        "{n} points to {target}, which does not exist.",
        "Fix the target or remove the CNAME.",
        target=f"gone.{PROVIDER}",
    ),
    Case(
        "C23",
        lambda s: s.at_n(s.value),
        Code.DNSSEC_BOGUS,
        "DNSSEC validation fails: {ede}.",
        "Fix DS/DNSKEY at registrar or DNS host.",
        through=VALIDATING,
        zone={"signed": True, "ds": FOREIGN_KEY},
        is_seen=lambda finding: bool(finding.ede),
    ),
    Case(
        "X1",
        lambda s: s.txt(s.domain, "v=spf1 -all", record.apex_value(s.token)),
        Code.VERIFIED,
        "Verified at the domain itself.",
        "Keep the record.",
        warnings=(Warned.AT_DOMAIN_ITSELF,),
    ),
    Case(
        "X2",
        lambda s: s.txt(f"*.{s.domain}", s.value),
        Code.VERIFIED,
        "Verified. *.{domain} answers with your code at every name.",
        "Create {n} as its own TXT record.",
        warnings=(Warned.WILDCARD_TXT,),
    ),
    Case(
        "X5-records",
        _many(100),
        Code.TOO_MANY_RECORDS,
        "There is more text at {n} than we read.",
        "Remove the TXT records nobody needs, then verify again.",
    ),
    Case(
        "X5-chain",
        _chain(9),
        Code.CNAME_CHAIN_TOO_LONG,
        "{n} leads through more CNAMEs than we follow.",
        "Let it point to the last name at once, or replace the CNAME by a TXT record.",
        # Knot follows five links, and leaves the rest to resolvers.
        through=VALIDATING,
    ),
    Case(
        "X5-chain-not-too-long",
        _chain(8),
        Code.VERIFIED,
        "Verified through {target}, which you delegate to.",
        _DELEGATED,
        through=VALIDATING,
        target="0.{domain}",
    ),
    Case(
        "X6",
        lambda s: s.at_n(record.value(OLD_TOKEN)),
        Code.NO_MATCH,
        "The code is an old one, or that of another domain.",
        "Replace it by the present value.",
        hints=(Hint.OLD_CODE,),
    ),
    Case(
        "X7",
        _many(90, length=255),
        Code.VERIFIED,
        "Verified. Another TXT record is present too.",
        "Remove an old code if it is yours.",
        warnings=(Warned.OTHER_RECORDS,),
        is_seen=lambda finding: len(finding.found) == 10,
    ),
)
