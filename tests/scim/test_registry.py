"""Schema files become a frozen registry, or a complaint that names the file and the place."""

import json
import shutil
from dataclasses import FrozenInstanceError

import pytest

from scimserver.scim import registry
from scimserver.scim.registry import SchemaFileError, default_folder, load

DEVICE = {
    "id": "urn:example:params:scim:schemas:Device",
    "name": "Device",
    "attributes": [
        {"name": "serial", "type": "string", "uniqueness": "server"},
        {"name": "secret", "mutability": "writeOnly", "returned": "never"},
        {
            "name": "owners",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value"},
                {"name": "$ref", "type": "reference", "referenceTypes": ["Device", "external"]},
            ],
        },
    ],
    "x-scimserver": {"endpoint": "/Devices", "index": ["serial"], "edges": {"owners": "Device"}},
}
BADGE = {
    "id": "urn:example:badge:2.0:Device",
    "name": "Badge",
    "attributes": [{"name": "number"}, {"name": "mail"}],
    "x-scimserver": {
        "extends": "Device",
        "required": True,
        "index": ["number"],
        "emails": ["Mail"],
    },
}


def changed(document, path, value):
    """The document with another value at a path; ``...`` takes it out."""
    copy = json.loads(json.dumps(document))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return copy


@pytest.fixture
def folder(tmp_path):
    def write(**documents):
        for name, document in documents.items():
            text = document if isinstance(document, str) else json.dumps(document)
            (tmp_path / f"{name}.json").write_text(text)
        return tmp_path

    return write


def test_the_shipped_folder_loads():
    found = load(default_folder())
    assert set(found.types) == {"User", "Group"}
    assert set(found.by_endpoint) == {"users", "groups"}
    assert len(found.schemas) == 3


def test_the_packaged_folder_comes_first(tmp_path, monkeypatch):
    package = tmp_path / "scimserver"
    (package / "_schemas").mkdir(parents=True)
    monkeypatch.setattr(registry, "__file__", str(package / "scim" / "registry.py"))
    assert default_folder() == package / "_schemas"


def test_users_and_groups_are_what_the_rest_relies_on():
    types = load(default_folder()).types
    user, group = types["User"], types["Group"]
    manager = user.find("manager", unqualified=True)
    assert user.references == (manager,)
    assert manager.targets == ("User",)
    assert manager.location == (manager.urn.rpartition(":")[0], "manager")
    assert user.computed_groups
    assert not group.computed_groups
    assert group.edge is group.find("members")
    assert group.edge_types == ("User", "Group")
    assert user.edge is None
    assert user.find("emails", "value").email
    assert user.find("emails", "value").indexed
    assert user.find("emails", "value").in_list
    assert user.find("password").discarded
    assert not user.hides
    assert user.find("members") is None
    assert user.find("manager") is None


@pytest.mark.parametrize(
    ("path", "exact"),
    [
        ("id", True),
        ("externalId", True),
        ("meta.version", True),
        ("password", True),
        ("groups.value", True),
        ("profileUrl", True),
        ("x509Certificates.value", True),
        ("userName", False),
        ("displayName", False),
        ("emails.value", False),
        ("emails.type", False),
        ("employeeNumber", False),
        ("manager.value", True),
    ],
)
def test_case_matters_where_the_rfc_says_so(path, exact):
    top, _, sub = path.partition(".")
    found = load(default_folder()).types["User"].find(top, sub or None, unqualified=True)
    assert found.case_exact is exact


def test_common_attributes_have_their_characteristics():
    table = load(default_folder()).types["Group"].attributes
    assert [table[name].mutability for name in ("id", "meta", "schemas")] == ["readOnly"] * 3
    assert table["externalid"].mutability == "readWrite"
    assert table["id"].returned == table["schemas"].returned == "always"
    assert table["meta"].sub_attributes["created"].type == "dateTime"
    assert all(s.mutability == "readOnly" for s in table["meta"].sub_attributes.values())


def test_attributes_show_themselves_by_name():
    found = load(default_folder())
    user = found.types["User"]
    extension = next(iter(user.extensions.values()))
    assert repr(user) == "<ResourceType User>"
    assert repr(user.schema) == "<Schema urn:ietf:params:scim:schemas:core:2.0:User>"
    assert repr(extension).startswith("<Extension urn:")
    assert (
        repr(user.find("title")) == "<Attribute urn:ietf:params:scim:schemas:core:2.0:User:title>"
    )


