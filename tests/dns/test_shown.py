"""What the program shows of each case, from the record at a real server to the claim object."""

import pytest

from scimserver.clock import timestamp
from scimserver.domain import record
from scimserver.domain.findings import Code
from tests.dns.cases import CASES, Scene
from tests.dns.world import ClaimWorld

# Through a resolver, the loop is seen only at the zone's own servers, which have no port 53 here.
THROUGH = {case.id: case.through[0] for case in CASES}


@pytest.mark.parametrize("case", [case for case in CASES if case.id != "X6"], ids=lambda c: c.id)
def test_a_check_is_shown_in_words(request, database, knot, provider, case):
    with ClaimWorld(database, request.getfixturevalue(THROUGH[case.id]), knot=knot) as world:
        acme = world.organization()
        claim = world.add(acme, knot.new_zone(**case.zone))
        scene = Scene(knot, claim.domain, claim.token)
        case.publish(scene)
        finding = world.verify(acme, claim).last_check
        shown = world.shown(acme, claim)
    time = f"{claim.next_check_at:%H:%M} UTC"
    assert (shown["lastCheck"]["detail"], shown["lastCheck"]["action"]) == case.words(
        scene, finding, time
    )
    assert shown["state"] == ("verified" if case.code is Code.VERIFIED else "pending")
    assert {
        name: shown["lastCheck"][name]
        for name in ("code", "hints", "warnings", "transient", "delegatedTo", "resolvers", "ttl")
    } == {
        "code": case.code,
        "hints": list(case.hints),
        "warnings": list(case.warnings),
        "transient": finding.is_transient,
        "delegatedTo": finding.delegated_to,
        "resolvers": [world.server.address],
        "ttl": finding.ttl,
    }


def test_the_record_that_is_shown_is_the_one_that_is_found(world):
    """Whoever copies what they see, and nothing else, is verified."""
    acme = world.organization()
    domain = world.knot.new_zone()
    first, second = world.add(acme, domain), world.add(acme, f"eng.{domain}")
    wanted = [
        world.shown(acme, first)["record"],
        world.shown(acme, second)["fallbackRecord"],
    ]
    for each in wanted:
        world.knot.publish(each["name"], each["type"], f'"{each["value"]}"', ttl=300)
    assert [each["host"] for each in wanted] == ["_scimserver-challenge", "eng"]
    assert world.verify(acme, first).is_owned
    assert world.verify(acme, second).is_owned


def test_times_are_shown_as_they_are(world):
    acme = world.organization()
    claim = world.verified(acme)
    shown = world.shown(acme, claim)
    assert (shown["verifiedAt"], shown["lastCheckedAt"]) == (timestamp(world.now),) * 2
    assert (shown["expiresAt"], shown["graceEndsAt"]) == (None, None)
    assert shown["nextCheckAt"] == timestamp(world.claim(acme, claim).next_check_at)
    assert shown["record"]["value"] == record.value(claim.token)
