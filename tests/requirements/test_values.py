"""Section B.3: names, types, characteristics and uniqueness of values."""

from uuid import uuid4

import pytest

from tests.requirements.client import ENTERPRISE, GROUP, USER, assert_error, path_of

SPECIMEN = "urn:example:params:scim:schemas:Specimen"
LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"


def a_specimen(**attributes):
    return {
        "schemas": [SPECIMEN, LABEL],
        "label": f"l{uuid4()}",
        LABEL: {"printed": "yes"},
        **attributes,
    }


def test_b12_names_match_in_any_case_and_come_back_as_the_schema_spells_them(acme):
    body = {
        "SCHEMAS": [USER],
        "USERNAME": "ann",
        "Name": {"GIVENNAME": "Ann"},
        "EXTERNALID": "e",
        "phonenumbers": [{"VALUE": "1", "TYPE": "work"}],
    }
    made = acme.post("/Users", body)
    assert made.status == 201
    assert made.body["userName"] == "ann"
    assert made.body["name"] == {"givenName": "Ann"}
    assert made.body["phoneNumbers"] == [{"value": "1", "type": "work"}]
    assert made.body["externalId"] == "e"
    assert acme.found("/Users", 'NAME.GIVENNAME eq "ann"') == [made.body["id"]]
    projected = acme.get(path_of(made.body), attributes="USERNAME,name.GivenName").body
    assert projected["userName"] == "ann"
    assert projected["name"] == {"givenName": "Ann"}
    change = {"OP": "Replace", "PATH": "NAME.FAMILYNAME", "VALUE": "Lee"}
    assert acme.patch(path_of(made.body), change).body["name"]["familyName"] == "Lee"


@pytest.mark.parametrize("value", [..., None, "", " ", "\t", [], {}])
@pytest.mark.parametrize(
    ("endpoint", "name"),
    [("/Users", "userName"), ("/Groups", "displayName"), ("/Specimens", "label")],
)
def test_b13_a_required_attribute_is_there_and_not_blank(anyone, endpoint, name, value):
    body = a_specimen() if endpoint == "/Specimens" else {}
    if endpoint == "/Groups":
        body = {"schemas": [GROUP]}
    body.pop(name, None)
    if value is not ...:
        body[name] = value
    assert name in assert_error(anyone.post(endpoint, body), 400, "invalidValue")


@pytest.mark.parametrize("part", [{"value": "x"}, {"needed": None, "value": "x"}])
def test_b13_a_required_sub_attribute_is_there(anyone, part):
    answer = anyone.post("/Specimens", a_specimen(strictParts=[part]))
    assert "strictParts" in assert_error(answer, 400, "invalidValue")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", None),
        ("title", ""),
        ("title", []),
        ("name", None),
        ("name", {}),
        ("name", {"givenName": ""}),
        ("name", {"givenName": None}),
        ("phoneNumbers", None),
        ("phoneNumbers", []),
        ("phoneNumbers", [{}]),
        ("phoneNumbers", [{"value": ""}]),
        ("phoneNumbers", [None]),
        (ENTERPRISE, {}),
        (ENTERPRISE, None),
        (ENTERPRISE, {"department": "", "manager": None}),
        ("externalId", ""),
        ("externalId", None),
        ("emails", None),
        ("password", None),
    ],
)
def test_b14_empty_values_unset_in_post_put_and_patch(anyone, name, value):
    full = {
        "schemas": [USER],
        "userName": f"u{uuid4()}",
        "title": "t",
        "name": {"givenName": "Ann"},
        "phoneNumbers": [{"value": "1"}],
        "externalId": f"{uuid4()}",
        "emails": [{"value": anyone.address(f"u{uuid4().hex}")}],
        ENTERPRISE: {"department": "d"},
    }
    made = anyone.post("/Users", {**full, name: value})
    assert made.status == 201, made.body
    assert name not in made.body
    path = path_of(made.body)
    again = anyone.put(path, full)
    assert again.status == 200, again.body
    assert name == "password" or name in again.body
    put = anyone.put(path, {**full, name: value})
    assert put.status == 200, put.body
    assert name not in put.body
    anyone.put(path, full)
    patched = anyone.patch(path, {"op": "replace", "path": name, "value": value})
    if name in ("name", ENTERPRISE) and value:
        # A complex value is merged (C23, C32): what it names is unset, and with it the rest.
        assert patched.status == 200, patched.body
    else:
        assert patched.status == 200, patched.body
        assert name == "password" or value == {} or name not in patched.body


