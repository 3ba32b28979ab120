"""Failed authentication, counted by address and by token prefix across all processes (I21).

Only failures are counted, so a connection with a good token is never slowed by somebody's guesses,
not even from its own address.
"""

import hmac
import ipaddress
import math
from datetime import datetime, timedelta

from scimserver.services.tokens import SHOWN, bearer, well_formed
from scimserver.storage import rates
from scimserver.storage.session import Session

WINDOW_SECONDS = 300
ADDRESS_LIMIT = 100
PREFIX_LIMIT = 20
# The table is shared: the longest window anybody counts is a day.
KEPT = timedelta(days=2)
_SWEEPING = "00"
_IPV6_NETWORK = 64


def count_failure(
    session: Session, pepper: bytes, authorization: str | None, address: str, now: datetime
) -> int:
    """Count a refused credential; the seconds to wait when that was one too many, else 0.

    Call it in a transaction of its own, after the refusal. A request without any token guesses
    nothing and is not counted.
    """
    text = bearer(authorization)
    if text is None:
        return 0
    limits = [(f"address {network(address)}", ADDRESS_LIMIT)]
    if well_formed(text):
        limits.append((f"prefix {text[:SHOWN]}", PREFIX_LIMIT))
    over = False
    for subject, limit in limits:
        key = hmac.digest(pepper, f"failed authentication {subject}".encode(), "sha256").hex()
        over = rates.hit(session, key, WINDOW_SECONDS, now) > limit or over
        # One key in 256 sweeps a thousand: more than come in, and next to nothing for each.
        if key.startswith(_SWEEPING):
            rates.purge(session, now - KEPT)
    if not over:
        return 0
    ends_at = rates.window_start(WINDOW_SECONDS, now) + WINDOW_SECONDS
    return max(1, math.ceil(ends_at - now.timestamp()))


def network(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 an IPv6 address lies in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
