"""The TXT record that proves a claim: its name, its value and how to enter it (D10 to D12)."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from scimserver.domain import domain_name

LABEL = "_scimserver-challenge"
# What stands before the token: at the name of the record, and at the domain itself.
KEY = "token="
APEX_KEY = "scimserver-domain-verification="
# Advice to whoever publishes it; shorter than this, and mistakes are not seen sooner.
TTL = 300
_TOKEN_BYTES = 20
# How DNS panels call the domain itself.
_APEX_HOST = "@"


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record to publish. ``host`` is its name relative to the registrable domain."""

    host: str
    name: str
    value: str
    ttl: int | None = None
    type: str = "TXT"

    def shown(self) -> dict[str, Any]:
        """Return it as the claim object has it (1.8)."""
        fields = {"type": self.type, "host": self.host, "name": self.name, "value": self.value}
        return fields if self.ttl is None else {**fields, "ttl": self.ttl}


def new_token() -> str:
    """Return a token nobody can guess: 160 bits in 32 letters and digits."""
    return base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode("ascii").lower()


def challenge_name(domain: str) -> str:
    """Return the name at which the record of a domain is looked for."""
    return f"{LABEL}.{domain}"


def relative_host(domain: str, registrable: str) -> str:
    """Return the name of the record as a DNS panel of the registrable domain wants it entered."""
    return challenge_name(domain).removesuffix(f".{registrable}")


def value(token: str) -> str:
    """Return what the record holds. It says itself that it has to stay (``expiry=never``)."""
    return f"{KEY}{token} expiry=never"


def apex_value(token: str) -> str:
    """Return what the record at the domain itself holds, where nothing else names its purpose."""
    return f"{APEX_KEY}{token}"


def record(domain: str, token: str) -> Record:
    """Return the record to publish (D10)."""
    host = relative_host(domain, domain_name.registrable(domain))
    return Record(host, challenge_name(domain), value(token), TTL)


def fallback_record(domain: str, token: str) -> Record:
    """Return the one for DNS hosts that cannot create names with an underscore (D11)."""
    host = domain.removesuffix(domain_name.registrable(domain)).removesuffix(".")
    return Record(host or _APEX_HOST, domain, apex_value(token))
