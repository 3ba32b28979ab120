"""scimserver connection show, as people read it."""

from scimserver.app import create_app, drain
from scimserver.config import Settings

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_people_are_told_what_the_client_does(cli, environ):
    cli("org", "create", "Lab", "--sandbox")
    made = cli("connection", "create", "lab", "idp", "--profile", "entra", "--json").json
    quiet = cli("connection", "show", made["id"]).out
    assert "entra" in quiet
    assert "Nothing: all it sent" in quiet
    app = create_app(Settings.from_env(environ))
    body = {"schemas": [USER], "userName": "ann", "active": "True"}
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert app.test_client().post("/scim/v2/Users", json=body, headers=headers).status_code == 201
    drain(app)
    told = cli("connection", "show", made["id"]).out
    assert "Nothing" not in told
    [line] = [each for each in told.splitlines() if each.startswith("string-boolean")]
    assert "sends true and false as text" in line
    assert line.split()[1] == "1"
    assert made["token"] not in told