def test_a_new_type_and_its_extension_are_files(folder):
    found = load(folder(device=DEVICE, badge=BADGE))
    device = found.types["Device"]
    assert found.by_endpoint["devices"] is device
    assert device.edge.name == "owners"
    assert device.edge_types == ("Device",)
    assert device.references == ()
    assert device.hides
    assert device.find("serial").uniqueness == "server"
    [extension] = device.extensions.values()
    assert extension.required
    number = device.find("number", urn="URN:example:BADGE:2.0:Device")
    assert number.path == "urn:example:badge:2.0:Device:number"
    assert number.indexed
    assert device.find("mail", unqualified=True).email
    assert device.find("mail", urn="urn:nobody") is None
    assert device.find("serial", urn=DEVICE["id"]) is device.find("SERIAL")
    assert "x-scimserver" not in device.schema.document


def test_the_registry_is_frozen(folder):
    found = load(folder(device=DEVICE))
    with pytest.raises(FrozenInstanceError):
        found.types["Device"].name = "Other"
    with pytest.raises(TypeError):
        found.types["Other"] = None


def attribute(**keywords):
    return ["attributes", 0], {"name": "serial", **keywords}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["id"], "device", "$.id: 'device' is not a URN"),
        (["id"], ..., "$.id: must be a string"),
        (["name"], "", "$.name: must be a string"),
        (["description"], 5, "$.description: must be a string"),
        (["colour"], "red", "$.colour: is not a keyword"),
        (["attributes"], [], "$.attributes: must be a list"),
        (["attributes"], {}, "$.attributes: must be a list"),
        (["attributes", 0], "serial", "$.attributes[0]: must be a JSON object"),
        (["attributes", 1, "name"], "Serial", "$.attributes[1].name: 'Serial' stands twice"),
        (*attribute(name="1st"), "$.attributes[0].name: '1st' is not an attribute name"),
        (*attribute(name="externalID"), "belongs to every resource"),
        (*attribute(colour="red"), "$.attributes[0].colour: is not a keyword"),
        (*attribute(type="text"), "$.attributes[0].type: must be one of string"),
        (*attribute(type=[]), "$.attributes[0].type: must be one of string"),
        (*attribute(mutability="never"), "mutability: must be one of readOnly"),
        (*attribute(returned="maybe"), "returned: must be one of always"),
        (*attribute(uniqueness="some"), "uniqueness: must be one of none"),
        (*attribute(required="yes"), "required: must be true or false"),
        (*attribute(canonicalValues="red"), "canonicalValues: must be a list of strings"),
        (*attribute(canonicalValues=[1]), "canonicalValues: must be a list of strings"),
        (*attribute(type="integer", caseExact=True), "caseExact: does not apply to the type"),
        (*attribute(type="boolean", uniqueness="server"), "uniqueness: does not apply"),
        (*attribute(referenceTypes=["external"]), "referenceTypes: does not apply"),
        (*attribute(subAttributes=[{"name": "a"}]), "subAttributes: does not apply"),
        (*attribute(type="complex"), "$.attributes[0].subAttributes: must be a list"),
        (
            *attribute(type="complex", uniqueness="server", subAttributes=[{"name": "a"}]),
            "uniqueness: does not apply to the type complex",
        ),
        (["attributes", 2, "subAttributes", 0, "type"], "complex", "cannot be complex"),
        (
            ["attributes", 2, "subAttributes", 1, "referenceTypes"],
            ["Robot"],
            "there is no type 'Robot'",
        ),
        (["x-scimserver"], ..., "$.x-scimserver: must be a JSON object"),
        (["x-scimserver", "colour"], 1, "$.x-scimserver.colour: is not a keyword"),
        (["x-scimserver", "endpoint"], ..., "needs either 'endpoint' or 'extends'"),
        (["x-scimserver", "extends"], "User", "needs either 'endpoint' or 'extends'"),
        (["x-scimserver", "endpoint"], "Devices", "is not of the form /Name"),
        (["x-scimserver", "endpoint"], "/bulk", "is an endpoint of SCIM itself"),
        (["x-scimserver", "required"], True, "required: belongs to an extension"),
        (["x-scimserver", "index"], ["nothing"], "there is no attribute 'nothing'"),
        (["x-scimserver", "index"], ["secret"], "'secret' is not of a kind that can be"),
        (["x-scimserver", "index"], ["owners"], "'owners' is not of a kind that can be"),
        (["x-scimserver", "discard"], ["serial"], "'serial' is not of a kind that can be"),
        (["x-scimserver", "emails"], ["owners.$ref"], "'owners.$ref' is not of a kind"),
        (["x-scimserver", "edges"], {"serial": "Device"}, "edges.serial: must name an optional"),
        (["x-scimserver", "edges"], {"robots": "Device"}, "edges.robots: must name an optional"),
        (["x-scimserver", "edges"], {"owners": 5}, "edges.owners: must be a list of strings"),
        (["x-scimserver", "edges"], {"owners": ["Robot"]}, "there is no type 'Robot'"),
        (["x-scimserver", "edges"], {"owners": [], "serial": []}, "one at most"),
        (["x-scimserver", "edges"], [], "$.x-scimserver.edges: must be a JSON object"),
        (["x-scimserver", "organizations"], "acme", "organizations: must be 'sandboxes' or a list"),
        (["x-scimserver", "organizations"], [], "organizations: must be 'sandboxes' or a list"),
        (["x-scimserver", "organizations"], ["A"], "organizations: must be 'sandboxes' or a list"),
        (["x-scimserver", "organizations"], [1], "organizations: must be 'sandboxes' or a list"),
    ],
)
def test_a_file_that_cannot_be_honoured_is_named_with_the_place(folder, path, value, complaint):
    with pytest.raises(SchemaFileError) as caught:
        load(folder(device=changed(DEVICE, path, value)))
    assert caught.value.detail.startswith("device.json: $")
    assert complaint in caught.value.detail


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["id"], "urn:example:params:scim:schemas:DEVICE", "is taken by badge.json"),
        (["x-scimserver", "extends"], "Robot", "there is no type 'Robot'"),
        (["x-scimserver", "edges"], {"number": "Device"}, "only a type may have an edge"),
    ],
)
def test_an_extension_must_fit_its_type(folder, path, value, complaint):
    with pytest.raises(SchemaFileError, match=complaint):
        load(folder(device=DEVICE, badge=changed(BADGE, path, value)))


