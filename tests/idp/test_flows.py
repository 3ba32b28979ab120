"""What identity providers send, against the real application."""

import json
from pathlib import Path

import pytest

from tests.idp.exchange import variables
from tests.idp.replay import replay
from tests.world import World

EXCHANGES = Path(__file__).parent / "exchanges"
DOMAIN = "directory.example"

FLOWS = [
    pytest.param(flow, id=f"{flow['client']}-{flow['name']}")
    for file in sorted(EXCHANGES.glob("*.json"))
    for flow in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_recorded_flow_passes(flow, database_url):
    world = World(database_url)
    connection = world.connection(world.organization("Directory", DOMAIN), flow["client"])
    replay(flow, connection, variables(DOMAIN))


def test_every_flow_is_one_that_must_pass():
    assert len(FLOWS) == 22
    assert {flow.values[0]["level"] for flow in FLOWS} == {"must"}
