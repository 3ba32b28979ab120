"""Where things are on the console, and where a condition that is not met is put right."""

from collections.abc import Mapping
from typing import NamedTuple


class Link(NamedTuple):
    """An address, what its button says, and the permission its page asks for."""

    href: str
    label: str
    needs: str = "organization view"


ORGANIZATION = "/console/organization"
SSO = f"{ORGANIZATION}/sso"
OWNERS = f"{SSO}/owners"
ERROR_POLICY = f"{ORGANIZATION}/errors"
ERRORS = "/console/log/errors"
CONNECTIONS = "/console/connections"


def domain_page(claim_id: str) -> str:
    """Return the address of a domain's page."""
    return f"{SSO}/domains/{claim_id}"


def connection_page(connection_id: str) -> str:
    """Return the address of a connection's page."""
    return f"{CONNECTIONS}/{connection_id}"


def error_page(error_id: str) -> str:
    """Return the address of the page of a cause of refusals."""
    return f"{ERRORS}/{error_id}"


ACTIONS: Mapping[str, Link] = {
    "owner_set": Link(OWNERS, "Name identity owners", "sso edit"),
    "domain_verified": Link(f"{SSO}#domains", "See the domains"),
    "authoritative_domain": Link(f"{SSO}#domains", "See the domains"),
    "error_policy_set": Link(ERROR_POLICY, "Decide about errors", "provisioning edit"),
    "local_admins": Link("/console/organization/administrators", "Open the administrators"),
    "recovery_tested": Link("/console/recovery-test", "Test recovery", "sso edit"),
}
"""Where a condition of readiness is met, by the code of its check."""
