"""Okta: path-less replacements, and otherwise the RFC by the letter.

It sends ``{"op": "replace", "value": {"active": false}}`` to deactivate, ``{"id", "displayName"}``
to rename a group, members with a ``display`` and without a ``type``, ``title: ""`` for an empty
title, and a password nobody asked for. Filters are quoted and booleans are booleans; text for a
boolean is accepted all the same, since custom mappings produce it.

https://developer.okta.com/docs/reference/scim/scim-20/
"""

from dataclasses import replace

from scimserver.scim.quirks import generic

PROFILE = replace(
    generic.PROFILE,
    name="okta",
    unquoted_filter_values=False,
    manager_forms="object",
    scalar_to_list=False,
    unqualified_extension_paths=False,
)
