"""Profiles: what one kind of identity provider needs us to tolerate (J4).

A switch is a field of Profile under the name and with the words of table J4; it is read where the
tolerance takes effect. ``PROFILES`` holds the seven profiles, ``load`` applies a connection's
overrides. Each tolerance that takes effect is counted under a name of ``counters``.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from scimserver.scim.quirks import (
    entra,
    generic,
    google,
    jumpcloud,
    okta,
    onelogin,
    strict_interop,
)
from scimserver.scim.quirks.profile import SWITCHES, Profile

__all__ = ["PROFILES", "SWITCHES", "Profile", "conforms", "load", "parse_switch", "words"]

PROFILES: Mapping[str, Profile] = {
    module.PROFILE.name: module.PROFILE
    for module in (generic, entra, okta, onelogin, jumpcloud, google, strict_interop)
}


def load(name: str, overrides: Mapping[str, Any]) -> Profile:
    """Return a profile with a connection's overrides, given as words or as values (J4.1).

    Raises ValueError for a name or a word that does not exist, with those that do.
    """
    if name not in PROFILES:
        raise ValueError(f"{name}: no such profile; there are {', '.join(PROFILES)}")
    return _load(
        name, tuple(sorted((switch, _value(switch, overrides[switch])) for switch in overrides))
    )


def words(switch: str) -> tuple[str, ...]:
    """Return the words a switch knows, or raise ValueError with the switches there are."""
    if switch not in SWITCHES:
        raise ValueError(f"{switch}: no such switch; there are {', '.join(SWITCHES)}")
    return tuple(SWITCHES[switch])


def parse_switch(name: str, word: str) -> Any:
    """Return what a word means for a switch, or raise ValueError with the words it knows."""
    if word not in words(name):
        raise ValueError(f"{name}: '{word}' is not one of {', '.join(words(name))}")
    return SWITCHES[name][word]


def conforms(profile: Profile) -> bool:
    """Return whether every switch has its strict value (K3.1)."""
    return profile == PROFILES["strict-interop"]


def _value(switch: str, given: Any) -> Any:
    if isinstance(given, bool) and given in (SWITCHES.get(switch) or {}).values():
        return given
    return parse_switch(switch, str(given))


@lru_cache(maxsize=1024)
def _load(name: str, overrides: tuple[tuple[str, Any], ...]) -> Profile:
    return replace(PROFILES[name], **dict(overrides))
