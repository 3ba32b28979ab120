"""The secret every key is derived from: a variable's, or of a file beside the database."""

import base64
import os
import secrets
from dataclasses import replace

from scimserver.config import PREFIX, Settings, SettingsError
from scimserver.setting import MINIMUM_KEY_LENGTH, key


def load_secret_key(settings: Settings) -> Settings:
    """Return the settings with their secret: the variable's, else the key file's.

    Raises SettingsError where there is neither.
    """
    if settings.secret_key:
        return settings
    try:
        raw = settings.key_file.read_text("ascii").strip()
        return replace(settings, secret_key=key(raw))
    except FileNotFoundError:
        raise SettingsError(
            f"No secret key: set {PREFIX}SECRET_KEY, or run 'scimserver quickstart', which "
            f"writes {settings.key_file}."
        ) from None
    except (OSError, ValueError) as failure:
        raise SettingsError(
            f"{settings.key_file} cannot be used: it must be readable and hold "
            f"{MINIMUM_KEY_LENGTH} ASCII characters or more."
        ) from failure


def create_secret_key(settings: Settings) -> Settings:
    """Return the settings with their secret, written to the key file (mode 0600) if there is none.

    An existing file is never overwritten: every token depends on it.
    """
    if settings.secret_key or settings.key_file.exists():
        return load_secret_key(settings)
    settings.key_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # pragma: no cover  # Another process was faster by an instant.
        return load_secret_key(settings)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii") + "\n")
    return load_secret_key(settings)