@pytest.mark.parametrize(
    ("path", "value"),
    [(["name"], "Device"), (["x-scimserver", "endpoint"], "/DEVICES")],
)
def test_names_and_endpoints_are_taken_once(folder, path, value):
    other = changed(changed(DEVICE, ["id"], "urn:example:other"), ["name"], "Other")
    other = changed(changed(other, ["x-scimserver", "endpoint"], "/Others"), path, value)
    other = changed(other, ["x-scimserver", "edges"], {})
    with pytest.raises(SchemaFileError, match=r"other.json: .* is taken by device.json"):
        load(folder(device=DEVICE, other=other))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{\n "id": }', "device.json: line 2:"),
        ('{"id": "a", "id": "b"}', "device.json: not a JSON text in UTF-8: the name 'id' stands"),
        ("[" * 100_000, "device.json: "),
        ("[]", r"device.json: \$: must be a JSON object"),
    ],
)
def test_broken_json_is_named_with_its_line(folder, text, complaint):
    with pytest.raises(SchemaFileError, match=complaint):
        load(folder(device=text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "device.json").write_bytes(b"\xff")
    with pytest.raises(SchemaFileError, match="not a JSON text in UTF-8"):
        load(tmp_path)


def test_examples_that_are_not_there_are_refused(tmp_path):
    for path in default_folder().glob("*.json"):
        shutil.copy(path, tmp_path)
    assert "User" in load(tmp_path).types
    with pytest.raises(SchemaFileError, match="examples: there is no schema file"):
        load(tmp_path, examples=True)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SchemaFileError, match="no schema file"):
        load(tmp_path)


def test_the_examples_load_beside_the_shipped_schemas():
    assert "Specimen" not in load(default_folder()).types
    specimen = load(default_folder(), examples=True).types["Specimen"]
    assert [each.name for each in specimen.references] == ["keeper", "related", "printer"]
    assert specimen.edge.name == "owners"
    assert specimen.hides


def seen_in(document, audience):
    """The document as only an audience sees it; ``...`` stands for everyone."""
    if audience is ...:
        return document
    return changed(document, ["x-scimserver", "organizations"], audience)


@pytest.mark.parametrize(
    ("audience", "acme", "beta", "sandbox"),
    [
        (..., True, True, True),
        ("sandboxes", False, False, True),
        (["acme"], True, False, False),
        (["acme", "beta"], True, True, False),
        (["trial"], False, False, True),
    ],
)
def test_an_organization_sees_what_is_for_it(folder, audience, acme, beta, sandbox):
    found = load(folder(device=DEVICE, badge=seen_in(BADGE, audience)))
    seen = [
        bool(found.seen_by(slug, sandbox=slug == "trial").types["Device"].extensions)
        for slug in ("acme", "beta", "trial")
    ]
    assert seen == [acme, beta, sandbox]