def test_b15_an_empty_group_has_an_empty_list_of_members_and_nothing_else_is_empty(acme):
    made = acme.new_group().body
    assert made["members"] == []
    assert acme.get("/Groups").body["Resources"][0]["members"] == []
    assert "members" not in acme.get(path_of(made), excludedAttributes="members").body
    user = acme.user()
    assert not [name for name, value in user.items() if value in ([], {}, "", None)]


@pytest.mark.parametrize(
    "more",
    [
        {"nonsense": 1},
        {"name": {"nonsense": 1}},
        {"emails": [{"nonsense": 1}]},
        {ENTERPRISE: {"nonsense": 1}},
        {"urn:example:unknown": {"a": 1}},
    ],
)
def test_b16_unknown_attributes_are_passed_over_and_noted_or_refused(org, more):
    tolerant, strict = org.connection(), org.connection("strict-interop")
    body = {"schemas": [USER, ENTERPRISE], "userName": "ann", **more}
    made = tolerant.post("/Users", body)
    assert made.status == 201, made.body
    assert "nonsense" not in str(made.body)
    assert next(iter(more)).rpartition(":")[2].lower() in org.log().lower()
    refused = strict.post("/Users", {**body, "userName": "bob"})
    assert_error(refused, 400, "invalidSyntax")


GOOD = [
    ("booleanOne", True),
    ("booleanOne", False),
    ("integerOne", 0),
    ("integerOne", -(2**53)),
    ("integerOne", 2**63 - 1),
    ("decimalOne", 1.5),
    ("decimalOne", 2),
    ("decimalOne", 1e300),
    ("decimalOne", -0.000001),
    ("dateTimeOne", "2026-01-31T23:59:59Z"),
    ("dateTimeOne", "2026-01-31T23:59:59.1234567+05:30"),
    ("dateTimeOne", "2024-02-29T00:00:00-12:00"),
    ("binaryOne", "AAEC"),
    ("binaryOne", "AAE="),
    ("binaryOne", "AAE"),
    ("binaryOne", "+/+/"),
    ("referenceOne", "https://example.test/a?b=c#d"),
    ("referenceOne", "urn:x:y"),
    ("referenceOne", "../relative"),
    ("stringOne", "a"),
    ("stringOne", " kept as it is "),
    ("stringMany", ["a", "b"]),
    ("booleanMany", [True]),
    ("integerMany", [1, 2]),
    ("part", {"value": "x", "count": 3, "tags": ["a"]}),
]
BAD = [
    ("booleanOne", "yes"),
    ("booleanOne", 1),
    ("booleanOne", {"a": 1}),
    ("integerOne", 1.0),
    ("integerOne", 1.5),
    ("integerOne", "1"),
    ("integerOne", True),
    ("integerOne", 2**63),
    ("decimalOne", "1.5"),
    ("decimalOne", True),
    ("dateTimeOne", "2026-01-31"),
    ("dateTimeOne", "2026-02-30T00:00:00Z"),
    ("dateTimeOne", "2026-01-31T25:00:00Z"),
    ("dateTimeOne", "yesterday"),
    ("dateTimeOne", 5),
    ("binaryOne", "A"),
    ("binaryOne", "AA=A"),
    ("binaryOne", "AA E"),
    ("binaryOne", "A-_A"),
    ("binaryOne", "===="),
    ("binaryOne", 5),
    ("referenceOne", 5),
    ("stringOne", 5),
    ("stringOne", True),
    ("stringOne", {"a": "b"}),
    ("stringOne", ["a", "b"]),
    ("stringMany", [1]),
    ("stringMany", [["a", "b"]]),
    ("part", "x"),
    ("part", [{"value": "x"}, {"value": "y"}]),
    ("part", {"count": "3"}),
    ("parts", [[{"value": "x"}]]),
]


@pytest.mark.parametrize(("name", "value"), GOOD, ids=str)
def test_b17_b20_a_value_of_its_type_comes_back_as_it_was_sent(anyone, name, value):
    made = anyone.post("/Specimens", a_specimen(**{name: value}))
    assert made.status == 201, made.body
    assert anyone.get(path_of(made.body)).body[name] == value


