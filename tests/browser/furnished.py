"""Organizations to look at: one where nothing has happened yet, and one at work for a while.

Everything is made by the program's own services and by SCIM requests, hours and days apart.
"""

import json
from dataclasses import replace
from datetime import timedelta

from scimserver.domain.findings import Hint
from scimserver.domain.provisioning_error import Notices
from scimserver.domain.roles import Role
from scimserver.domain.visit import Visit
from scimserver.services import (
    accounts,
    audit,
    connections,
    domains,
    error_policy,
    identity_owners,
    local_administrators,
    organizations,
    provisioning_errors,
    recovery_codes,
    sessions,
    tokens,
)
from scimserver.services.domain_checks import DomainChecks
from scimserver.services.provisioning import Provisioning
from scimserver.services.sealed import Keys
from scimserver.storage import journal
from scimserver.storage.models import passkey
from tests.factories import registry
from tests.fakes import FOUND, MISSING, FakeProver
from tests.signing_in import START

AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
PEOPLE = (
    ("Ada", "Lovelace", "Engineering"),
    ("Grace", "Hopper", "Engineering"),
    ("Alan", "Turing", "Research"),
    ("Katherine", "Johnson", "Research"),
    ("Edsger", "Dijkstra", "Engineering"),
    ("Margaret", "Hamilton", "Engineering"),
    ("Donald", "Knuth", "Documentation"),
    ("Radia", "Perlman", "Operations"),
    ("Frances", "Allen", "Operations"),
)
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Bare:
    """An organization with two owners and nothing else."""

    def __init__(self, site, slug="bare", name="Bare Company"):
        self.site = site
        made = site.run(
            lambda session: organizations.create(session, site.now, name=name, slug=slug)
        )
        self.actor = audit.operator(made)
        self.org_id = made.id
        self.owner = self.local_administrator(f"olga@{slug}.example", "Olga Owner")
        self.second = self.local_administrator(f"oskar@{slug}.example", "Oskar Owner")
        self.places = {"codes": "recovery codes"}

    def local_administrator(self, address, name):
        site, kind = self.site, registry().types["User"]

        def work(session):
            door = Provisioning(session, registry(), site.clock, test_suffixes=("example",))
            return local_administrators.add(
                session, door, kind, self.actor, site.now, None, address=address, name=name
            )

        return site.run(work)

    def checks(self, findings):
        """Return what looks at domains, where name servers answer so."""
        site, prover = self.site, FakeProver(findings)
        return DomainChecks(site.run, site.run, site.clock, prover, site.settings)

    def domain(self, name):
        """Add a domain and return its id."""
        site = self.site
        return site.run(
            lambda session: domains.add(session, self.actor, site.now, name, site.settings)
        ).id

    def ask(self, method, path, body, seconds=1_800):
        """Send a request of the identity provider some time after the one before."""
        self.site.clock.advance(seconds)
        answer = self.site.app.test_client().open(
            f"/scim/v2{path}",
            method=method,
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {self.secret}",
                "Content-Type": "application/scim+json",
                "User-Agent": "Microsoft.Azure.ActiveDirectory.SyncFabric",
            },
        )
        return answer.get_json() if answer.data else None


class Worried(Bare):
    """An organization that has lost the record of its domain."""

    def __init__(self, site):
        site.clock.at = START - timedelta(days=4)
        super().__init__(site, "worried", "Worried Company")
        lost = self.domain("worried.example")
        self.checks({"worried.example": FOUND}).verify(self.actor, lost)
        later = self.checks({"worried.example": MISSING})
        for _ in range(12):
            site.clock.advance(6 * 3_600)
            later.due()
        self.places = {"lost": lost}


class Halted(Bare):
    """An organization whose identity provider was refused too often."""

    def __init__(self, site):
        site.clock.at = START - timedelta(hours=1)
        super().__init__(site, "halted", "Halted Company")
        actor, pepper = self.actor, site.settings.token_pepper

        def connect(session):
            error_policy.decide(session, actor, site.now, Notices.AT_ONCE, 5)
            made = connections.create(session, actor, site.now, name="Entra ID", profile="entra")
            return made, tokens.mint(session, actor, site.now, pepper, made.id)

        connection, minted = site.run(connect)
        self.secret = minted.secret
        for number in range(6):
            body = {"schemas": [USER], "userName": f"user{number}@halted.example"}
            self.ask("POST", "/Users", body | {"externalId": f"e-{number}"}, seconds=10)
        self.places = {"paused": connection.id}


