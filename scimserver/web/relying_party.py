"""Who passkeys are made for: RP ID, name and origins, from settings and never from a request (P4).

An origin serves passkeys when its host is the RP ID, lies under it, or is named as related, which
browsers then look up at ``/.well-known/webauthn`` (P5, P56).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from scimserver.config import Settings, SettingsError

LOCALHOST = "localhost"
LOOPBACK = frozenset({LOCALHOST, "127.0.0.1", "::1"})
MOST_LABELS = 5
_SUFFIXES = PublicSuffixList()


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """What ceremonies are checked against.

    ``origins`` are all addresses that serve this program, the first of them the one links lead to;
    ``related`` those of them which do not lie under the RP ID.
    """

    id: str
    name: str
    origins: tuple[str, ...]
    related: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        """The origin links lead to."""
        return self.origins[0]

    def address(self, path: str) -> str:
        """Return the absolute address of a path of ours."""
        return self.home + path


def from_settings(settings: Settings) -> RelyingParty | None:
    """Return the relying party, or raise SettingsError where the settings do not fit together.

    None where nobody can sign in: browsers know passkeys on https and on http://localhost only.
    """
    origins = settings.origins or _derived(settings.base_url)
    if not origins:
        _check_nothing_hangs_on(settings)
        return None
    id = settings.rp_id or _host(origins[0])
    _check_id(id)
    related = tuple(each for each in settings.related_origins if not _lies_under(each, id))
    for each in origins:
        if not _lies_under(each, id) and each not in related:
            raise SettingsError(
                f"SCIMSERVER_ORIGINS: {each} is neither {id} nor below it. Name it in "
                "SCIMSERVER_RELATED_ORIGINS, or set SCIMSERVER_RP_ID to a domain above both."
            )
    own = tuple(each for each in origins if each not in related)
    if not own:
        raise SettingsError(f"SCIMSERVER_ORIGINS: none is {id} or below it.")
    _check_labels(related)
    return RelyingParty(id, settings.rp_name, (*own, *related), related)


def _derived(base_url: str) -> tuple[str, ...]:
    """Return the origin of the public address, where browsers would use passkeys there."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" and not _is_address(host):
        return (f"https://{parts.netloc.rpartition('@')[2].lower().removesuffix(':443')}",)
    if parts.scheme == "http" and host in LOOPBACK:
        port = "" if parts.port in (None, 80) else f":{parts.port}"
        return (f"http://{LOCALHOST}{port}",)
    return ()


def _check_nothing_hangs_on(settings: Settings) -> None:
    if settings.rp_id or settings.related_origins:
        raise SettingsError(
            "SCIMSERVER_RP_ID and SCIMSERVER_RELATED_ORIGINS need SCIMSERVER_ORIGINS, or an https "
            "address in SCIMSERVER_BASE_URL."
        )


def _check_id(id: str) -> None:
    if _is_address(id):
        raise SettingsError(f"SCIMSERVER_RP_ID: {id} is an IP address; passkeys need a domain.")
    if _SUFFIXES.is_public(id) and id != LOCALHOST and "." in id:
        raise SettingsError(f"SCIMSERVER_RP_ID: {id} is a suffix shared by many owners.")


def _check_labels(related: tuple[str, ...]) -> None:
    labels = {
        (_SUFFIXES.privatesuffix(_host(each)) or _host(each)).split(".")[0] for each in related
    }
    if len(labels) > MOST_LABELS:
        raise SettingsError(
            f"SCIMSERVER_RELATED_ORIGINS: browsers read at most {MOST_LABELS} different names: "
            + ", ".join(sorted(labels))
        )


def _lies_under(origin: str, id: str) -> bool:
    host = _host(origin)
    return host == id or host.endswith(f".{id}")


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()
