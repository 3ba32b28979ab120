"""Filters over HTTP: which users a filter finds, and what is refused (D.2, D.3)."""

import pytest

from tests.requirements.client import ENTERPRISE, LIST, USER, Client, path_of
from tests.requirements.common import EVERY, SEARCH, TOLERANT, fresh, refused

SHORT = "x" * 8_100


class People:
    """An organization with known users and groups, the same for every case."""

    def __init__(self, world):
        self.users = {}
        self.world, self.domain = world, f"{fresh('people')}.test"
        self.slug = world.organization(fresh("People"), self.domain)
        self.clients = {}
        acme = self.client()
        mail = self.domain
        boss = self._add(acme, "boss", userName="BOSS", title="Chief", externalId="E-1")
        self._add(
            acme,
            "ann",
            userName=f"Ann@{mail}",
            title="Engineer",
            displayName="Ann Lee",
            name={"givenName": "Ann", "familyName": "Lee", "formatted": 'A "quoted" name'},
            emails=[
                {"value": f"ann@{mail}", "type": "work", "primary": True},
                {"value": f"home@{mail}", "type": "home"},
            ],
            phoneNumbers=[{"value": "+1-555", "type": "work"}],
            profileUrl="https://example.org/Ann",
            externalId="E-2",
            **{
                ENTERPRISE: {
                    "employeeNumber": "701984",
                    "department": "Tools",
                    "manager": {"value": boss["id"]},
                }
            },
        )
        self._add(
            acme,
            "bob",
            userName=f"bob@{mail}",
            title="100%_\\",
            nickName="Étienne",
            active=False,
            emails=[{"value": f"bob@{mail}", "type": "home"}],
            x509Certificates=[{"value": "SGVsbG8="}],
        )
        self._add(acme, "cleo", userName="cleo", title="engineer", displayName="日本 😀")
        members = [{"value": self.users[each]["id"]} for each in ("ann", "bob")]
        self.team = acme.new_group("Team", members=members).body
        self.outer = acme.new_group("Outer", members=[{"value": self.team["id"]}]).body

    def _add(self, client, who, **attributes):
        schemas = [USER, ENTERPRISE] if ENTERPRISE in attributes else [USER]
        made = client.post("/Users", {"schemas": schemas, **attributes})
        assert made.status == 201, made.body
        self.users[who] = made.body
        return made.body

    def client(self, profile="generic"):
        if profile not in self.clients:
            self.clients[profile] = Client(self.world.connection(self.slug, profile), self.domain)
        return self.clients[profile]

    def names(self, answer):
        assert answer.status == 200, answer.body
        known = {user["id"]: name for name, user in self.users.items()}
        known |= {self.team["id"]: "team", self.outer["id"]: "outer"}
        return {known[each["id"]] for each in answer.body["Resources"]}

    def filled(self, text):
        for name, user in self.users.items():
            text = text.replace(f"{{{name}}}", user["id"])
        text = text.replace("{team}", self.team["id"]).replace("{outer}", self.outer["id"])
        return text.replace("{mail}", self.domain).replace("{E}", ENTERPRISE).replace("{C}", USER)


@pytest.fixture(scope="session")
def populations():
    return {}


@pytest.fixture
def people(world, populations):
    if id(world) not in populations:
        populations[id(world)] = People(world)
    return populations[id(world)]


