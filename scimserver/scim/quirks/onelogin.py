"""OneLogin: users by PUT, groups by PATCH, and e-mails as one object instead of an array.

It also leaves out the media type on requests without a body.

https://developers.onelogin.com/scim/implement-scim-api
"""

from dataclasses import replace

from scimserver.scim.quirks import generic

PROFILE = replace(
    generic.PROFILE,
    name="onelogin",
    unquoted_filter_values=False,
    manager_forms="object",
    unqualified_extension_paths=False,
)
