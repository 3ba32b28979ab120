"""What is said of each hint after sign-in (P47)."""

from typing import NamedTuple

from scimserver.services.passkeys import Hint


class Suggestion(NamedTuple):
    """A hint in words, and where it leads."""

    code: str
    title: str
    text: str
    href: str
    label: str


_NEW = ("/account/passkeys/new", "Add a passkey")
_WORDS = {
    Hint.ONLY_ONE: (
        "You have only one passkey",
        "If it is lost, you are locked out until somebody helps you.",
        *_NEW,
    ),
    Hint.ONE_DEVICE: (
        "None of your passkeys is synced",
        "Each works on one device only. Add one that your other devices can use as well.",
        *_NEW,
    ),
    Hint.OTHER_DEVICE: (
        "You signed in with another device",
        "Add a passkey to this one, and the next sign-in takes a touch.",
        *_NEW,
    ),
    Hint.NO_CODES: (
        "You have no recovery codes",
        "On paper, in a safe place, they help when every passkey is lost.",
        "/account/recovery-codes",
        "Make recovery codes",
    ),
}


def suggestion(hint: Hint) -> Suggestion:
    """Return a hint in words."""
    return Suggestion(hint.value, *_WORDS[hint])
