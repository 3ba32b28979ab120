"""The names under which PATCH counts its tolerances, so that a dead one can go with evidence.

They are counted for each profile: what such clients really send (J2.1). Values have theirs in
``readers``.
"""

LONE_OPERATION = "lone-operation"
LONE_VALUE = "lone-value"
MISSING_SCHEMAS = "missing-schemas"
OP_CASE = "op-case"
PATHLESS = "pathless-patch"
REMOVE_VALUE = "remove-value"
UNMATCHED_CREATE = "unmatched-create"
UNQUALIFIED_PATH = "unqualified-attribute"