ALL = {"boss", "ann", "bob", "cleo"}
FOUND = [
    ("D6", 'userName eq "boss"', {"boss"}),
    ("D6", 'USERNAME EQ "boss"', {"boss"}),
    ("D6", 'userName ne "boss"', ALL - {"boss"}),
    ("D6", 'title co "gin"', {"ann", "cleo"}),
    ("D6", 'title sw "ENG"', {"ann", "cleo"}),
    ("D6", 'title ew "EER"', {"ann", "cleo"}),
    ("D6", 'title gt "chief"', {"ann", "cleo"}),
    ("D6", 'title ge "chief"', {"boss", "ann", "cleo"}),
    ("D6", 'title lt "chief"', {"bob"}),
    ("D6", 'title le "Chief"', {"bob", "boss"}),
    ("D6", "displayName pr", {"ann", "cleo"}),
    ("D7", 'userName eq "boss" or userName eq "cleo" and title eq "no"', {"boss"}),
    ("D7", '(userName eq "boss" or userName eq "cleo") and title eq "no"', set()),
    ("D7", 'not (title pr) or title eq "chief" and active eq true', {"boss"}),
    (
        "D7",
        'emails[type eq "home" or type eq "work" and primary eq true]',
        {"ann", "bob"},
    ),
    ("D8", 'not(title co "eng")', {"boss", "bob"}),
    ("D8", 'not (not (title co "eng"))', {"ann", "cleo"}),
    ("D9", 'nickName eq "\\u00c9tienne"', {"bob"}),
    ("D9", 'name.formatted eq "A \\"quoted\\" name"', {"ann"}),
    ("D9 D15", 'title eq "100%_\\\\"', {"bob"}),
    ("D15 percent is literal", 'title co "%"', {"bob"}),
    ("D15 underscore is literal", 'title co "_"', {"bob"}),
    ("D15 backslash is literal", 'title ew "\\\\"', {"bob"}),
    ("D15 no SQL", 'userName eq "a\' OR 1=1 --"', set()),
    ("D11", '{C}:userName eq "boss"', {"boss"}),
    ("D11", '{C}:name.givenName eq "ann"', {"ann"}),
    ("D11", '{E}:employeeNumber eq "701984"', {"ann"}),
    ("D11", '{E}:manager.value eq "{boss}"', {"ann"}),
    ("D11 any case", 'URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:USER:USERNAME eq "boss"', {"boss"}),
    ("D12", 'emails[type eq "work" and value eq "ann@{mail}"]', {"ann"}),
    ("D12 same element", 'emails[type eq "home" and value eq "ann@{mail}"]', set()),
    ("D12 J1.11", 'emails[type eq "work"].value eq "ann@{mail}"', {"ann"}),
    ("D12", 'emails[type eq "home"].value pr', {"ann", "bob"}),
    ("D12", 'emails[not (type eq "home")]', {"ann"}),
    ("D17", 'meta.created gt "2020-01-01T00:00:00Z"', ALL),
    ("D17 offset", 'meta.created lt "2020-01-01T00:00:00.1234567+02:00"', set()),
    ("D17 no offset", 'meta.lastModified ge "2020-01-01T00:00:00"', ALL),
    ("D17 co", 'meta.created co "2026"', set()),
    ("D18 any", 'emails.type eq "home"', {"ann", "bob"}),
    ("D18 J3.18 ne", 'emails.type ne "home"', {"boss", "cleo"}),
    ("D18 not eq", 'not (emails.type eq "home")', {"boss", "cleo"}),
    ("D18 ne per element", 'emails[type ne "home"]', {"ann"}),
    ("D19", "displayName eq null", {"boss", "bob"}),
    ("D19", "displayName ne null", {"ann", "cleo"}),
    ("D19", "displayName gt null", set()),
    ("D19", "displayName co null", set()),
    ("D19 pr of false", "active pr", ALL),
    ("D20", 'not (displayName eq "Ann Lee")', ALL - {"ann"}),
    ("D20", 'not (displayName gt "a")', {"boss", "bob"}),
    ("D20", 'not (name.givenName co "n")', ALL - {"ann"}),
    ("D20", 'not (emails[type eq "work"])', ALL - {"ann"}),
    ("D21", 'emails co "home@"', {"ann"}),
    ("D21", 'emails eq "BOB@{mail}"', {"bob"}),
    ("D21", 'schemas eq "{E}"', {"ann"}),
    ("D21", 'schemas eq "{C}"', ALL),
    ("D21", 'groups.value eq "{team}"', {"ann", "bob"}),
    ("D21", 'groups.value eq "{outer}"', {"ann", "bob"}),
    ("D21", 'groups eq "{team}"', {"ann", "bob"}),
    ("D21 J1.10", 'id eq "{ann}" and manager eq "{boss}"', {"ann"}),
    ("D21", 'id eq "{bob}" and manager eq "{boss}"', set()),
    ("D21", 'id eq "{ann}" and {E}:manager eq "{boss}"', {"ann"}),
    ("table string B22", 'externalId eq "E-1"', {"boss"}),
    ("table exact B22", 'externalId eq "e-1"', set()),
    ("table exact B22", 'id eq "unknown"', set()),
    ("table exact B22", 'id ne "unknown"', ALL),
    ("table reference", 'profileUrl eq "https://example.org/Ann"', {"ann"}),
    ("table reference", 'profileUrl eq "https://example.org/ann"', set()),
    ("table reference", 'profileUrl co "Ann"', {"ann"}),
    ("table reference", "profileUrl pr", {"ann"}),
    ("table boolean", "active eq false", {"bob"}),
    ("table boolean", "active ne false", ALL - {"bob"}),
    ("table boolean P7", 'active eq "False"', {"bob"}),
    ("table boolean P7", "active eq True", ALL - {"bob"}),
    ("table binary", 'x509Certificates.value eq "SGVsbG8="', {"bob"}),
    ("table binary", "x509Certificates pr", {"bob"}),
    ("table complex", "name pr", {"ann"}),
    ("table complex with value", 'manager eq "{boss}"', {"ann"}),
    ("table multi-valued", "emails pr", {"ann", "bob"}),
    ("table string non-ASCII", 'displayName eq "日本 😀"', {"cleo"}),
    ("B21 fold", 'nickName eq "étienne"', {"bob"}),
    ("B21 NFC", 'nickName eq "E\u0301TIENNE"', {"bob"}),
    ("B21 accents distinguish", 'nickName eq "etienne"', set()),
    ("P20 J1.2", 'userName eq "5f0c4a1e-0000-4000-8000-000000000000"', set()),
    ("C5 unqualified", 'department eq "tools"', {"ann"}),
    ("D16 a number for a string", "userName eq 5", set()),
    ("D16 as spelled", "{E}:employeeNumber eq 701984", {"ann"}),
    ("D13 bare", "userName eq boss", {"boss"}),
    ("D13 bare address", "emails.value eq ann@{mail}", {"ann"}),
    ("D13 inside brackets", "emails[type eq work]", {"ann"}),
    ("D23 J1.2 no such user", 'emails.value eq "nobody@{mail}"', set()),
    ("newlines", 'userName eq "boss"\n or\n userName eq "cleo"', {"boss", "cleo"}),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [case[1:] for case in FOUND],
    ids=[f"{case[0]} {case[1]}" for case in FOUND],
)
def test_a_filter_finds_who_it_describes(people, text, expected):
    """D1: also in a body (D47), and totals say how many."""
    client, text = people.client(), people.filled(text)
    answer = client.get("/Users", filter=text)
    assert people.names(answer) == expected
    body = answer.body
    assert body["schemas"] == [LIST]
    assert (body["totalResults"], body["itemsPerPage"]) == (len(expected), len(expected))
    searched = client.post("/Users/.search", {"schemas": [SEARCH], "filter": text})
    assert searched.body == body
    counted = client.get("/Users", filter=text, count=0)
    assert (counted.body["totalResults"], counted.body["Resources"]) == (len(expected), [])


