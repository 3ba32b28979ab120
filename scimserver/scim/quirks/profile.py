"""Profile: one switch for each tolerance, under the name and with the words of table J4."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


def _switch(default: Any, words: dict[str, Any]) -> Any:
    return field(default=default, metadata={"words": words})


_ON_OFF = {"on": True, "off": False}
_ACCEPT = {"accept": True, "refuse": False}


@dataclass(frozen=True, slots=True)
class Profile:
    """One identity provider's ways. The defaults are the ``generic`` profile's."""

    name: str = "generic"
    patch_response: Literal["auto", "entra", "body"] = _switch(
        "auto", {"auto": "auto", "entra": "entra", "body": "body"}
    )
    string_booleans: bool = _switch(True, _ON_OFF)
    unmatched_replace: Literal["noTarget", "create"] = _switch(
        "noTarget", {"noTarget": "noTarget", "create": "create"}
    )
    remove_with_value: bool = _switch(True, {"apply": True, "refuse": False})
    unknown_attributes: bool = _switch(True, {"ignore": True, "refuse": False})
    pathless_patch: bool = _switch(True, _ACCEPT)
    missing_schemas: bool = _switch(True, _ACCEPT)
    missing_content_type: bool = _switch(True, _ACCEPT)
    unquoted_filter_values: bool = _switch(True, _ON_OFF)
    manager_forms: Literal["lenient", "object"] = _switch(
        "lenient", {"lenient": "lenient", "object": "object"}
    )
    scalar_to_list: bool = _switch(True, _ON_OFF)
    unqualified_extension_paths: bool = _switch(True, _ON_OFF)
    empty_operations: bool = _switch(False, _ACCEPT)
    complex_replace: Literal["merge", "whole"] = _switch(
        "merge", {"merge": "merge", "whole": "whole"}
    )
    canonical_types: Literal["open", "closed"] = _switch(
        "open", {"open": "open", "closed": "closed"}
    )
    strict_formats: bool = _switch(False, _ON_OFF)
    strict_references: bool = _switch(False, _ON_OFF)
    endpoint_case: Literal["any", "exact"] = _switch("any", {"any": "any", "exact": "exact"})
    unique_group_names: bool = _switch(True, _ON_OFF)
    unique_emails: bool = _switch(True, _ON_OFF)
    unique_external_ids: bool = _switch(True, _ON_OFF)
    adopt_inactive: bool = _switch(False, _ON_OFF)
    require_if_match: bool = _switch(False, _ON_OFF)
    me: Literal["off", "user", "redirect"] = _switch(
        "off", {"off": "off", "user": "user", "redirect": "redirect"}
    )
    strict: bool = False

    @property
    def groups_without_body(self) -> bool:
        """Whether a PATCH of a group, of any size, is answered 204 (C10)."""
        return self.patch_response == "entra"


SWITCHES: Mapping[str, Mapping[str, Any]] = {
    each.name: each.metadata["words"] for each in fields(Profile) if "words" in each.metadata
}