@pytest.mark.parametrize(("name", "value"), BAD, ids=str)
def test_b17_a_value_of_another_type_is_refused_by_name(anyone, name, value):
    answer = anyone.post("/Specimens", a_specimen(**{name: value}))
    detail = assert_error(answer, 400, "invalidValue")
    assert name in detail or "64 bits" in detail
    made = anyone.post("/Specimens", a_specimen()).body
    change = {"op": "replace", "path": name, "value": value}
    assert_error(anyone.patch(path_of(made), change), 400, "invalidValue")


def test_b17_booleans_as_text_and_lone_values_are_the_profiles_matter(org):
    tolerant, strict = org.connection(), org.connection("strict-interop")
    body = {"schemas": [USER], "userName": "ann", "active": "False"}
    assert tolerant.post("/Users", body).body["active"] is False
    assert_error(strict.post("/Users", {**body, "userName": "b"}), 400, "invalidValue")
    lone = {"schemas": [USER], "userName": "cy", "phoneNumbers": {"value": "1"}}
    assert tolerant.post("/Users", lone).body["phoneNumbers"] == [{"value": "1"}]
    assert_error(strict.post("/Users", {**lone, "userName": "d"}), 400, "invalidValue")


def test_b18_b19_formats_are_enforced_only_where_they_are_asked_for(org):
    tolerant, strict = org.connection(), org.connection(strict_formats="on")
    for number, (name, value) in enumerate(
        [
            ("x509Certificates", [{"value": "AAECAw=="}]),
            ("profileUrl", "not a URI"),
            ("preferredLanguage", "not a language"),
            ("locale", "??"),
            ("timezone", "nowhere at all"),
            ("addresses", [{"country": "Germany"}]),
            ("photos", [{"value": "no uri"}]),
        ]
    ):
        body = {"schemas": [USER], "userName": f"u{number}", name: value}
        made = tolerant.post("/Users", body)
        assert made.status == 201, made.body
        assert made.body[name] == value
        refused = strict.post("/Users", {**body, "userName": f"s{number}"})
        assert name in assert_error(refused, 400, "invalidValue")
    bad = {"schemas": [USER], "userName": "z", "x509Certificates": [{"value": "no base64!"}]}
    assert_error(tolerant.post("/Users", bad), 400, "invalidValue")


@pytest.mark.parametrize(
    "text",
    [
        "  padded ",
        "MiXeD",
        "tel:+1-201-555-0123",
        "é́\u0065\u0301",
        "\U0001f600",
        "עברית",
        "a\tb\nc",
    ],
)
def test_b20_b66_texts_come_back_byte_for_byte(anyone, text):
    made = anyone.user(
        f"u{uuid4()}", title=text, phoneNumbers=[{"value": text}], externalId=f"{uuid4()}"
    )
    read = anyone.get(path_of(made)).body
    assert read["title"] == text
    assert read["phoneNumbers"] == [{"value": text}]


@pytest.mark.parametrize(
    ("stored", "sent", "same"),
    [
        ("Ann", "aNN", True),
        ("\u00c9mile", "e\u0301mile", True),
        ("STRASSE", "straße", False),
        ("\uff21\uff2e\uff2e", "ann", True),
        ("André", "Andre", False),
        ("ﬁn", "fin", False),
        ("İ", "i̇", True),
    ],
)
def test_b21_b22_names_are_compared_by_their_key(acme, stored, sent, same):
    made = acme.user(stored)
    assert made["userName"] == stored
    assert acme.found("/Users", f'userName eq "{sent}"') == ([made["id"]] if same else [])
    again = acme.new_user(sent)
    if same:
        assert_error(again, 409, "uniqueness")
    else:
        assert again.status == 201


def test_b22_what_is_case_exact_and_what_is_not(acme):
    boss = acme.user("Boss", externalId="Ext")
    ann = acme.user(
        "Ann",
        displayName="Ann Lee",
        emails=[{"value": acme.address("Ann"), "type": "Work"}],
        **{ENTERPRISE: {"manager": {"value": boss["id"]}}},
    )
    for text, ids in [
        ('userName eq "ANN"', [ann["id"]]),
        ('displayName eq "ANN LEE"', [ann["id"]]),
        (f'emails.value eq "{acme.address("ANN")}"', [ann["id"]]),
        ('emails.type eq "wORK"', [ann["id"]]),
        ('externalId eq "ext"', []),
        ('externalId eq "Ext"', [boss["id"]]),
        (f'id eq "{ann["id"].upper()}"', []),
        (f'{ENTERPRISE}:manager.value eq "{boss["id"]}"', [ann["id"]]),
        (f'{ENTERPRISE}:manager.value eq "{boss["id"].upper()}"', []),
    ]:
        assert acme.found("/Users", text) == ids, text


