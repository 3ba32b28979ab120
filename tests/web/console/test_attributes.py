"""A stored resource in words: every attribute of its schemas, one line a value."""

import pytest

from scimserver.web.console.attributes import label, lines
from scimserver.web.console.refusals import sentence
from tests.factories import registry

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("name", "words"),
    [("userName", "User name"), ("x509Certificates", "X509 certificates"), ("title", "Title")],
)
def test_a_name_becomes_words(name, words):
    assert label(name) == words


def test_values_are_told_in_the_order_of_the_schema():
    held = {
        "active": False,
        "emails": [
            {"value": "a@acme.test", "type": "work", "primary": True},
            {"value": "b@acme.test", "primary": False},
        ],
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "userName": "ann",
        "password": "never",
        "nickName": None,
        ENTERPRISE: {"department": "R&D", "manager": {"value": "1", "displayName": "Bo"}},
        "urn:gone": {"x": 1},
    }
    assert list(lines(registry().types["User"], held)) == [
        ("User name", "ann"),
        ("Name", "given name Ann, family name Lee"),
        ("Active", "no"),
        ("Emails", "a@acme.test (work, primary)"),
        ("Emails", "b@acme.test"),
        ("Department", "R&D"),
        ("Manager", "1 (Bo)"),
    ]


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("name: give a name.", "Give a name."),
        (
            "emails[0].value: domain 'x' is not yours. Ask. (code no)",
            "Domain 'x' is not yours. Ask.",
        ),
        ("This stays: as it is.", "This stays: as it is."),
        ("rate limit: give 1.", "Give 1."),
        ("Plain.", "Plain."),
    ],
)
def test_a_refusal_is_told_without_its_path_and_code(detail, said):
    assert sentence(detail) == said
