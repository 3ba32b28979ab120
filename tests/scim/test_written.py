"""What a write named, as a client spelled it."""

import pytest

from scimserver.scim.written import written
from tests.factories import registry

USER = registry().types["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"title": "x"}, ("title",)),
        ({"name": {"givenName": "x"}}, ("name", "name.givenName")),
        ({"emails": [{"value": "x"}, 5]}, ("emails", "emails.value")),
        (
            {ENTERPRISE: {"manager": {"value": "x"}}},
            (f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"),
        ),
        ({ENTERPRISE: 5}, ()),
        ({"OPERATIONS": [{"Path": "title", "op": "remove"}]}, ("title",)),
        ({"Operations": {"path": "name", "value": {"a": 1}}}, ("name", "name.a")),
        ({"Operations": [{"path": 'emails[type eq "x]"].value'}]}, ("emails.value",)),
        (
            {"Operations": [{"value": {"title": "x", 'emails[a eq "]"].b': 1}}]},
            ("title", "emails.b"),
        ),
        ({"Operations": [{"path": "", "value": "x"}, {"path": 5}, 7]}, ()),
    ],
)
def test_the_paths_a_body_names_are_found(body, names):
    assert written(USER, body) == names