def test_b23_b24_a_user_name_is_unique_in_its_organization_and_can_be_found(org, other):
    acme, second = org.connection(), org.connection("okta")
    ann = acme.user("ann", active=False)
    bob = acme.user("bob")
    for client in (acme, second):
        refused = client.new_user("ANN")
        assert "userName" in assert_error(refused, 409, "uniqueness")
        assert client.found("/Users", 'userName eq "ANN"') == [ann["id"]]
    put = acme.put(path_of(bob), {"schemas": [USER], "userName": "Ann"})
    assert_error(put, 409, "uniqueness")
    change = {"op": "replace", "path": "userName", "value": "aNN"}
    assert_error(acme.patch(path_of(bob), change), 409, "uniqueness")
    assert acme.patch(path_of(ann), change).body["userName"] == "aNN"
    assert other.connection().new_user("ann").status == 201


def test_b23_group_names_and_first_addresses_are_unique_under_their_switches(org):
    acme = org.connection()
    free = org.connection(unique_group_names="off", unique_emails="off", unique_external_ids="off")
    team = acme.group("Team")
    assert "displayName" in assert_error(acme.new_group("TEAM"), 409, "uniqueness")
    assert acme.found("/Groups", 'displayName eq "tEAM"') == [team["id"]]
    rest = acme.group("Rest")
    change = {"op": "replace", "path": "displayName", "value": "team"}
    assert_error(acme.patch(path_of(rest), change), 409, "uniqueness")
    assert free.new_group("Team").status == 201
    one, two = acme.address("one"), acme.address("two")
    acme.user("ann", emails=[{"value": one}, {"value": two}])
    assert "emails" in assert_error(
        acme.new_user("bob", emails=[{"value": one.upper()}]), 409, "uniqueness"
    )
    assert acme.new_user("cy", emails=[{"value": two}]).status == 201
    shared = [{"value": one}, {"value": acme.address("three"), "primary": True}]
    assert acme.new_user("dee", emails=shared).status == 201
    assert free.new_user("eve", emails=[{"value": one}]).status == 201


def test_b23_a_change_of_the_first_address_moves_what_is_unique(acme):
    one, two, three = (acme.address(name) for name in ("one", "two", "three"))
    ann = acme.user("ann", emails=[{"value": one, "primary": True}, {"value": two}])
    bob = acme.user("bob", emails=[{"value": two}])
    second = 'emails[value eq "{}"].primary'
    change = {"op": "replace", "path": second.format(two), "value": True}
    assert_error(acme.patch(path_of(ann), change), 409, "uniqueness")
    assert acme.get(path_of(ann)).body == ann
    move = {"op": "replace", "path": "emails", "value": [{"value": three}]}
    assert acme.patch(path_of(bob), move).status == 200
    assert acme.patch(path_of(ann), change).status == 200
    assert acme.new_user("cy", emails=[{"value": one}]).status == 201
    assert_error(acme.new_user("dee", emails=[{"value": two}]), 409, "uniqueness")
    now = acme.get(path_of(ann)).body
    assert acme.put(path_of(ann), now).status == 200
    assert acme.patch(path_of(ann), {"op": "remove", "path": "emails"}).status == 200
    assert acme.new_user("dee", emails=[{"value": two}]).status == 201


def test_b23_a_name_may_change_its_case_and_comes_free_when_it_changes(acme):
    ann = acme.user("ann")
    path = path_of(ann)
    for name in ("ANN", "Ann", "bea", "ann"):
        body = {"schemas": [USER], "userName": name}
        assert acme.put(path, body).body["userName"] == name
    acme.put(path, {"schemas": [USER], "userName": "bea"})
    assert acme.new_user("ann").status == 201
    assert_error(acme.put(path, {"schemas": [USER], "userName": "ANN"}), 409, "uniqueness")
    team = acme.group("Team")
    for name in ("TEAM", "Crew"):
        change = {"op": "replace", "path": "displayName", "value": name}
        assert acme.patch(path_of(team), change).body["displayName"] == name
    assert acme.new_group("team").status == 201


