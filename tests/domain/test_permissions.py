"""Which scopes open which door."""

import pytest

from scimserver.domain import permissions
from scimserver.domain.actor import SCIM_SCOPES
from scimserver.domain.errors import PermissionDeniedError


def test_scopes_of_the_management_api_alone_do_not_open_scim():
    with pytest.raises(PermissionDeniedError) as caught:
        permissions.check_scim(frozenset({"domains.read", "domains.write"}))
    assert caught.value.needed == "scim"


@pytest.mark.parametrize("scope", sorted(SCIM_SCOPES))
def test_each_scope_of_scim_opens_it_whatever_stands_beside(scope):
    permissions.check_scim(frozenset({scope, "domains.read"}))