def test_what_is_seen_is_compiled_once(folder):
    plain = load(folder(device=DEVICE, badge=BADGE))
    assert plain.seen_by("acme", sandbox=False) is plain
    keeper = {**DEVICE["attributes"][2], "name": "keeper"}
    badge = changed(BADGE, ["attributes", 0], keeper)
    badge = seen_in(changed(badge, ["x-scimserver", "index"], []), ["beta"])
    other = changed(changed(DEVICE, ["id"], "urn:example:other"), ["name"], "Other")
    other = seen_in(changed(other, ["x-scimserver"], {"endpoint": "/Others"}), "sandboxes")
    found = load(folder(device=DEVICE, badge=badge, other=other))
    acme, beta = (found.seen_by(slug, sandbox=False) for slug in ("acme", "beta"))
    assert found.seen_by("beta", sandbox=True) is found
    assert found.seen_by("gamma", sandbox=False) is acme
    assert set(found.types) == {"Device", "Other"}
    assert set(acme.types) == set(beta.types) == {"Device"}
    assert set(acme.by_endpoint) == {"devices"}
    assert set(acme.schemas) == {DEVICE["id"].lower()}
    assert beta.types["Device"] is found.types["Device"]
    assert [each.name for each in beta.types["Device"].references] == ["keeper"]
    assert acme.types["Device"].references == ()
    assert acme.types["Device"].find("number", unqualified=True) is None
    assert acme.types["Device"].edge is found.types["Device"].edge


@pytest.mark.parametrize(
    ("device", "badge", "fits"),
    [
        (..., "sandboxes", True),
        (..., ["acme"], True),
        ("sandboxes", "sandboxes", True),
        (["acme", "beta"], ["beta"], True),
        ("sandboxes", ..., False),
        (["acme"], ..., False),
        (["acme"], ["acme", "beta"], False),
        (["acme"], "sandboxes", False),
        ("sandboxes", ["acme"], False),
    ],
)
def test_whoever_sees_a_schema_sees_the_types_it_names(folder, device, badge, fits):
    written = folder(device=seen_in(DEVICE, device), badge=seen_in(BADGE, badge))
    if fits:
        assert load(written).limited
        return
    with pytest.raises(SchemaFileError, match=r"badge.json: .*extends: .* may not see the type"):
        load(written)


def test_user_names_compare_by_plain_width():
    user = load(default_folder()).types["User"]
    assert user.find("userName").fold("\uff21nn") == "ann"
    assert user.find("title").fold("\uff21nn") == "\uff41nn"


VISIT = {
    "id": "urn:example:visit:2.0:User",
    "name": "Visit",
    "attributes": [
        {"name": "motto"},
        {"name": "desk", "type": "complex", "subAttributes": [{"name": "room"}, {"name": "mail"}]},
        {"name": "badge", "uniqueness": "server"},
        {"name": "locker", "type": "complex", "subAttributes": [
            {"name": "value", "uniqueness": "global"}, {"name": "pin", "returned": "never"}
        ]},
        {"name": "pin", "returned": "never"},
        {"name": "since", "mutability": "readOnly"},
        {"name": "number", "mutability": "immutable"},
        {"name": "backup"},
        {"name": "Roles"},
    ],
    "x-scimserver": {"extends": "User", "emails": ["backup"], "selfService": ["Motto", "desk"]},
}  # fmt: skip


@pytest.fixture
def people(folder):
    def write(document):
        for name in ("user.json", "group.json"):
            shutil.copy(default_folder() / name, folder())
        return load(folder(visit=document))

    return write


def test_h2_users_change_what_a_file_declares(people):
    theirs = {each.path for each in people(VISIT).types["User"].every() if each.self_service}
    urn = VISIT["id"]
    core = {"nickName", "preferredLanguage", "locale", "timezone", "ims", "addresses"}
    assert theirs == core | {f"{urn}:motto", f"{urn}:desk"}


@pytest.mark.parametrize(
    "path",
    ["badge", "locker", "pin", "since", "number", "backup", "desk.room", "desk.mail", "roles"],
)
def test_h2_no_file_hands_out_what_others_say_of_somebody(people, path):
    asked = changed(VISIT, ["x-scimserver", "selfService"], ["motto", path])
    with pytest.raises(SchemaFileError, match=rf"selfService: '{path}' is not of a kind"):
        people(asked)


@pytest.mark.parametrize(
    "path",
    ["userName", "emails", "active", "roles", "entitlements", "groups", "x509Certificates", "nope"],
)
def test_h2_nor_whom_the_organization_lets_in_and_what_for(folder, path):
    document = json.loads((default_folder() / "user.json").read_text())
    # Not even where the file says of none of them what makes it special.
    for each in document["attributes"]:
        each |= {"mutability": "readWrite", "returned": "default"}
        each.pop("uniqueness", None)
    document["x-scimserver"] |= {"emails": [], "discard": [], "selfService": [path]}
    with pytest.raises(SchemaFileError, match=rf"selfService: .*'{path.lower()}'"):
        load(folder(user=document))


def test_h2_only_users_change_themselves(folder):
    asked = changed(DEVICE, ["x-scimserver", "selfService"], ["owners"])
    with pytest.raises(SchemaFileError, match=r"selfService: only users can change themselves"):
        load(folder(device=asked))
