"""What the PATCH tests share: the shipped types, a type with every oddity, and one call."""

import json
import tempfile
from pathlib import Path

from scimserver.scim import patch, quirks, registry

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:Device"
DEVICE = "urn:example:params:scim:schemas:Device"

GENERIC = quirks.PROFILES["generic"]
ENTRA = quirks.PROFILES["entra"]
OKTA = quirks.PROFILES["okta"]
STRICT = quirks.PROFILES["strict-interop"]


def _attribute(name, kind="string", **more):
    return {"name": name, "type": kind, "multiValued": False, "description": name, **more}


_PORTS = [
    _attribute("value"),
    _attribute("type"),
    _attribute("serial", mutability="immutable"),
    _attribute("label", required=True),
    _attribute("speed", "integer", mutability="readOnly"),
]
_DEVICE = {
    "id": DEVICE,
    "name": "Device",
    "description": "Device",
    "attributes": [
        _attribute("name", required=True),
        _attribute("serialNumber", mutability="immutable"),
        _attribute("tags", multiValued=True),
        _attribute("numbers", "integer", multiValued=True),
        _attribute("ports", "complex", multiValued=True, subAttributes=_PORTS),
        _attribute("racks", "complex", multiValued=True, required=True, subAttributes=_PORTS[:2]),
        _attribute("sealed", multiValued=True, mutability="immutable"),
        _attribute(
            "case",
            "complex",
            subAttributes=[
                _attribute("color"),
                _attribute("mould", mutability="immutable"),
                _attribute("shape", required=True),
                _attribute("weight", "integer", mutability="readOnly"),
            ],
        ),
        _attribute(
            "users",
            "complex",
            multiValued=True,
            subAttributes=[
                _attribute("value"),
                _attribute("$ref", "reference", referenceTypes=["User"]),
                _attribute("note"),
            ],
        ),
        _attribute(
            "owners",
            "complex",
            multiValued=True,
            subAttributes=[_attribute("value"), _attribute("display", mutability="readOnly")],
        ),
    ],
    "x-scimserver": {"endpoint": "/Devices", "edges": {"owners": ["User"]}},
}
_BADGE = {
    "id": BADGE,
    "name": "Badge",
    "description": "Badge",
    "attributes": [_attribute("number", required=True), _attribute("colour")],
    "x-scimserver": {"extends": "Device"},
}


def _odd():
    with tempfile.TemporaryDirectory() as folder:
        for path in registry.default_folder().glob("*.json"):
            Path(folder, path.name).write_text(path.read_text("utf-8"), "utf-8")
        for schema in (_DEVICE, _BADGE):
            Path(folder, f"{schema['name']}.json").write_text(json.dumps(schema), "utf-8")
        return registry.load(Path(folder)).types


TYPES = _odd()
USER, GROUP, DEVICE_TYPE = TYPES["User"], TYPES["Group"], TYPES["Device"]


def body(*operations):
    """A PatchOp message of (op, path, value) or (op, path) rows; no path when it is None."""
    sent = []
    for op, path, *value in operations:
        operation = {"op": op}
        if path is not None:
            operation["path"] = path
        if value:
            operation["value"] = value[0]
        sent.append(operation)
    return {"schemas": [patch.MESSAGE], "Operations": sent}


def patched(kind, before, *operations, profile=GENERIC, external_id=None, resource_id=None):
    """The delta of operations given as rows, read and applied."""
    read = patch.read(body(*operations), profile)
    return patch.apply(kind, read, before, external_id, profile, resource_id=resource_id)
