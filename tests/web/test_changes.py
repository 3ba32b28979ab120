"""What may change something: sent by our own pages, to our own address (N60 to N63, N72)."""

import re

import pytest

from tests.web.site import NOW, ORIGIN, Site, error_of

TOKENS = {
    "missing": (None, "csrf_missing"),
    "empty": ("", "csrf_token"),
    "wrong": ("x" * 43, "csrf_token"),
    "non-ascii": ("\u00e9" * 43, "csrf_token"),
    "long": ("x" * 5_000, "csrf_token"),
}


@pytest.mark.parametrize(("token", "cause"), TOKENS.values(), ids=TOKENS)
def test_a_change_without_the_session_s_token_is_refused(site, browser, ann, token, cause):
    browser.sign_in(ann)
    assert error_of(browser.post("/c/account", token=token, json={})) == (403, {"error": "csrf"})
    assert browser.post("/account", token=token, data={"a": "b"}).status_code == 403
    if token is not None:
        answer = browser.post("/account", token=None, data={"a": "b", "csrf": token})
        assert answer.status_code == 403
    assert set(site.rejected()) == {cause}
    assert site.called == []


def test_the_token_of_another_session_is_refused(site, browser, ann):
    other = site.visitor()
    other.get("/signin")
    browser.sign_in(ann)
    assert browser.post("/c/account", token=other.token, json={}).status_code == 403
    assert browser.post("/account", token=None, data={"csrf": other.token}).status_code == 403


def test_a_ceremony_takes_the_token_from_the_header_alone(site, browser, ann):
    browser.sign_in(ann)
    assert browser.post("/c/account", token=None, data={"csrf": browser.token}).status_code == 403
    assert browser.post("/c/account", token=None, json={"csrf": browser.token}).status_code == 403


def test_a_form_is_handed_over_without_its_token(site, browser, ann):
    browser.sign_in(ann)
    data = {"csrf": browser.token, "name": "J\u00fcrgen", "role": ["a", "b"]}
    assert browser.post("/account/x?page=2", token=None, data=data).status_code == 200
    visitor, arguments = site.called[-1]
    assert visitor.form.to_dict(flat=False) == {"name": ["J\u00fcrgen"], "role": ["a", "b"]}
    assert visitor.query["page"] == "2"
    assert arguments == {"name": "x"}
    assert (visitor.person, visitor.me) == (ann, ann)
    assert visitor.now == NOW
    assert visitor.visit.session == visitor.session.digest
    # The header serves as well, for what a script posts.
    assert browser.post("/account", data={"name": "x"}).status_code == 200
    assert browser.post("/account").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:5000", ""])
def test_a_foreign_origin_is_refused(site, browser, ann, origin):
    browser.sign_in(ann)
    answer = browser.post("/c/account", json={}, headers={"Origin": origin})
    assert error_of(answer) == (403, {"error": "csrf"})
    assert browser.post("/account", headers={"Origin": origin}).status_code == 403
    assert site.rejected() == ["csrf_origin", "csrf_origin"]


@pytest.mark.parametrize("where", ["cross-site", "same-site", "else"])
def test_a_foreign_site_is_refused(site, browser, ann, where):
    browser.sign_in(ann)
    answer = browser.post("/c/account", json={}, headers={"Sec-Fetch-Site": where})
    assert error_of(answer) == (403, {"error": "csrf"})
    assert site.rejected() == ["csrf_site"]
    assert browser.get("/account", headers={"Sec-Fetch-Site": where}).status_code == 200


@pytest.mark.parametrize("where", ["same-origin", "none"])
def test_our_own_pages_may_change_things(site, browser, ann, where):
    browser.sign_in(ann)
    headers = {"Sec-Fetch-Site": where, "Origin": ORIGIN}
    assert browser.post("/c/account", json={}, headers=headers).status_code == 200


def test_a_body_is_not_read_before_site_and_token_are_known(site, browser, ann):
    browser.sign_in(ann)

    class Unread:
        def tell(self):
            return 0

        def seek(self, *_place):
            return 0

        def read(self, *_size):
            pytest.fail("the body was read")

    options = {"input_stream": Unread(), "content_length": 10, "content_type": "application/json"}
    for headers in ({"Origin": "https://evil.example"}, {"X-CSRF-Token": "wrong"}):
        assert browser.post("/c/account", headers=headers, **options).status_code == 403
    form = {**options, "content_type": "application/x-www-form-urlencoded"}
    assert browser.post("/account", token="wrong", **form).status_code == 403
    assert site.visitor().post("/account", token="x", **form).status_code == 401


