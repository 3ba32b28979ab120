"""Google Workspace: small requests as ``application/json``, and DELETE to deprovision.

It tests a connection with ``GET /Users?count=1`` and may send nothing of a user but its userName.

https://support.google.com/a/topic/6400789
"""

from dataclasses import replace

from scimserver.scim.quirks import generic

PROFILE = replace(
    generic.PROFILE,
    name="google",
    unquoted_filter_values=False,
    manager_forms="object",
    scalar_to_list=False,
    unqualified_extension_paths=False,
)
