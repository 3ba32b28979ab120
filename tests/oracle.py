"""The oracle: scim2_models' own models and matcher over the same schema files.

Where we depart on purpose (dates without offset, substrings of numbers, complex attributes without
value, full-width user names), the tests do not ask it.
"""

import json
from functools import reduce
from operator import or_
from pathlib import Path

from scim2_models import Extension, Resource, Schema, ScimFilter


class Oracle:
    """Resource models of a folder of schema files, and what their filters answer."""

    def __init__(self, folder: Path) -> None:
        read = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
        blocks = {each["name"]: each.pop("x-scimserver") for each in read}
        schemas = {each["name"]: Schema.model_validate(each) for each in read}
        self.models = {}
        for name, schema in schemas.items():
            if "endpoint" in blocks[name]:
                model = Resource.from_schema(schema)
                extensions = [
                    Extension.from_schema(schemas[other])
                    for other, block in blocks.items()
                    if block.get("extends") == name
                ]
                self.models[name] = model[reduce(or_, extensions)] if extensions else model

    def resource(self, name: str, attributes: dict) -> Resource:
        """Return the model of a resource."""
        return self.models[name].model_validate(attributes)

    def matches(self, text: str, name: str, resource: Resource) -> bool:
        """Return whether a filter matches a resource of a type."""
        return ScimFilter[self.models[name]](text).match(resource)
