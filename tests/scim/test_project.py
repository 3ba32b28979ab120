"""Projection: what is asked for, what is always sent, what never is."""

import pytest

from scimserver.scim.errors import InvalidValueError
from scimserver.scim.project import Projection, default_view
from scimserver.scim.registry import default_folder, load

TYPES = load(default_folder()).types
USER, GROUP = TYPES["User"], TYPES["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANN = {
    "schemas": [USER.schema.urn, ENTERPRISE],
    "id": "1",
    "externalId": "x",
    "userName": "ann",
    "name": {"givenName": "Ann", "familyName": "Lee"},
    "emails": [{"value": "a@x.test", "type": "work"}, {"type": "home"}],
    "groups": [{"value": "g"}],
    ENTERPRISE: {"department": "d", "manager": {"value": "m", "displayName": "M"}},
    "meta": {"resourceType": "User", "version": "1"},
}
ALWAYS = {"schemas": ANN["schemas"], "id": "1"}


def shown(attributes=(), excluded=()):
    return Projection.read(USER, attributes, excluded).apply(USER, ANN)


def without(*names):
    return {name: value for name, value in ANN.items() if name not in names}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["userName"], {"userName": "ann"}),
        (["USERNAME, externalid"], {"userName": "ann", "externalId": "x"}),
        (["name.familyName"], {"name": {"familyName": "Lee"}}),
        (["name.familyName", "name"], {"name": ANN["name"]}),
        (["name", "name.familyName"], {"name": ANN["name"]}),
        (["name.familyName", "name.givenName"], {"name": ANN["name"]}),
        (["emails.value"], {"emails": [{"value": "a@x.test"}]}),
        (["emails.display"], {}),
        (['emails[type eq "work"].value'], {"emails": ANN["emails"]}),
        (["meta.version"], {"meta": {"version": "1"}}),
        ([f"{USER.schema.urn.upper()}:userName"], {"userName": "ann"}),
        ([f"{ENTERPRISE}:department"], {ENTERPRISE: {"department": "d"}}),
        ([f"{ENTERPRISE}:manager.value"], {ENTERPRISE: {"manager": {"value": "m"}}}),
        (["manager"], {ENTERPRISE: {"manager": ANN[ENTERPRISE]["manager"]}}),
        ([ENTERPRISE.lower()], {ENTERPRISE: ANN[ENTERPRISE]}),
        ([USER.schema.urn], {name: ANN[name] for name in ("userName", "name", "emails", "groups")}),
        (["nothing", "name.nothing", "urn:x:y", "urn:x:y:userName"], {}),
        (["password"], {}),
        (["id"], {}),
    ],
)
def test_attributes_are_the_minimum_and_what_is_named(names, expected):
    assert shown(attributes=names) == {**ALWAYS, **expected}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["userName", "groups"], without("userName", "groups")),
        (["id", "schemas"], ANN),
        (["nothing"], ANN),
        (["name.familyName"], {**ANN, "name": {"givenName": "Ann"}}),
        (["name.familyName", "NAME.givenName"], without("name")),
        (["name", "name.familyName"], without("name")),
        (["emails.type"], {**ANN, "emails": [{"value": "a@x.test"}]}),
        ([ENTERPRISE], without(ENTERPRISE)),
        ([f"{ENTERPRISE}:manager"], {**ANN, ENTERPRISE: {"department": "d"}}),
        ([USER.schema.urn], without("userName", "name", "emails", "groups")),
    ],
)
def test_excluded_attributes_are_left_out(names, expected):
    assert shown(excluded=names) == expected


def test_both_parameters_at_once_are_refused():
    with pytest.raises(InvalidValueError, match="attributes"):
        Projection.read(USER, ["userName"], ["name"])


@pytest.mark.parametrize("names", [[5], [None]])
def test_names_are_texts(names):
    with pytest.raises(InvalidValueError, match="excludedAttributes: must be names"):
        Projection.read(USER, [], names)


@pytest.mark.parametrize("empty", [(), [""], [" , "]])
def test_empty_parameters_are_absent_ones(empty):
    assert Projection.read(USER, empty, empty) is None


@pytest.mark.parametrize(
    ("attributes", "excluded", "members", "groups"),
    [
        (["displayName"], [], False, False),
        (["members.value"], [], True, False),
        (["GROUPS"], [], False, True),
        ([], ["members"], False, True),
        ([], ["displayName"], True, True),
    ],
)
def test_members_and_groups_are_asked_for_only_when_wanted(attributes, excluded, members, groups):
    projection = Projection.read([USER, GROUP], attributes, excluded)
    assert projection.wants("members") is members
    assert projection.wants("groups") is groups


def test_an_empty_member_list_is_shown():
    team = {"schemas": [], "id": "1", "displayName": "t", "members": []}
    assert Projection.read(GROUP, ["members.value"]).apply(GROUP, team)["members"] == []


@pytest.fixture(scope="module")
def specimen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    for source in (default_folder(), default_folder() / "examples"):
        for path in source.glob("*.json"):
            (folder / path.name).write_bytes(path.read_bytes())
    return load(folder).types["Specimen"]


PART = {"value": "p", "always": "a", "quiet": "q", "secret": "s"}
STORED = {
    "schemas": ["urn:example:params:scim:schemas:Specimen"],
    "id": "1",
    "label": "l",
    "readWriteAlways": "a",
    "readWriteRequest": "r",
    "readWriteNever": "n",
    "writeOnlyNever": "w",
    "part": PART,
    "parts": [PART],
    "urn:gone": {"a": 1},
}
PLAIN_PART = {"value": "p", "always": "a"}
PLAIN = {
    "schemas": STORED["schemas"],
    "id": "1",
    "label": "l",
    "readWriteAlways": "a",
    "part": PLAIN_PART,
    "parts": [PLAIN_PART],
}


def test_a_plain_answer_holds_neither_secrets_nor_what_comes_on_request(specimen):
    assert default_view(specimen, STORED) == PLAIN


def test_what_comes_on_request_comes_back_on_a_write_that_named_it(specimen):
    written = ["readWriteRequest", "part.quiet", "label", "writeOnlyNever", "part.secret"]
    assert default_view(specimen, STORED, written) == {
        **PLAIN,
        "readWriteRequest": "r",
        "part": {**PLAIN_PART, "quiet": "q"},
    }
    assert default_view(specimen, STORED) == PLAIN


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["label"], {"label": "l"}),
        (["readWriteRequest", "readWriteNever"], {"readWriteRequest": "r"}),
        (["part"], {"part": PLAIN_PART}),
        (["part.value"], {"part": PLAIN_PART}),
        (["part.quiet"], {"part": {"always": "a", "quiet": "q"}}),
        (["part", "part.quiet"], {"part": {**PLAIN_PART, "quiet": "q"}}),
        (["part.quiet", "part"], {"part": {**PLAIN_PART, "quiet": "q"}}),
        (["parts.secret"], {}),
    ],
)
def test_named_attributes_come_unless_they_are_secret(specimen, names, expected):
    minimum = {"schemas": STORED["schemas"], "id": "1", "readWriteAlways": "a"}
    found = Projection.read(specimen, names).apply(specimen, STORED)
    assert found == {**minimum, **expected}


def test_what_is_always_sent_cannot_be_excluded(specimen):
    names = ["readWriteAlways", "part.always", "label", "parts", "readWriteRequest"]
    found = Projection.read(specimen, [], names).apply(specimen, STORED)
    assert found == {
        "schemas": STORED["schemas"],
        "id": "1",
        "readWriteAlways": "a",
        "part": PLAIN_PART,
    }
