"""Nothing outside a verified domain gets in, at any SCIM form (M, U, domains-and-sso 2.1, 2.2)."""

import pytest

from tests.requirements.client import ENTERPRISE, USER, Client, assert_error
from tests.requirements.common import BULK, add, fresh, replace

FOREIGN = "evil.test"
CODE = "domain_not_verified"
HERE = "(code domain_not_verified)"


def refused(answer, *naming):
    """Assert the one refusal of the rule, and return its detail."""
    detail = assert_error(answer, 400, "invalidValue")
    for each in naming:
        assert each in detail, detail
    return detail


def out(local="ann"):
    return f"{local}@{FOREIGN}"


def snapshot(client):
    return client.get("/Users").body["Resources"]


def refusals(org):
    return org.world.cli("log", "show", org.slug, "--refused", "--limit", "100")["items"]


ADDRESSES = {
    "second e-mail foreign": lambda own: [own("ann"), out()],
    "primary foreign": lambda own: [out(), own("ann")],
    "upper case": lambda _own: [out().upper()],
    "sub-domain": lambda own: [f"ann@eng.{own('').partition('@')[2]}"],
    "parent domain": lambda _own: ["ann@test"],
    "another organization's": lambda _own: ["ann@held.test"],
    "look-alike": lambda own: [own("ann").replace("o", "\u043e")],
    "wide letters of a foreign domain": lambda _own: ["ann@\uff45\uff56\uff49\uff4c.test"],
}


@pytest.mark.parametrize("case", ADDRESSES)
@pytest.mark.parametrize("form", ["POST", "PUT", "add", "replace", "path-less", "Bulk"])
def test_an_address_outside_is_refused_at_every_form_and_leaves_one_row(org, acme, case, form):
    """M1, M2, M5, M6, M8, M9, M12"""
    held = Client(org.world.connection(_holder(org.world)), "held.test")
    assert held is not None
    ann = acme.user("ann", emails=[{"value": acme.address("start")}])
    before, path = snapshot(acme), f"/Users/{ann['id']}"
    emails = [{"value": each, "type": "work"} for each in ADDRESSES[case](acme.address)]
    body = {"schemas": [USER], "userName": "ann", "emails": emails}
    match form:
        case "POST":
            answer = acme.post("/Users", {**body, "userName": "new"})
        case "PUT":
            answer = acme.put(path, body)
        case "add":
            answer = acme.patch(path, add("emails", emails))
        case "replace":
            answer = acme.patch(path, replace("emails", emails))
        case "path-less":
            answer = acme.patch(path, replace(None, {"emails": emails}))
        case _:
            operation = {"method": "PUT", "path": path, "data": body}
            bulk = acme.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
            (result,) = bulk.body["Operations"]
            assert result["status"] == "400"
            assert result["response"]["scimType"] == "invalidValue"
            answer = None
    if answer is not None:
        refused(answer, "emails[")
    assert snapshot(acme) == before
    (row,) = refusals(org)
    assert (row["outcome"], row["status"]) == ("refused", 400)
    assert row["recommended_action"]
    assert row["attribute"].startswith("emails[")


_HOLDERS = {}


def _holder(world):
    """Another organization of this server, which holds held.test."""
    if id(world) not in _HOLDERS:
        _HOLDERS[id(world)] = world.organization("Holder", "held.test")
    return _HOLDERS[id(world)]


PATCHES = {
    "userName": (replace("userName", out()), "userName: "),
    "userName in capitals": (replace("USERNAME", out()), "username: "),
    "with the schema's name": (replace(f"{USER}:userName", out()), "username: "),
    "userName with a full-width at": (replace("userName", f"ann\uff20{FOREIGN}"), "userName: "),
    "path-less userName": (replace(None, {"userName": out()}), "userName: "),
    "path-less dotted": (replace(None, {"emails.value": out()}), "emails"),
    "path-less value path": (replace(None, {'emails[type eq "work"].value': out()}), "emails"),
    "every value": (replace("emails.value", out()), "emails"),
    "value path": (replace('emails[type eq "work"].value', out()), "emails"),
    "value path of an entry": (replace('emails[type eq "work"]', {"value": out()}), "emails"),
    "value path that adds": (add('emails[type eq "home"].value', out()), "emails"),
    "one entry as an object": (add("emails", {"value": out()}), "emails"),
    "an entry as a text": (add("emails", [out()]), "emails"),
    "the whole list": (replace("emails", [{"value": out()}]), "emails"),
}


