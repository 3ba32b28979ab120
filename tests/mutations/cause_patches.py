"""Checks of what counts refusals and pauses writes: privacy, bounds, and what passes (M11, G12)."""

from tests.mutations.patch import Patch

_RULES = ("tests/domain/test_paused.py",)
_COUNTING = (
    "tests/services/test_causes.py",
    "tests/services/test_error_notices.py",
    "tests/services/test_pausing.py",
)

_POLICY = "scimserver.domain.policies.paused"
_CAUSES = "scimserver.services.causes"
_PAUSING = "scimserver.services.pausing"
_ROWS = "scimserver.storage.provisioning_errors"

PATCHES: dict[tuple[str, ...], list[Patch]] = {
    _RULES: [
        Patch(
            "G12 an address that would be refused",
            _POLICY,
            "        domain_claim.check(actor, plan, resource, facts)\n",
            "        pass\n",
            "test_everything_else_waits",
        ),
        Patch(
            "G12 a user who is off and changes",
            _POLICY,
            "    return same_id and plan.before_attributes == resource.attributes\n",
            "    return same_id\n",
            "test_everything_else_waits",
        ),
    ],
    _COUNTING: [
        Patch(
            "G11 what was refused after the success",
            _ROWS,
            "        _TABLE.c.last_seen_at <= at,\n",
            "",
            "test_what_was_refused_after_a_success_stays",
        ),
        Patch(
            "G11 whose success",
            _ROWS,
            "_TABLE.c.connection_id.is_not_distinct_from(origin.connection_id)",
            "_TABLE.c.connection_id.is_not(None)",
            "test_another_connection_is_another_cause",
        ),
        Patch(
            "M11 the last error of a connection",
            _ROWS,
            "if session.execute(waiting.limit(1)).first() is None:",
            "if session.execute(waiting.limit(1)) is not None:",
            "test_the_connection_has_errors_until_the_last_is_resolved",
        ),
        Patch(
            "M11 room for so many",
            _ROWS,
            "held < literal_column(str(MOST_IN_SLICE))",
            "held <= literal_column(str(MOST_IN_SLICE))",
            "test_what_there_is_no_room_for_shares_a_row",
        ),
        Patch(
            "M9 an id that is none",
            _CAUSES,
            "row.resource_id if row.resource_id and is_id(row.resource_id) else None",
            "row.resource_id",
            "test_no_value_is_kept",
        ),
        Patch(
            "M22 a sandbox",
            _CAUSES,
            "hearing is None or hearing.sandbox or hearing",
            "hearing is None or hearing",
            "test_nobody_is_told_of_a_sandbox",
        ),
        Patch(
            "G12 more than so many",
            _PAUSING,
            "if recent <= pause_after or",
            "if recent < pause_after or",
            "test_a_connection_pauses_when_more_are_refused_than_may_be",
        ),
    ],
}
