"""Where a condition that is not met is put right: by the code of its check."""

from collections.abc import Mapping
from typing import NamedTuple


class Link(NamedTuple):
    """An address and what its button says."""

    href: str
    label: str


ACTIONS: Mapping[str, Link] = {
    "owner_set": Link("/console/organization/administrators", "Open the administrators"),
    "domain_verified": Link("/console/organization/sso", "See the domains"),
    "local_admins": Link("/console/organization/administrators", "Open the administrators"),
    "recovery_tested": Link("/console/recovery-test", "Test recovery"),
}
