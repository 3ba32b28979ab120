"""How far an organization has single sign-on: not, for some, for who likes, for all (3.2)."""

from enum import StrEnum


class Mode(StrEnum):
    """What an organization asks of whoever signs in."""

    OFF = "off"
    PILOT = "pilot"
    OPTIONAL = "optional"
    ENFORCED = "enforced"
