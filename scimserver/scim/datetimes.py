"""Date and time texts as SCIM writes them, and the one form in which they compare (D17).

A dateTime is kept as it was sent (B20). What is compared, sorted and searched is its instant: UTC
text of fixed width, so that the order of the texts is the order of the moments.
"""

import re
from datetime import datetime, timedelta

_PATTERN = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?"
)


def instant(text: str) -> str | None:
    """Return ``YYYY-MM-DDTHH:MM:SS.ffffffZ`` for a dateTime text, or None where it is none.

    Any offset is accepted, and none means UTC. Fractions are cut, not rounded, to microseconds.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        return None
    day, time, fraction, sign, hours, minutes = found.groups()
    micros = (fraction or "")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{day}T{time}.{micros}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="microseconds") + "Z"
