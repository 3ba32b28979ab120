"""What OpenAPI says of the management API is what it does, whatever is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance

from tests.factories import an_error

# A text of the right shape may still be no domain, and no cursor of ours.
MEANT_ONLY = ("add_domain", "list_domains")
OPERATIONS = (
    *("list_domains", "add_domain", "get_domain", "remove_domain", "verify_domain"),
    *("list_provisioning_errors", "get_provisioning_error"),
    *("acknowledge_provisioning_error", "reopen_provisioning_error"),
    *("rotate_domain", "make_domain_authoritative", "get_readiness"),
    "set_sso_mode",
)


@pytest.fixture(scope="module")
def described(quiet):
    """The operations by name, an organization with a domain, and who may do everything there."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", quiet.app)
    operations = {
        each.ok().definition.raw["operationId"]: each.ok() for each in schema.get_all_operations()
    }
    acme = quiet.program(quiet.organization())
    return operations, acme


def test_every_operation_is_tried(described):
    operations, _ = described
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_does_what_is_said_of_it(described, name, mode, quiet):
    operations, acme = described
    # An organization adds only so many domains an hour, and every test one.
    quiet.clock.advance(3_600)
    made = acme.call("POST", "/domains", {"domain": f"{name.replace('_', '-')}-{mode.value}.com"})
    is_error = name.endswith("provisioning_error")
    known = an_error(quiet.database, acme.org_id) if is_error else made.body["id"]

    @settings(max_examples=20, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operations[name].as_strategy(generation_mode=mode), ours=st.booleans())
    def ask(case, ours):
        quiet.clock.advance(60)
        if ours:
            case.path_parameters["organizationId"] = acme.org_id
            if "id" in case.path_parameters:
                case.path_parameters["id"] = known
        case.call_and_validate(
            headers={"Authorization": acme.authorization},
            excluded_checks=[positive_data_acceptance] if name in MEANT_ONLY else [],
        )

    ask()