GROUPS = [
    ("D21 IPSIE", 'members[value eq "{ann}"]', {"team"}),
    ("D21", 'members.value eq "{ann}"', {"team"}),
    ("D21 J1.10", 'id eq "{team}" and members eq "{bob}"', {"team"}),
    ("D21", 'id eq "{team}" and members eq "{boss}"', set()),
    ("D21 unknown", 'members eq "unknown"', set()),
    ("D21 group member", 'members.value eq "{team}"', {"outer"}),
    ("D21 type", 'members.type eq "Group"', {"outer"}),
    ("D21 element", 'members[type eq "User" and value eq "{ann}"]', {"team"}),
    ("D21 ne", 'members.value ne "{ann}"', {"outer"}),
    ("D12", "members pr", {"team", "outer"}),
    ("B22", 'displayName eq "TEAM"', {"team"}),
    ("P20", 'displayName eq "nobody"', set()),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in GROUPS], ids=[f"{c[0]} {c[1]}" for c in GROUPS]
)
def test_a_filter_finds_groups_by_their_members(people, text, expected):
    answer = people.client().get("/Groups", filter=people.filled(text))
    assert people.names(answer) == expected


REFUSED = [
    ("D14 empty", ""),
    ("D14 blank", "   "),
    ("D14 operator", 'userName regex "x"'),
    ("D14 text after", 'userName eq "a" userName eq "b"'),
    ("D14 half", "userName eq"),
    ("D14 name alone", "userName"),
    ("D14 open", '(userName eq "a"'),
    ("D14 closed", 'userName eq "a")'),
    ("D14 xor", 'userName eq "a" xor userName eq "b"'),
    ("D14 pr value", 'userName pr "x"'),
    ("D14 semicolon", 'userName eq "a"; DROP TABLE users'),
    ("D8 not", "not title pr"),
    ("D9 single quotes", "userName eq 'abc'"),
    ("D9 escape", 'displayName eq "bad\\qescape"'),
    ("D9 unterminated", 'userName eq "abc'),
    ("D9 number", "meta.created eq 01"),
    ("D12 nested", 'emails[addresses[type eq "x"]]'),
    ("D12 twice", 'emails[type eq "work"][primary eq true]'),
    ("D12 one value", 'name[givenName eq "x"]'),
    ("D15 length", f'userName eq "{SHORT}" or userName eq "{"y" * 90}"'),
    ("D15 terms", " or ".join(['userName eq "a"'] * 257)),
    ("D15 depth", "not (" * 33 + "title pr" + ")" * 33),
    ("table boolean co", 'active co "t"'),
    ("table boolean gt", "active gt true"),
    ("table binary co", 'x509Certificates.value co "S"'),
    ("table binary gt", 'x509Certificates.value gt "S"'),
    ("table complex eq", 'name eq "Ann"'),
    ("table complex gt", 'addresses gt "x"'),
    ("table writeOnly B60 T18", 'password eq "x"'),
    ("table writeOnly pr", "password pr"),
    ("table writeOnly co", 'password co "x"'),
    ("table writeOnly null", "password eq null"),
    ("D16 boolean", 'active eq "maybe"'),
    ("D16 boolean number", "active eq 1"),
    ("D16 date", 'meta.created gt "yesterday"'),
    ("D16 date without time", 'meta.created gt "2020-13-45T00:00:00Z"'),
    ("D16 true for a string", "userName eq true"),
    ("D22 unknown", 'nope eq "x"'),
    ("D22 unknown sub", 'name.nope eq "x"'),
    ("D22 another type's", "members pr"),
    ("D22 unknown in brackets", 'emails[nope eq "x"]'),
    ("D22 unknown URN", 'urn:x:y:userName eq "x"'),
    ("T20 NUL", 'userName eq "a\\u0000b"'),
    ("T20 surrogate", 'userName eq "\\ud800"'),
]