def test_b25_each_connection_has_external_ids_of_its_own(org):
    acme, second = org.connection(), org.connection()
    loose = org.connection(unique_external_ids="off")
    ann = acme.user("ann", externalId="E1")
    path = path_of(ann)
    assert "externalId" not in second.get(path).body
    assert second.found("/Users", 'externalId eq "E1"') == []
    change = {"op": "add", "path": "externalId", "value": "theirs"}
    assert second.patch(path, change).body["externalId"] == "theirs"
    assert acme.get(path).body["externalId"] == "E1"
    assert acme.found("/Users", 'externalId eq "E1"') == [ann["id"]]
    assert acme.found("/Users", 'externalId eq "e1"') == []
    refused = acme.new_user("bob", externalId="E1")
    assert "externalId" in assert_error(refused, 409, "uniqueness")
    assert acme.new_group("Team", externalId="E1").status == 201
    assert second.new_user("cy", externalId="E1").status == 201
    loose.user("dee", externalId="X")
    assert loose.new_user("eve", externalId="X").status == 201
    assert "externalId" not in acme.user("fay")


def test_b26_suggested_values_are_kept_open_unless_the_switch_closes_them(org):
    tolerant, closed = org.connection(), org.connection(canonical_types="closed")
    part = [{"value": "x", "type": "middle"}]
    made = tolerant.post("/Specimens", a_specimen(parts=part, size="huge"))
    assert made.body["parts"] == part
    assert made.body["size"] == "huge"
    for more in ({"parts": part}, {"size": "huge"}):
        assert_error(closed.post("/Specimens", a_specimen(**more)), 400, "invalidValue")
    assert closed.post("/Specimens", a_specimen(size="LARGE")).status == 201


def test_b27_one_value_is_primary_at_most_and_none_is_invented(acme):
    two = [{"value": "1", "primary": True}, {"value": "2", "primary": True}]
    assert "phoneNumbers" in assert_error(
        acme.new_user("ann", phoneNumbers=two), 400, "invalidValue"
    )
    made = acme.user("ann", phoneNumbers=[{"value": "1", "primary": True}, {"value": "2"}])
    path = path_of(made)
    put = acme.put(path, {"schemas": [USER], "userName": "ann", "phoneNumbers": two})
    assert_error(put, 400, "invalidValue")
    operation = {"op": "add", "path": "phoneNumbers", "value": two}
    assert_error(acme.patch(path, operation), 400, "invalidValue")
    moved = acme.patch(
        path, {"op": "replace", "path": 'phoneNumbers[value eq "2"].primary', "value": True}
    ).body["phoneNumbers"]
    assert [each.get("primary") for each in moved] in ([False, True], [None, True])
    plain = acme.user("bob", phoneNumbers=[{"value": "1"}])
    assert plain["phoneNumbers"] == [{"value": "1"}]


def test_b28_entries_of_one_type_and_value_become_one_in_the_order_sent(acme):
    made = acme.user(
        "ann",
        phoneNumbers=[
            {"value": "2", "type": "work"},
            {"value": "1", "type": "work", "display": "first"},
            {"value": "2", "type": "home"},
            {"value": "1", "type": "WORK", "display": "second"},
        ],
    )
    shown = [
        (each["value"], each["type"].lower(), each.get("display")) for each in made["phoneNumbers"]
    ]
    assert shown == [("2", "work", None), ("1", "work", "second"), ("2", "home", None)]


def test_b30_an_immutable_value_is_set_once(acme):
    made = acme.post("/Specimens", a_specimen()).body
    path = path_of(made)
    first = {"op": "add", "path": "immutableDefault", "value": "one"}
    assert acme.patch(path, first).body["immutableDefault"] == "one"
    assert acme.patch(path, first).status == 200
    assert_error(acme.patch(path, {**first, "value": "two"}), 400, "mutability")
    body = a_specimen(label=made["label"])
    assert acme.put(path, {**body, "immutableDefault": "one"}).status == 200
    assert_error(acme.put(path, {**body, "immutableDefault": "two"}), 400, "mutability")
    assert acme.put(path, body).body["immutableDefault"] == "one"
    gone = acme.patch(path, {"op": "remove", "path": "immutableDefault"})
    assert_error(gone, 400, "mutability")


