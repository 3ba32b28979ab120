"""The examples of RFC 7643 and RFC 7644, sent to the real application."""

import json
from pathlib import Path

import pytest

from tests.idp.exchange import variables
from tests.idp.replay import replay
from tests.world import World

EXCHANGES = Path(__file__).parent / "exchanges"
DOMAIN = "example.com"
HOME = "jensen.org"

FLOWS = [
    pytest.param(flow, id=flow["name"])
    for file in sorted(EXCHANGES.glob("*.json"))
    for flow in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("flow", FLOWS)
def test_an_example_is_answered_as_the_rfc_says(flow, database_url):
    world = World(database_url)
    connection = world.connection(world.organization("Examples", DOMAIN, HOME), flow["client"])
    replay(flow, connection, variables(DOMAIN))
