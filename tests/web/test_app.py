"""What the application answers outside every surface, and which answers carry which headers."""

import pytest

from scimserver.app import create_app
from scimserver.config import Settings
from scimserver.storage.session import Database

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ORIGIN = "https://id.acme.com"


@pytest.fixture
def client(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    settings = Settings(secret_key="k" * 32, base_url=ORIGIN)
    yield create_app(settings, database=database).test_client()
    database.dispose()


def test_a_browser_is_told_in_a_page_and_a_program_in_json(client):
    page = client.get("/nowhere", base_url=ORIGIN, headers=HTML)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = client.get("/nowhere", base_url=ORIGIN, headers=headers)
        assert (answer.status_code, answer.get_json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("path", ["/console//users", "/api//openapi.json", "/static//x"])
def test_nothing_leads_to_a_host_that_a_visitor_names(client, path):
    answer = client.get(path, base_url="http://evil.example")
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


@pytest.mark.parametrize("headers", [HTML, {}], ids=["browser", "program"])
def test_a_wrong_method_names_the_right_ones(client, headers):
    answer = client.post("/healthz", base_url=ORIGIN, headers=headers)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_pages_and_files_are_guarded_by_headers_and_health_is_left_alone(client):
    for path in ("/nowhere", "/static/pico.min.css", "/static/nothing.js"):
        answer = client.get(path, base_url=ORIGIN, headers=HTML)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Strict-Transport-Security"]
    assert client.get("/nowhere", base_url=ORIGIN).headers["Cache-Control"] == "no-store"
    file = client.get("/static/pico.min.css", base_url=ORIGIN)
    assert "public" in file.headers["Cache-Control"]
    health = client.get("/healthz", base_url=ORIGIN)
    assert "Content-Security-Policy" not in health.headers


def test_no_cookie_is_set_outside_the_sign_in_pages(client):
    for path in ("/healthz", "/metrics", "/nowhere", "/static/pico.min.css", "/scim/v2/Users"):
        answer = client.get(path, base_url=ORIGIN, headers={"Cookie": "__Host-sid=" + "a" * 43})
        assert "Set-Cookie" not in answer.headers


def test_the_health_of_a_process_is_told_at_any_address(client):
    for host in ("10.0.0.7:8000", "evil.example"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