@pytest.mark.parametrize("case", PATCHES)
@pytest.mark.parametrize("profile", ["generic", "entra", "okta"])
def test_every_form_of_patch_is_judged_by_what_results(org, case, profile):
    """M2, M12, U5, C.2"""
    client = org.connection(profile)
    name = fresh("ann")
    ann = client.user(name, emails=[{"value": client.address(name), "type": "work"}])
    before = snapshot(client)
    operation, where = PATCHES[case]
    answer = client.patch(f"/Users/{ann['id']}", replace("displayName", "Ann"), operation)
    detail = assert_error(answer, 400, answer.body["scimType"])
    if answer.body["scimType"] == "invalidValue" and FOREIGN in detail:
        assert detail.lower().startswith(where.lower())
    assert snapshot(client) == before


@pytest.mark.parametrize(
    "address",
    [
        '"ann"@{0}',
        '"ann@evil.test"@{0}',
        "ann@{0}@evil.test",
        "ann@evil.test@{0}",
        "ann@[127.0.0.1]",
        "Ann <ann@{0}>",
        "ann(c)@{0}",
        "a@{0},b@evil.test",
        "a@{0};b@evil.test",
        "ann@{0}.",
        "ann@{0}\u3002",
        "ann@localhost",
        ".ann@{0}",
        "a..b@{0}",
        "a" * 65 + "@{0}",
        " ann@{0}",
        "ann@{0} ",
        "ann\u200b@{0}",
        "ann@{0}\u200b",
        "ann\u202e@{0}",
        "änn@{0}",
        "=?utf-8?q?ann=40evil.test=3e=00?=foo@{0}",
        "ann%evil.test@{0}",
        "evil.test!ann@{0}",
        "ann@",
        "@{0}",
        "ann",
    ],
)
def test_an_address_with_two_readings_is_refused_without_being_repeated(org, acme, address):
    """M7, U8, U9"""
    text = address.format(acme.domain)
    answer = acme.new_user(emails=[{"value": text}])
    detail = refused(answer, "emails[0].value: ")
    assert "(code invalid_email)" in detail
    assert text.strip() not in detail
    assert acme.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x1b", "\x7f"])
def test_a_control_character_in_an_address_is_refused(acme, character):
    """M7, B65"""
    for text in (f"ann@{acme.domain}{character}", f"ann{character}@{acme.domain}"):
        answer = acme.new_user(emails=[{"value": text}])
        assert "@" not in assert_error(answer, 400, answer.body["scimType"])
    assert acme.get("/Users").body["totalResults"] == 0


@pytest.mark.parametrize("local", ["Ann", "ann+tag", "o'neil", "a.b-c_d&e~f", "a" * 64])
def test_a_plain_address_is_stored_as_it_was_sent(acme, local):
    """M8, B20, U10, U11"""
    text = f"{local}@{acme.domain.upper()}"
    made = acme.user(emails=[{"value": text}])
    assert made["emails"][0]["value"] == text


def test_an_international_domain_is_one_whichever_way_it_is_written(org, acme):
    """M8"""
    label = fresh("bücher")
    org.world.cli("domain", "attest", org.slug, f"{label.upper()}.test", "--reason", "test")
    encoded = f"{label}.test".encode("idna").decode()
    for n, domain in enumerate((f"{label}.test", encoded, f"{label}.TEST".upper())):
        acme.user(fresh("ann"), emails=[{"value": f"ann{n}@{domain}"}])
    refused(acme.new_user(emails=[{"value": f"ann@{label.replace('ü', 'u')}.test"}]), HERE)


def test_without_an_address_there_is_nothing_to_judge_unless_the_organization_demands_one(org):
    """M4, U4"""
    acme = org.connection()
    ann = acme.user("ann")
    org.world.cli("org", "update", org.slug, "--require-address")
    detail = refused(acme.new_user("bob"))
    assert "(code no_email)" in detail
    named = acme.user("cid", emails=[{"value": acme.address("cid")}])
    gone = acme.patch(f"/Users/{named['id']}", {"op": "remove", "path": "emails"})
    assert "(code no_email)" in refused(gone)
    change = acme.patch(f"/Users/{ann['id']}", replace("displayName", "Ann"))
    assert change.status == 200
    acme.user(acme.address("dan"))
    org.world.cli("org", "update", org.slug, "--no-require-address")
    acme.user("bob")


def test_the_detail_is_word_for_word_what_the_contract_says(acme):
    """M5"""
    answer = acme.new_user(emails=[{"value": acme.address("ann")}, {"value": out()}])
    assert refused(answer) == (
        f"emails[1].value: domain '{FOREIGN}' is not a verified domain of this organization. "
        "Verify the domain, or provision an address in a verified one. (code domain_not_verified)"
    )


