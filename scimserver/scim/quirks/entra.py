"""Microsoft Entra ID: capitalised operations, booleans as text, and paths that expect a creation.

It sends ``Add``, ``Replace`` and ``Remove``; ``"False"`` for false, in older tenants even as
``[{"value": "False"}]``; ``manager`` as a bare id, a one-element array or ``""``; members to remove
in a value; path-less values with dotted and URN-qualified keys; and it replaces
``emails[type eq "work"].value`` before there is such an entry, so ``unmatched_replace`` creates.

https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
"""

from dataclasses import replace

from scimserver.scim.quirks import generic

PROFILE = replace(
    generic.PROFILE,
    name="entra",
    patch_response="entra",
    unmatched_replace="create",
    empty_operations=True,
)
