"""One relying party, and what both sides of a ceremony need."""

from dataclasses import dataclass

import pytest

from scimserver.adapters import webauthn
from tests.authenticator import Authenticator

ORIGIN = "https://id.acme.test"
RP_ID = "acme.test"
CHALLENGE = bytes(range(32))
HANDLE = bytes(range(64))


@dataclass(frozen=True)
class Party:
    id: str = RP_ID
    name: str = "Acme"


class Ceremonies:
    """Both ends of registration and assertion, the server's checks applied."""

    def __init__(self, authenticator):
        self.authenticator = authenticator

    def create(self, **knobs):
        options = webauthn.registration_options(
            Party(), CHALLENGE, user_handle=HANDLE, name="ann@acme.test", display_name="Ann"
        )
        return self.authenticator.create(options, **knobs)

    def register(self, **knobs):
        return self.verify(self.create(**knobs))

    def verify(self, credential):
        return webauthn.verify_registration(RP_ID, [ORIGIN], CHALLENGE, credential)

    def get(self, **knobs):
        return self.authenticator.get(webauthn.assertion_options(Party(), CHALLENGE), **knobs)

    def judge(self, credential, public_key):
        return webauthn.verify_assertion(RP_ID, [ORIGIN], CHALLENGE, credential, public_key)


@pytest.fixture
def ceremonies():
    return Ceremonies(Authenticator(ORIGIN))


@pytest.fixture
def of_kind():
    return lambda algorithm: Ceremonies(Authenticator(ORIGIN, algorithm=algorithm))