class Furnished(Bare):
    """An organization at work. ``places`` are what addresses of its pages name."""

    def __init__(self, site):
        site.clock.at = START - timedelta(days=3)
        super().__init__(site, "acme", "Acme Corporation")
        self.ids = {}
        self.passkeys()
        self.connect()
        self.claim()
        self.people()
        self.teams()
        self.refusals()
        self.roles()
        site.clock.at = START
        self.mistake()
        self.sessions()
        self.places = {
            "codes": "new codes",
            "user": self.ids["grace.hopper"],
            "former": self.ids["frances.allen"],
            "team": self.team,
            "connection": self.connection.id,
            "token": self.token.id,
            "entry": self.entry(),
            "error": self.error(),
            "passkey": site.passkeys(self.owner)[0].id,
            "local": self.second.user_id,
            "domain": self.pending,
            "verified": self.verified,
            "owner": self.owner.user_id,
        }

    def passkeys(self):
        held = (
            ("Password manager", "Safari on macOS", True),
            ("Key ring", "Firefox on Linux", False),
        )
        for label, client, synced in held:
            self.site.passkey(self.owner)
            newest = self.site.passkeys(self.owner)[-1].id
            self.site.change(
                passkey,
                passkey.c.id == newest,
                label=label,
                last_used_at=self.site.now,
                last_client=client,
                backup_eligible=synced,
                backed_up=synced,
            )
            self.site.clock.advance(86_400)
        self.owner = self.site.again(self.org_id, self.owner.user_id)
        keys = Keys.of(self.site.settings, recovery_codes.PURPOSE)
        visit = Visit("192.0.2.7", AGENTS[0], "request")
        self.site.run(
            lambda session: recovery_codes.generate(session, self.site.now, visit, self.owner, keys)
        )

    def connect(self):
        site, actor = self.site, self.actor

        def work(session):
            domains.attest(
                session,
                actor,
                site.now,
                "acme.example",
                reason="Contract of 2026",
                extra_suffixes=frozenset({"example"}),
            )
            made = connections.create(session, actor, site.now, name="Entra ID", profile="entra")
            connections.create(session, actor, site.now, name="Staff tool", profile="okta")
            pepper = site.settings.token_pepper
            return made, tokens.mint(session, actor, site.now, pepper, made.id)

        self.connection, minted = site.run(work)
        self.token, self.secret = minted.token, minted.secret

    def claim(self):
        """Have a domain verified, and who answers for it named."""
        site, actor = self.site, self.actor
        self.verified = self.domain("acme.test")
        self.checks({"acme.test": FOUND}).verify(actor, self.verified)

        def work(session):
            domains.make_authoritative(session, actor, site.now, self.verified)
            identity_owners.add(session, actor, site.now, self.owner.user_id)
            identity_owners.set_contact(session, actor, site.now, "identity@acme.example")

        site.run(work)

    def mistake(self):
        """Have a record published by a panel that adds the domain once more."""
        self.pending = self.domain("eng.bücher.example")
        doubled = replace(MISSING, hints=(Hint.DOUBLED_DOMAIN,))
        self.checks({"eng.xn--bcher-kva.example": doubled}).verify(self.actor, self.pending)

    def people(self):
        for number, (given, family, department) in enumerate(PEOPLE):
            name = f"{given}.{family}".lower()
            body = {
                "schemas": [USER],
                "userName": f"{name}@acme.example",
                "externalId": f"e-{1000 + number}",
                "displayName": f"{given} {family}",
                "name": {"givenName": given, "familyName": family},
                "emails": [{"type": "work", "value": f"{name}@acme.example", "primary": True}],
                "title": f"{department} lead" if number < 3 else department,
                "active": "True",
            }
            self.ids[name] = self.ask("POST", "/Users", body)["id"]
        self.change("/Users/" + self.ids["grace.hopper"], "replace", "title", "Rear Admiral")
        self.change("/Users/" + self.ids["frances.allen"], "replace", "active", "False")
        # One has a token of their own (H2).
        whose, pepper = self.ids["grace.hopper"], self.site.settings.token_pepper
        here = (self.actor, self.site.now, pepper, self.connection.id, whose)
        self.site.run(lambda session: tokens.bind(session, *here))

    def change(self, path, op, attribute, value):
        change = {"op": op, "path": attribute, "value": value}
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": [change]})

    def teams(self):
        for department in sorted({each[2] for each in PEOPLE}):
            members = [
                {"value": self.ids[f"{given}.{family}".lower()]}
                for given, family, where in PEOPLE
                if where == department
            ]
            body = {"schemas": [GROUP], "displayName": department, "members": members}
            made = self.ask("POST", "/Groups", body)
            if department == "Engineering":
                self.team = made["id"]

    def refusals(self):
        for name, address in (("mallory", "mallory@other.example"), ("ada.lovelace", None)):
            user_name = address or f"{name}@acme.example"
            self.ask("POST", "/Users", {"schemas": [USER], "userName": user_name})
        path = "/Users/" + self.ids["alan.turing"]
        self.change(path, "replace", 'emails[type eq "work"].value', "alan@gmail.example")

    def roles(self):
        for name, role in (("grace.hopper", Role.HELPDESK), ("radia.perlman", Role.VIEWER)):
            self.site.run(
                lambda session, name=name, role=role: accounts.set_role(
                    session, self.actor, self.site.now, None, self.ids[name], role
                )
            )

    def sessions(self):
        site = self.site
        for number, agent in enumerate(AGENTS):
            visit = Visit(f"192.0.2.{7 + number}", agent, "request")

            def work(session, visit=visit):
                current = sessions.open_anonymous(session, site.now, visit).session
                person = self.owner
                return sessions.sign_in(session, site.now, visit, current, person, "passkey", None)

            site.run(work)

    def entry(self):
        """Return the id of the log's entry on the address outside the verified domains."""
        with self.site.database.reading() as session:
            rows = journal.read_log(session, self.org_id, limit=10, refused=True)
        return next(row.id for row in rows if row.code == "domain_not_verified")

    def error(self):
        """Return the id of the error that stands for it."""
        with self.site.database.reading() as session:
            found = provisioning_errors.page(session, self.org_id)
        return next(each.id for each in found if each.code == "domain_not_verified")