def test_b31_returned_decides_what_is_shown(acme):
    names = {f"readWrite{when}": "x" for when in ("Always", "Request", "Never")}
    made = acme.post("/Specimens", a_specimen(stringOne="d", **names))
    path = path_of(made.body)
    shown = made.body
    assert shown["readWriteAlways"] == "x"
    assert "readWriteNever" not in shown
    plain = acme.get(path).body
    assert not {"readWriteRequest", "readWriteNever"} & set(plain)
    asked = acme.get(path, attributes="readWriteRequest,readWriteNever").body
    assert asked["readWriteRequest"] == "x"
    assert asked["readWriteAlways"] == "x"
    assert not {"readWriteNever", "stringOne"} & set(asked)
    left_out = acme.get(path, excludedAttributes="readWriteAlways,stringOne,id").body
    assert left_out["readWriteAlways"] == "x"
    assert left_out["id"] == made.body["id"]
    assert "stringOne" not in left_out


def test_b31_what_is_returned_on_request_comes_back_on_a_write_that_named_it(acme):
    made = acme.post("/Specimens", a_specimen(readWriteRequest="x"))
    assert made.body["readWriteRequest"] == "x"
    path = path_of(made.body)
    body = a_specimen(label=made.body["label"])
    assert acme.put(path, {**body, "readWriteRequest": "y"}).body["readWriteRequest"] == "y"
    change = {"op": "replace", "path": "readWriteRequest", "value": "z"}
    assert acme.patch(path, change).body["readWriteRequest"] == "z"
    unrelated = {"op": "replace", "path": "stringOne", "value": "z"}
    assert "readWriteRequest" not in acme.patch(path, unrelated).body


def test_b32_b60_b61_secrets_are_taken_and_never_seen_again(org):
    acme = org.connection()
    secret = "Sw0rdfish-Very-Secret"
    made = acme.new_user("ann", password=secret)
    path = path_of(made.body)
    answers = [
        made,
        acme.put(path, {"schemas": [USER], "userName": "ann", "password": secret}),
        acme.patch(path, {"op": "replace", "path": "password", "value": secret}),
        acme.patch(path, {"op": "add", "value": {"password": secret}}),
        acme.get(path, attributes="password"),
        acme.get("/Users"),
    ]
    tags = {answer.headers.get("ETag") for answer in answers} - {None}
    assert tags == {made.headers["ETag"]}
    for answer in answers:
        assert answer.status in (200, 201)
        assert secret not in str(answer.body)
        assert "password" not in answer.body
    for refused in (
        acme.new_user("bob", password=[secret, secret]),
        acme.new_user("bob", password={"x": secret}),
        acme.new_user("bob", password=secret * 500),
    ):
        assert secret not in assert_error(refused, 400, "invalidValue")
    for text in (f'password eq "{secret}"', "password pr", f'password co "{secret}"'):
        assert secret not in assert_error(acme.get("/Users", filter=text), 400, "invalidFilter")
    assert acme.get("/Users", sortBy="password").status == 400
    assert secret not in org.log()
    specimen = acme.post("/Specimens", a_specimen(writeOnlyNever=secret)).body
    assert secret not in str(acme.get(path_of(specimen), attributes="writeOnlyNever").body)


def test_b33_references_lead_to_what_they_name(acme):
    boss, chief = acme.user("boss"), acme.user("chief")
    ann = acme.user(
        "ann", **{ENTERPRISE: {"manager": {"value": boss["id"], "$ref": "https://evil.example/x"}}}
    )
    manager = ann[ENTERPRISE]["manager"]
    assert manager["$ref"] == boss["meta"]["location"]
    assert acme.get(path_of({"meta": {"location": manager["$ref"]}})).body["id"] == boss["id"]
    path = f"{ENTERPRISE}:manager.value"
    moved = acme.patch(path_of(ann), {"op": "replace", "path": path, "value": chief["id"]}).body
    assert moved[ENTERPRISE]["manager"]["$ref"] == chief["meta"]["location"]
    team = acme.group("Team", ann["id"])
    (member,) = team["members"]
    assert member["$ref"] == ann["meta"]["location"]
    (group,) = acme.get(path_of(ann)).body["groups"]
    assert group["$ref"] == team["meta"]["location"]
