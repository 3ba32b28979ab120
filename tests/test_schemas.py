"""Every schema file: it loads, is served, agrees with scim2_models, and round-trips resources."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import Context, Resource, Schema

from scimserver.scim import discovery
from scimserver.scim.quirks import Profile
from scimserver.scim.registry import default_folder, load
from scimserver.scim.resource import complete, document, parse
from scimserver.scim.schema import Mutability, Type
from scimserver.scim.validate import canonical

FILES = sorted([*default_folder().glob("*.json"), *default_folder().glob("examples/*.json")])
PROFILE = Profile()
TEXT = st.text("abZäß\u05d0\U0001f600-", min_size=1, max_size=8)
SIMPLE = {
    Type.STRING: TEXT,
    Type.BOOLEAN: st.booleans(),
    Type.DECIMAL: st.floats(0, 1000, width=32),
    Type.INTEGER: st.integers(-(2**31), 2**31),
    Type.DATE_TIME: st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    Type.BINARY: st.binary(min_size=1, max_size=9).map(lambda raw: base64.b64encode(raw).decode()),
    Type.REFERENCE: st.just("https://x.test/1"),
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    for path in FILES:
        (folder / path.name).write_bytes(path.read_bytes())
    return load(folder)


def writable(table, *, derived=()):
    return [
        each
        for each in table.values()
        if each.mutability is not Mutability.READ_ONLY
        and not each.discarded
        and each.name not in ("externalId", *derived)
    ]


def told_apart(value):
    """What makes two values of a list different for certain."""
    if isinstance(value, dict):
        value = value.get("value", value)
    return json.dumps(value, sort_keys=True).lower()


def value_of(attribute):
    """A strategy for good values of an attribute."""
    if attribute.type is Type.COMPLEX:
        derived = ("$ref", "type", "display") if attribute.targets else ()
        subs = writable(attribute.sub_attributes, derived=(*derived, "primary"))
        parts = {sub.name: value_of(sub) for sub in subs}
        needed = {name: parts.pop(name) for name in list(parts) if name in ("value", "needed")}
        one = st.fixed_dictionaries(needed, optional=parts).filter(bool)
    else:
        one = SIMPLE[attribute.type]
    if not attribute.multi_valued:
        return one
    return st.lists(one, min_size=1, max_size=2, unique_by=told_apart)


def body_of(kind):
    """A strategy for good bodies of a type; not every attribute is in each."""
    core = {a.name: value_of(a) for a in writable(kind.attributes) if a is not kind.edge}
    needed = {a.name: core.pop(a.name) for a in kind.attributes.values() if a.required}
    for extension in kind.extensions.values():
        table = extension.schema.attributes
        parts = {a.name: value_of(a) for a in writable(table)}
        musts = {a.name: parts.pop(a.name) for a in table.values() if a.required}
        held = st.fixed_dictionaries(musts, optional=parts)
        (needed if extension.required else core)[extension.schema.urn] = held.filter(bool)
    return st.fixed_dictionaries(needed, optional=core)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_served_as_it_says(registry, path):
    raw = json.loads(path.read_text())
    served = discovery.schema(registry, "https://x.test", PROFILE, raw["id"])
    assert "x-scimserver" not in served
    assert [each["name"] for each in served["attributes"]] == [
        each["name"] for each in raw["attributes"]
    ]
    assert Resource.from_schema(Schema.model_validate(served)).model_fields


@pytest.mark.parametrize("name", ["User", "Group", "Specimen"])
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_generated_resources_survive_the_round_trip(registry, name, data):
    kind = registry.types[name]
    body = data.draw(body_of(kind))
    resource = complete(canonical(kind, {"schemas": [kind.schema.urn], **body}, PROFILE), PROFILE)
    read = parse(kind, document(resource, "1"))
    assert read == resource.attributes
    assert read == body


GOOD = [
    {"userName": "ann"},
    {"userName": "ann", "active": False, "title": "Boss", "locale": "en-US"},
    {"userName": "ann", "name": {"familyName": "L", "givenName": "A"}, "nickName": "x"},
    {"userName": "ann", "emails": [{"value": "A@X.TEST", "type": "work", "primary": True}]},
    {"userName": "ann", "x509Certificates": [{"value": "QUJD", "type": "t"}]},
    {
        "userName": "ann",
        "addresses": [{"country": "US", "type": "home"}],
        "roles": [{"value": "r"}],
    },
    {
        "userName": "ann",
        "profileUrl": "https://x.test/ann",
        "photos": [{"value": "https://x.test/p"}],
    },
]


@pytest.mark.parametrize("body", GOOD)
def test_good_users_read_as_scim2_models_reads_them(registry, body):
    kind = registry.types["User"]
    model = Resource.from_schema(Schema.model_validate(dict(kind.schema.document)))
    whole = {"schemas": [kind.schema.urn], **body}
    oracle = model.model_validate(whole, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    expected = oracle.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    ours = json.loads(document(complete(canonical(kind, whole, PROFILE), PROFILE), "1"))
    ours.pop("id")
    assert ours == {name: value for name, value in expected.items() if name != "id"}
