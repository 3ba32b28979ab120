"""Settings: everything an operator can choose, read once, documented where it is defined."""

import difflib
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scimserver.errors import ScimServerError
from scimserver.origins import read_host, read_origins
from scimserver.relay import read_relay, read_sender
from scimserver.resolvers import read_resolvers
from scimserver.setting import (
    SQLITE_SCHEME,
    address,
    database,
    flag,
    key,
    one_of,
    rates,
    setting,
    text,
    whole,
    words,
)

PREFIX = "SCIMSERVER_"
TEST_PREFIX = "SCIMSERVER_TEST_"
KEY_FILE = "scimserver.key"


class SettingsError(ScimServerError):
    """A setting that is unknown, unreadable, or missing where it is needed."""

    code = "settings"
    recommended_action = "Correct the environment; 'scimserver config show' lists every setting."


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can choose. Each field is the variable SCIMSERVER_<FIELD>."""

    database_url: str = setting(
        "sqlite:///scimserver.db",
        database,
        "Where the data lives: sqlite:///path or postgresql://user@host/name.",
    )
    base_url: str = setting(
        "http://127.0.0.1:8000", address, "The address clients reach this server at."
    )
    origins: tuple[str, ...] = setting(
        (),
        read_origins,
        "Where people open the console: https://host[:port], separated by commas, links lead to "
        "the first. From BASE_URL where unset.",
    )
    rp_id: str = setting(
        "",
        read_host,
        "Domain passkeys are made for; the first origin's host where unset. Changing it makes "
        "every passkey useless.",
    )
    rp_name: str = setting("scimserver", text, "Name that browsers show beside a passkey.")
    related_origins: tuple[str, ...] = setting(
        (),
        read_origins,
        "Origins outside RP_ID's domain that may use its passkeys too, separated by commas.",
    )
    sign_count: str = setting(
        "reject",
        one_of("reject", "flag"),
        "What becomes of a passkey whose counter goes backwards, as a copy's does: it is marked, "
        "and refused or let in.",
    )
    mail: str = setting(
        "", read_relay, "Way mail leaves: smtp(s)://user:password@host or file:///dir.", told=False
    )
    mail_from: str = setting("", read_sender, "Address mail is from, such as scim@acme.com.")
    documentation_url: str = setting(
        "", address, "Address of your guide for SCIM clients, shown in ServiceProviderConfig."
    )
    secret_key: str = setting(
        "",
        key,
        f"Secret all keys are derived from; without it, {KEY_FILE} beside the database is read.",
        secret=True,
    )
    secret_key_previous: str = setting(
        "",
        key,
        "The secret before the last rotation: tokens, cursors and recovery codes of it stay valid.",
        secret=True,
    )
    sqlite_synchronous: str = setting(
        "full",
        one_of("full", "normal"),
        "SQLite's durability: full survives a power cut, normal may lose the last commits.",
    )
    pool_size: int = setting(8, whole(1), "Database connections of one process (PostgreSQL).")
    statement_timeout_seconds: int = setting(
        10, whole(1), "Longest a query may run before it is refused as too expensive."
    )
    schemas: Path | None = setting(  # noqa: RUF009  # It is a dataclasses field.
        None, Path, "Folder of schema files; the ones of the package where unset."
    )
    example_schemas: str = setting(
        "off",
        one_of("on", "off"),
        "Whether the examples below that folder are loaded too: a test type, for sandboxes.",
    )
    extra_suffixes: frozenset[str] = setting(
        frozenset(),
        words,
        "Suffixes domains may have beside the public ones, separated by commas: test,corp.",
    )
    allowed_mail_providers: frozenset[str] = setting(
        frozenset(),
        words,
        "Domains that may be claimed although a list has them as a public or disposable mail "
        "provider, separated by commas.",
    )
    dns_resolvers: tuple[str, ...] = setting(
        ("127.0.0.1@53", "9.9.9.9@53", "1.1.1.1@53"),
        read_resolvers,
        "Resolvers asked for records, separated by commas: address, address@port, or "
        "tls://address#name for DNS over TLS.",
    )
    dns_min_agree: int = setting(
        2, whole(1), "Resolvers that must return the same, where DNSSEC does not prove the answer."
    )
    dns_require_dnssec_when_signed: bool = setting(
        True, flag, "Whether an answer whose signatures are broken is refused."
    )
    dns_queries_per_second: int = setting(
        50, whole(1, 10_000), "Most questions one process puts to DNS in a second."
    )
    allow_private_networks: bool = setting(
        False, flag, "Whether name servers at private and loopback addresses may be asked."
    )
    recheck_hours: int = setting(
        24, whole(1, 168), "Hours between two checks of a verified domain, give or take a tenth."
    )
    grace_days: int = setting(
        7, whole(1, 90), "Days a domain stays usable after its record is lost."
    )
    contest_hours: int = setting(
        72,
        whole(1, 720),
        "Hours its owner has to answer when another organization proves a domain.",
    )
    transient_days: int = setting(
        14, whole(1, 90), "Days DNS may fail to answer before that counts as a lost record."
    )
    challenge_days: int = setting(
        7, whole(1, 90), "Days in which the record of a new domain must appear."
    )
    experimental_verified_domains: bool = setting(
        False, flag, "Whether SCIM lists the verified domains at /VerifiedDomains."
    )
    max_body_bytes: int = setting(4 * 1024**2, whole(1024), "Largest request body, in bytes.")
    max_group_body_bytes: int = setting(
        32 * 1024**2, whole(1024), "Largest body of a POST or PUT of a group, in bytes."
    )
    max_group_members: int = setting(
        250_000, whole(1, 250_000), "Most member values in one POST or PUT of a group."
    )
    max_patch_members: int = setting(10_000, whole(1, 10_000), "Most member values in one PATCH.")
    max_patch_operations: int = setting(1_000, whole(1, 1_000), "Most operations in one PATCH.")
    bulk_max_operations: int = setting(
        1_000, whole(1), "Most operations in one Bulk request, as ServiceProviderConfig says."
    )
    max_results: int = setting(1_000, whole(1), "Most resources on one page of a list.")
    default_results: int = setting(
        100, whole(1), "Resources on a page when the client names no count."
    )
    cursor_timeout_seconds: int = setting(
        3_600, whole(60), "How long a cursor of a list can be continued."
    )
    log_retention_days: int = setting(
        90, whole(1), "Days the provisioning log and notices are kept before they are purged."
    )
    sandbox_users: int = setting(
        10_000,
        whole(1),
        "Users a sandbox may hold, and resources of each further type from a schema file.",
    )
    sandbox_teams: int = setting(1_000, whole(1), "Teams a sandbox may hold.")
    min_local_admins: int = setting(
        2,
        whole(2, 100),
        "Local administrators an organization must have, ready, while single sign-on is enforced.",
    )
    recovery_test_days: int = setting(
        90, whole(1), "Days after which a test of recovery is too old to enforce single sign-on."
    )
    rate_storage: str = setting(
        "memory://",
        rates,
        "Where request rates are counted: memory:// a process, redis://host for all together.",
    )
    trusted_proxies: int = setting(
        0, whole(0), "Reverse proxies in front of the server whose X-Forwarded headers are true."
    )
    metrics_token: str = setting(
        "", text, "Bearer token /metrics asks for; the page is open where unset.", secret=True
    )
    log_level: str = setting(
        "info",
        one_of("debug", "info", "warning", "error"),
        "Least severity that is written to the server's log.",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings an environment asks for, or raise SettingsError.

        An empty variable counts as unset. A name that starts like ours and is none of ours is
        refused, since a misspelt limit would otherwise just not be there.
        """
        known = {variable(each): each for each in fields(cls)}
        values: dict[str, Any] = {}
        for name, raw in sorted(environ.items()):
            if not name.startswith(PREFIX) or name.startswith(TEST_PREFIX):
                continue
            if name not in known:
                raise SettingsError(_unknown(name, list(known)))
            if raw:
                values[known[name].name] = _read(known[name], raw)
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        """Raise SettingsError where two settings contradict each other."""
        if self.dns_min_agree > len(self.dns_resolvers):
            raise SettingsError(
                f"{PREFIX}DNS_MIN_AGREE: {self.dns_min_agree} resolvers cannot agree, since "
                f"{PREFIX}DNS_RESOLVERS names {len(self.dns_resolvers)}. Name more of them, or, to "
                "develop, let one decide by setting it to 1."
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite:")

    @property
    def has_examples(self) -> bool:
        """Whether the example schemas are loaded."""
        return self.example_schemas == "on"

    @property
    def key_file(self) -> Path:
        """Where the secret lies when no variable holds it: beside the database file."""
        if self.database_url.startswith(SQLITE_SCHEME):
            path = self.database_url.removeprefix(SQLITE_SCHEME).partition("?")[0]
            return Path(path).parent / KEY_FILE
        return Path(KEY_FILE)

    def key(self, purpose: str) -> bytes:
        """Return the 32 bytes for one purpose; keys of different purposes tell nothing apart."""
        return _derive(self.secret_key, purpose)

    def previous_key(self, purpose: str) -> bytes | None:
        """Return the key of a purpose before the last rotation, if there was one."""
        return _derive(self.secret_key_previous, purpose) if self.secret_key_previous else None

    @property
    def token_pepper(self) -> bytes:
        """The key of token digests."""
        return self.key("token pepper")

    @property
    def previous_token_pepper(self) -> bytes | None:
        """The key of the digests of tokens older than the last rotation."""
        return self.previous_key("token pepper")

    @property
    def cursor_key(self) -> bytes:
        """The key that seals cursors."""
        return self.key("cursor")

    @property
    def previous_cursor_key(self) -> bytes | None:
        """The key that sealed cursors before the last rotation."""
        return self.previous_key("cursor")


def variable(setting: "Field[Any]") -> str:
    """Return the name of a setting's variable."""
    return PREFIX + setting.name.upper()


def markdown_table() -> str:
    """Return the table of all settings for the README."""
    rows = ["| Setting | Default | What it does |", "|---|---|---|"]
    for each in fields(Settings):
        default = _shown(each.default)
        rows.append(
            f"| `{variable(each)}` | {f'`{default}`' if default else 'unset'} "
            f"| {each.metadata['text']} |"
        )
    return "\n".join(rows) + "\n"


def show(settings: Settings) -> dict[str, str]:
    """Return every variable with its value as text, secrets masked, for ``config show``."""
    shown = {}
    for each in fields(Settings):
        value = _shown(getattr(settings, each.name))
        if each.metadata["secret"] and value:
            value = "********"
        shown[variable(each)] = _without_password(value)
    return shown


def _read(setting: "Field[Any]", raw: str) -> Any:
    try:
        return setting.metadata["read"](raw)
    except ValueError as refusal:
        raise SettingsError(f"{variable(setting)}: expected {refusal}.") from refusal


def _unknown(name: str, known: list[str]) -> str:
    bare = [each.removeprefix(PREFIX) for each in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX).upper(), bare, n=1)
    hint = f" Did you mean {PREFIX}{near[0]}?" if near else f" {SettingsError.recommended_action}"
    return f"{name}: there is no such setting.{hint}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, frozenset | tuple):
        return ",".join(sorted(value) if isinstance(value, frozenset) else value)
    return "" if value is None else str(value)


def _without_password(value: str) -> str:
    if "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    account, at, host = rest.rpartition("@")
    name, colon, _ = account.partition(":")
    return f"{scheme}://{name}{':********' if colon else ''}{at}{host}" if at else value


def _derive(secret: str, purpose: str) -> bytes:
    if not secret:
        raise SettingsError("No secret key has been loaded.")
    info = f"scimserver {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