@pytest.mark.parametrize("profile", ["generic", "strict-interop"])
@pytest.mark.parametrize("text", [each for _, each in REFUSED], ids=[name for name, _ in REFUSED])
def test_a_filter_that_means_nothing_is_refused(people, text, profile):
    client = people.client(profile)
    refused(client.get("/Users", filter=text), "invalidFilter")
    refused(client.post("/Users/.search", {"schemas": [SEARCH], "filter": text}), "invalidFilter")


def test_the_bounds_themselves_are_accepted(people):
    """D15."""
    client = people.client()
    for text in (
        f'userName eq "{"x" * (8_192 - 14)}"',
        " or ".join(['userName eq "a"'] * 256),
        "not (" * 31 + "title pr" + ")" * 31,
        "(" * 200 + "title pr" + ")" * 200,
    ):
        answer = client.get("/Users", filter=text)
        assert answer.status == 200, answer.body


@pytest.mark.parametrize("profile", EVERY)
def test_unquoted_values_are_for_those_who_send_them(people, profile):
    """D13, J4 unquoted_filter_values."""
    client = people.client(profile)
    tolerant = profile in ("generic", "entra")
    for text, found in (("userName eq boss", 1), ("{E}:employeeNumber eq 701984", 1)):
        answer = client.get("/Users", filter=people.filled(text))
        if tolerant:
            assert (answer.status, answer.body["totalResults"]) == (200, found)
        else:
            refused(answer, "invalidFilter")
    for text in ("userName eq bo!ss", "active eq maybe", "userName eq 'boss'"):
        refused(client.get("/Users", filter=text), "invalidFilter")


@pytest.mark.parametrize("profile", EVERY)
def test_booleans_as_text_are_for_those_who_send_them(people, profile):
    """D.3, J4 string_booleans."""
    answer = people.client(profile).get("/Users", filter='active eq "False"')
    if profile in TOLERANT:
        assert people.names(answer) == {"bob"}
    else:
        refused(answer, "invalidFilter")


@pytest.mark.parametrize("profile", EVERY)
def test_extension_attributes_without_their_urn_are_for_those_who_send_them(people, profile):
    """C5, J4 unqualified_extension_paths."""
    answer = people.client(profile).get("/Users", filter='department eq "Tools"')
    if profile in ("generic", "entra"):
        assert people.names(answer) == {"ann"}
    else:
        refused(answer, "invalidFilter", "department")