def test_unclaimed_lapsed_and_foreign_domains_are_refused_in_the_same_words(org, acme):
    """M6, U6"""
    _holder(org.world)
    lapsed = f"{fresh('lapsed')}.test"
    org.world.cli("domain", "attest", org.slug, lapsed, "--reason", "test")
    org.world.cli("domain", "remove", org.slug, lapsed, "--reason", "test")
    answers = []
    for domain in ("held.test", "nobody.test", lapsed):
        answer = acme.new_user(emails=[{"value": f"ann@{domain}"}])
        headers = {k: v for k, v in answer.headers.items() if k not in ("X-Request-Id", "Date")}
        headers.pop("Content-Length", None)
        answers.append((refused(answer).replace(domain, "x"), headers))
    assert answers[0] == answers[1] == answers[2]
    rows = [
        {
            k: v
            for k, v in row.items()
            if k not in ("id", "at", "domain", "request_id", "body", "reason")
        }
        for row in refusals(org)
    ]
    assert rows[0] == rows[1] == rows[2]


def test_what_a_lapsed_claim_still_lets_through_and_what_not(org, acme):
    """M3, U2, U3, M12: lapse"""
    ann = acme.user(acme.address("ann"), emails=[{"value": acme.address("ann"), "type": "work"}])
    off = acme.user(acme.address("off"), active=False)
    team = acme.group("Team", ann["id"])
    org.world.cli("domain", "remove", org.slug, acme.domain, "--reason", "lapse")
    path = f"/Users/{ann['id']}"
    same = {"schemas": [USER], "userName": ann["userName"], "emails": ann["emails"]}
    for answer in (
        acme.patch(path, replace("displayName", "Ann")),
        acme.put(path, {**same, "title": "Boss"}),
        acme.patch(path, replace('emails[type eq "work"].display', "A")),
        acme.patch(f"/Groups/{team['id']}", {"op": "remove", "path": "members"}),
        acme.patch(path, replace("active", False)),
    ):
        assert answer.status == 200, answer.body
    for answer in (
        acme.patch(path, replace("active", True)),
        acme.patch(f"/Users/{off['id']}", replace("active", "True")),
        acme.put(f"/Users/{off['id']}", {**same, "userName": off["userName"], "active": True}),
        acme.patch(path, add("emails", [{"value": acme.address("other")}])),
        acme.patch(path, replace("active", False), replace("userName", acme.address("x"))),
        acme.new_user(acme.address("new")),
    ):
        refused(answer, HERE)
    assert acme.delete(path).status == 204
    assert acme.delete(f"/Users/{off['id']}").status == 204


def test_one_bad_operation_of_bulk_is_refused_alone(org, acme):
    """M2, M12: Bulk"""
    users = [acme.address("ann"), out(), acme.address("bob")]
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"u{n}", "data": _user(name)}
        for n, name in enumerate(users)
    ]
    answer = acme.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    assert [each["status"] for each in answer.body["Operations"]] == ["201", "400", "201"]
    assert HERE in answer.body["Operations"][1]["response"]["detail"]
    assert sorted(each["userName"] for each in snapshot(acme)) == sorted([users[0], users[2]])
    (row,) = refusals(org)
    assert (row["operation_index"], row["code"]) == (1, CODE)


def _user(name):
    return {"schemas": [USER], "userName": name, "emails": [{"value": name}]}


def test_adoption_of_an_inactive_user_is_judged_whole(org):
    """M2, B46"""
    client = org.connection("generic", adopt_inactive="on")
    gone = client.user("ann", active=False, emails=[{"value": client.address("ann")}])
    before = snapshot(client)
    refused(client.new_user("ann", emails=[{"value": out()}]), HERE)
    assert snapshot(client) == before
    org.world.cli("domain", "remove", org.slug, client.domain, "--reason", "lapse")
    refused(client.new_user("ann", emails=[{"value": client.address("ann")}]), HERE)
    assert snapshot(client) == before
    org.world.cli("domain", "attest", org.slug, client.domain, "--reason", "back")
    back = client.new_user("ann", emails=[{"value": client.address("ann")}])
    assert (back.status, back.body["id"], back.body["active"]) == (201, gone["id"], True)


def test_what_looks_like_an_address_elsewhere_is_no_address(acme):
    """M1: only what is covered is judged"""
    made = acme.user(
        "ann",
        displayName=out(),
        externalId=out(),
        title=out(),
        phoneNumbers=[{"value": out()}],
        **{"schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": out()}},
    )
    assert made["externalId"] == out()
