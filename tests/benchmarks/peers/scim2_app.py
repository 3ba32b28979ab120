"""scim2-server behind scim2-flask, everything in memory, as its documentation sets it up."""

from flask import Flask
from scim2_flask import ScimServer
from scim2_server.memory import InMemoryStorage
from scim2_server.utils import load_default_provider

app = Flask(__name__)
app.secret_key = "benchmark"
ScimServer(InMemoryStorage(), load_default_provider(), app)
