"""The interoperability profile: nothing is tolerated, and a client learns it at once (K3).

``strict`` adds what no switch expresses (J4.3): every PATCH value path names a sub-attribute and
selects one element, multi-valued targets take arrays, operations have no extra members, and the
media type is exactly ``application/scim+json``.

https://datatracker.ietf.org/doc/draft-zollner-scim-interop-profile/
"""

from scimserver.scim.quirks.profile import Profile

PROFILE = Profile(
    name="strict-interop",
    patch_response="body",
    string_booleans=False,
    remove_with_value=False,
    unknown_attributes=False,
    pathless_patch=False,
    missing_schemas=False,
    missing_content_type=False,
    unquoted_filter_values=False,
    manager_forms="object",
    scalar_to_list=False,
    unqualified_extension_paths=False,
    complex_replace="whole",
    canonical_types="closed",
    strict_formats=True,
    strict_references=True,
    endpoint_case="exact",
    strict=True,
)
