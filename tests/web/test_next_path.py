"""Nobody is led to another site."""

import pytest

from scimserver.web.next_path import own_path


@pytest.mark.parametrize(
    "path", ["/", "/account", "/console/users?filter=a%20b&page=2", "/a//b", "/a?next=//b", "/a:b"]
)
def test_a_path_of_ours_is_taken(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/a\\b",
        "/a b",
        "/a\0b",
        "/a\x7fb",
        "/a\u2028b",
        "https://evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "/" + "a" * 2_000,
    ],
)
def test_anything_else_is_not(address):
    assert own_path(address) == "/"
    assert own_path(address, "/account") == "/account"