def test_a_time_we_returned_finds_what_came_after_it(common):
    """D17, J1.26, B5: as an instant, with seven digits and any offset."""
    client = common.client()
    first, second = client.user(fresh("u")), client.user(fresh("u"))
    moment = first["meta"]["lastModified"]
    assert first["id"] not in client.found("/Users", f'meta.lastModified gt "{moment}"')
    assert second["id"] in client.found("/Users", f'meta.lastModified gt "{moment}"')
    seven = moment.replace("Z", "0Z")
    for text in (moment, seven, moment.replace("Z", "+00:00"), moment.replace("Z", "")):
        assert client.found("/Users", f'meta.lastModified eq "{text}"') == [first["id"]]
    hours = f"{int(moment[11:13]) + 1:02}"
    if hours != "24":
        shifted = f"{moment[:11]}{hours}{moment[13:-1]}+01:00"
        assert client.found("/Users", f'meta.created eq "{shifted}"') == [first["id"]]


SPECIMEN = "urn:example:params:scim:schemas:Specimen"
LABEL = "urn:example:params:scim:schemas:extension:label:2.0:Specimen"
NUMBERS = [
    ("integerOne eq 0", {"zero"}),
    ("integerOne pr", {"zero", "five"}),
    ("integerOne gt 4", {"five"}),
    ("integerOne le 5.0", {"zero", "five"}),
    ("integerOne ne 5", {"zero", "none"}),
    ("decimalOne gt -1e3", {"zero", "five"}),
    ("decimalOne eq 3.14", {"five"}),
    ("integerMany eq 2", {"five"}),
    ("integerMany[value gt 1]", {"five"}),
    ("booleanMany eq true", {"five"}),
    ('dateTimeOne lt "2020-01-01T00:00:00+02:00"', {"zero"}),
    ('stringMany co "B"', {"five"}),
    ("integerOne gt 99999999999999999999", set()),
]


@pytest.fixture
def specimens(world, populations):
    key = ("specimens", id(world))
    if key not in populations:
        slug = world.organization(fresh("Specimens"))
        client = Client(world.connection(slug), "")
        body = {"schemas": [SPECIMEN, LABEL], LABEL: {"printed": "P"}}
        values = {
            "zero": {
                "integerOne": 0,
                "decimalOne": -1.5,
                "dateTimeOne": "2019-12-31T22:59:59.5+01:00",
            },
            "five": {
                "integerOne": 5,
                "decimalOne": 3.14,
                "integerMany": [1, 2],
                "booleanMany": [True],
                "stringMany": ["abc"],
                "dateTimeOne": "2020-06-01T00:00:00Z",
            },
            "none": {},
        }
        for label, more in values.items():
            made = client.post("/Specimens", {**body, "label": label, **more})
            assert made.status == 201, made.body
        populations[key] = client
    return populations[key]


@pytest.mark.parametrize(("text", "expected"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_numbers_and_lists_of_plain_values_are_compared(specimens, text, expected):
    """D.3: integer, decimal, dateTime, 0 counts as present."""
    answer = specimens.get("/Specimens", filter=text)
    assert answer.status == 200, answer.body
    assert {each["label"] for each in answer.body["Resources"]} == expected


@pytest.mark.parametrize(
    "text",
    [
        "integerOne co 5",
        "decimalOne sw 3",
        'integerOne eq "five"',
        "integerOne eq true",
        "integerOne gt 9e999",
        "writeOnlyNever pr",
        'readWriteNever eq "x"',
    ],
)
def test_numbers_have_no_parts_and_secrets_no_answer(specimens, text):
    refused(specimens.get("/Specimens", filter=text), "invalidFilter")


def test_another_organization_is_never_met(people, other):
    """D5: filters, totals, sorting, and error text."""
    stranger = other.connection()
    for query in ({}, {"filter": "userName pr"}, {"sortBy": "userName"}, {"cursor": ""}):
        answer = stranger.get("/Users", **query)
        assert (answer.body["totalResults"], answer.body["Resources"]) == (0, [])
    for name in ("ann", "boss"):
        refused(stranger.get(path_of(people.users[name])), None, status=404)
    text = people.filled('id eq "{ann}" or groups.value eq "{team}" or manager eq "{boss}"')
    assert stranger.found("/Users", text) == []


def test_what_causes_a_conflict_can_be_found(common):
    """B24, J1.23, F8."""
    client = common.client()
    first = client.user(fresh("Twice"))
    answer = client.new_user(first["userName"].upper())
    refused(answer, "uniqueness", "userName", status=409)
    found = client.found("/Users", f'userName eq "{first["userName"].upper()}"')
    assert found == [first["id"]]
