"""Where things are on the console, and where a condition that is not met is put right."""

from collections.abc import Mapping
from typing import NamedTuple


class Link(NamedTuple):
    """An address, what its button says, and the permission its page asks for."""

    href: str
    label: str
    needs: str = "organization view"


SSO = "/console/organization/sso"
OWNERS = f"{SSO}/owners"


def domain_page(claim_id: str) -> str:
    """Return the address of a domain's page."""
    return f"{SSO}/domains/{claim_id}"


ACTIONS: Mapping[str, Link] = {
    "owner_set": Link(OWNERS, "Name identity owners", "sso edit"),
    "domain_verified": Link(f"{SSO}#domains", "See the domains"),
    "authoritative_domain": Link(f"{SSO}#domains", "See the domains"),
    "local_admins": Link("/console/organization/administrators", "Open the administrators"),
    "recovery_tested": Link("/console/recovery-test", "Test recovery", "sso edit"),
}
"""Where a condition of readiness is met, by the code of its check."""
