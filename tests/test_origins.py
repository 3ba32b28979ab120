"""Origins and host names as an operator writes them."""

import pytest

from scimserver.origins import read_host, read_origins


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://id.acme.com", ("https://id.acme.com",)),
        ("https://ID.Acme.com:443", ("https://id.acme.com",)),
        ("https://a.com:8443, https://b.com", ("https://a.com:8443", "https://b.com")),
        ("https://a.com,https://a.com:443", ("https://a.com",)),
        ("http://localhost:5000", ("http://localhost:5000",)),
        ("http://localhost:80", ("http://localhost",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_origin_is_read_as_browsers_write_it(text, read):
    assert read_origins(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "acme.com",
        "http://acme.com",
        "http://127.0.0.1:5000",
        "https://acme.com/",
        "https://acme.com/console",
        "https://user@acme.com",
        "https://acme.com:99999",
        "https://acme.com:",
        "https://-acme.com",
        "https://acme..com",
        "https://[::1]",
        "https://bücher.example",
        "https://a.com,",
        "*",
    ],
)
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(ValueError, match="without a path"):
        read_origins(text)


def test_a_host_is_a_name():
    assert read_host("ACME.com") == "acme.com"
    for text in ("https://acme.com", "acme.com:1", "a b", "", ".acme.com"):
        with pytest.raises(ValueError, match="domain name"):
            read_host(text)
