"""Checks of tokens bound to a user, which must reach that user alone (H2, B44, M22)."""

from tests.mutations.patch import Patch

_RULES = ("tests/domain/test_self_service.py",)
_TOKENS = ("tests/services/test_user_tokens.py",)

_POLICY = "scimserver.domain.policies.self_service"
_PERMISSIONS = "scimserver.domain.permissions"
_SERVICE = "scimserver.services.tokens"

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    _RULES: [
        Patch(
            "H2 attributes that are declared",
            _POLICY,
            "        if path not in _declared(plan.type):\n",
            "        if path is None:\n",
            "test_h2_nothing_else_is_and_the_refusal_names_it",
        ),
        Patch(
            "H2 the externalId",
            _POLICY,
            "    if plan.before is not None and plan.before.external_id != resource.external_id:\n",
            "    if plan.before is None and plan.id == resource.external_id:\n",
            "test_h2_the_external_id_is_the_connections",
        ),
        Patch(
            "H2 which user",
            _PERMISSIONS,
            "    if kind.name != _PEOPLE or id != actor.bound_to:\n",
            "    if kind.name != _PEOPLE:\n",
            "test_h2_and_nobody_else_whatever_the_scopes_say",
        ),
        Patch(
            "H2 neither creation nor deletion",
            _PERMISSIONS,
            'plan.id if is_change else ""',
            "plan.id if is_change else plan.id",
            "test_h2_and_nobody_else_whatever_the_scopes_say",
        ),
    ],
    _TOKENS: [
        Patch(
            "M22 nobody of a sandbox",
            _SERVICE,
            "    if actor.sandbox:\n",
            "    if actor.sandbox and actor.bound_to:\n",
            "test_m22_nobody_of_a_sandbox_has_one",
        ),
        Patch(
            "H2 five of a user",
            _SERVICE,
            ">= LIVE_OF_USER:",
            "> LIVE_OF_USER:",
            "test_h2_tokens_of_users_are_counted_apart",
        ),
        Patch(
            "P64 a suspended organization",
            _SERVICE,
            "    if suspended:\n",
            "    if suspended and not active:\n",
            "test_p64_nobody_comes_in_while_their_organization_is_suspended",
        ),
        Patch(
            "B44 a user who is off",
            _SERVICE,
            'return "" if active else "deactivated"',
            'return "" if active else ""',
            "test_b44_a_token_that_was_put_back_does_not_open",
        ),
    ],
}
