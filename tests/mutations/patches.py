"""Checks of sign-in, of domains and of tokens of users, each with a patch that removes it (T4).

The tests a group is listed under must fail with each of its patches. A new check comes with its
entry.
"""

from tests.mutations import (
    adapter_patches,
    bound_patches,
    cause_patches,
    ceremony_patches,
    domain_patches,
    session_patches,
)
from tests.mutations.patch import Patch

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    **adapter_patches.PATCHES,
    **bound_patches.PATCHES,
    **cause_patches.PATCHES,
    **ceremony_patches.PATCHES,
    **domain_patches.PATCHES,
    **session_patches.PATCHES,
}
