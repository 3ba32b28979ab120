"""The floor: the cheapest answer Flask can give on the same WSGI server."""

from flask import Flask, Response

BODY = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u1@example.com"}'

app = Flask(__name__)


@app.get("/scim/v2/Users/<user_id>")
def get_user(user_id: str) -> Response:
    return Response(BODY, mimetype="application/scim+json", headers={"ETag": 'W/"1"'})