BODIES = {
    "form": ({"data": {"a": "b"}}, 415),
    "nothing": ({}, 415),
    "text": ({"data": "{}", "content_type": "text/plain"}, 415),
    "broken": ({"data": "{"}, 400),
    "empty": ({"data": ""}, 400),
    "array": ({"data": "[]"}, 400),
    "number": ({"data": "1"}, 400),
    "null": ({"data": "null"}, 400),
    "invalid UTF-8": ({"data": b'{"a":"\xff"}'}, 400),
    "deep": ({"data": "[" * 30_000 + "]" * 30_000}, 400),
    "deep object": ({"data": '{"a":' * 30 + "1" + "}" * 30}, 400),
    "long number": ({"data": '{"a":' + "1" * 5_000 + "}"}, 400),
    "twice": ({"data": '{"a":1,"a":2}'}, 400),
    "70 KB": ({"data": '{"a":"' + "x" * 70_000 + '"}'}, 413),
}
WORDS = {400: "bad_request", 413: "too_large", 415: "bad_request"}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
def test_a_ceremony_takes_one_json_object(site, browser, ann, body, status):
    browser.sign_in(ann)
    if "data" in body and isinstance(body["data"], str | bytes):
        body = {"content_type": "application/json", **body}
    assert error_of(browser.post("/c/account", **body)) == (status, {"error": WORDS[status]})
    assert site.called == []


@pytest.mark.parametrize(
    ("path", "type", "size", "status"),
    [
        ("/c/account", "application/json", 70_000, 413),
        ("/c/account", "application/json", 65_536 - len('{"a":""}') + 1, 413),
        ("/c/account", "application/json", 65_536 - len('{"a":""}'), 200),
        ("/account", "application/x-www-form-urlencoded", 10, 400),
    ],
)
def test_a_body_of_unknown_length_is_measured(site, browser, ann, path, type, size, status):
    browser.sign_in(ann)
    answer = browser.post(
        path,
        headers={"Transfer-Encoding": "chunked"},
        data=b'{"a":"' + b"x" * size + b'"}',
        content_type=type,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert answer.status_code == status


def test_characters_no_database_keeps_are_replaced(site, browser, ann):
    browser.sign_in(ann)
    raw = rb'{"ceremony":"\u0000","label":["a\ud800b"],"\u0000":{"n":1}}'
    answer = browser.post("/c/account", data=raw, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200
    _, body = site.called[-1]
    assert body == {"ceremony": "\ufffd", "label": ["a\ufffdb"], "\ufffd": {"n": 1}}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"name": "a\0b"}}, 400),
        ({"data": {"a\0b": "name"}}, 400),
        ({"data": "name=x", "content_type": "text/plain"}, 415),
        ({"json": {"name": "x"}}, 415),
        ({"data": {"name": "x" * 300_000}}, 413),
        ({"data": b"name=%ff%fe", "content_type": "application/x-www-form-urlencoded"}, 200),
    ],
    ids=["nul in a value", "nul in a name", "text", "json", "300 KB", "invalid UTF-8"],
)
def test_a_form_holds_nothing_a_database_could_not_be_asked_for(site, browser, ann, sent, status):
    browser.sign_in(ann)
    assert browser.post("/account", **sent).status_code == status


def test_an_address_holds_no_nul(site, browser, ann):
    browser.sign_in(ann)
    for path in ("/account?a=%00", "/account/a%00b"):
        assert browser.get(path).status_code == 400
    assert browser.get("/account?a=%ff%fe").status_code == 200


def test_a_foreign_host_is_refused(site, browser, ann):
    browser.sign_in(ann)
    for host in (
        "evil.example",
        "localhost",
        "localhost:5001",
        "localhost:5000.evil.example",
        "evil.example:5000",
        "localhost:junk",
        "[",
    ):
        header = {"Host": host, "Cookie": f"__Host-sid={browser.secret}"}
        client = site.app.test_client(use_cookies=False)
        answer = client.get("/account", base_url=ORIGIN, headers=header)
        assert answer.status_code == 400, host
        assert "evil" not in answer.text
        answer = client.post("/c/account", base_url=ORIGIN, headers=header, json={})
        assert answer.status_code == 400, host
    answer = browser.get("/account", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    assert site.called


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_a_loopback_address_leads_to_the_origin(database, address):
    browser = Site(database, origins="http://localhost:8000").visitor()
    base = f"http://{address}:8000"
    answer = browser.get("/account?a=%26", base_url=base)
    assert (answer.status_code, answer.location) == (302, "http://localhost:8000/account?a=%26")
    assert browser.post("/c/any", base_url=base, json={}).status_code == 400
    assert browser.get("/account", base_url=f"http://{address}:8001").status_code == 400


def test_related_origins_are_ours_as_well(database):
    related = "https://id.acme.de"
    site = Site(database, origins="https://id.acme.com", related_origins=related)
    client = site.app.test_client()
    token = re.fullmatch(r"token (\S+)\.", client.get("/signin", base_url=related).text)[1]
    headers = {"Origin": related, "X-CSRF-Token": token}
    answer = client.post("/c/any", base_url=related, json={}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"]
