"""JumpCloud: plain JSON, ``Remove members`` with a value, and null for an empty list.

Connecting creates a test user and a test group and deletes both. Phone numbers are ``tel:`` URIs
and the extension's URN comes first in ``schemas``.

https://jumpcloud.com/support/integrate-with-custom-scim-identity-management
"""

from dataclasses import replace

from scimserver.scim.quirks import generic

PROFILE = replace(
    generic.PROFILE,
    name="jumpcloud",
    unquoted_filter_values=False,
    manager_forms="object",
    scalar_to_list=False,
    unqualified_extension_paths=False,
)
