"""Resources and what is kept beside them: values to search by, values to be unique, edges.

All tables here but ``value_index`` are written by provisioning alone; the tripwire knows their
names.
"""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from scimserver.storage.models.metadata import NARROW, STRICT, metadata
from scimserver.storage.types import Flag, Json, Uid, Utc, key_text

resource = Table(
    "resource",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("id", Uid, nullable=False),
    Column("type", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("active", Flag, nullable=False),
    Column("user_name", Text),
    Column("display_name", Text),
    Column("document", Text, nullable=False),
    Column("folded", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    ForeignKeyConstraint(["org_id"], ["organization.id"]),
    Index(None, "org_id", "type", "id"),
    **STRICT,
)

# Each connection has its own externalId for a resource (B25). The key begins with the resource, so
# that deleting one finds the rows of every connection; look-ups by value have the unique index.
# Its values come before the connection: were both indexes to begin with two columns of the same
# names, PostgreSQL without statistics would read a connection's whole index for one resource.
# ``slot`` is empty where the value must be unique in its connection and type, and the resource's
# id where the connection allows repeats: one index serves look-up and constraint.
external_id = Table(
    "external_id",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("connection_id", Uid, nullable=False),
    Column("resource_id", Uid, nullable=False),
    Column("type", Text, nullable=False),
    Column("value", key_text(), nullable=False),
    Column("slot", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "resource_id", "connection_id"),
    Index("uq_external_id_value", "org_id", "type", "value", "connection_id", "slot", unique=True),
    **NARROW,
)

resource_value = Table(
    "resource_value",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("resource_id", Uid, nullable=False),
    Column("path", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", key_text(), nullable=False),
    PrimaryKeyConstraint("org_id", "resource_id", "path", "ordinal"),
    Index(None, "org_id", "type", "path", "key", "resource_id"),
    **NARROW,
)

unique_value = Table(
    "unique_value",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("type", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("key", key_text(), nullable=False),
    Column("resource_id", Uid, nullable=False),
    PrimaryKeyConstraint("org_id", "type", "path", "key"),
    **NARROW,
)

# For attributes whose schema says ``uniqueness: global``: a row a value over all organizations.
global_value = Table(
    "global_value",
    metadata,
    Column("path", Text, nullable=False),
    Column("key", key_text(), nullable=False),
    Column("org_id", Uid, nullable=False),
    Column("resource_id", Uid, nullable=False),
    PrimaryKeyConstraint("path", "key"),
    **NARROW,
)

# Of each indexed attribute, whether every stored value has its row; see ``storage/indexes.py``.
value_index = Table(
    "value_index",
    metadata,
    Column("type", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("complete", Flag, nullable=False),
    PrimaryKeyConstraint("type", "path"),
    **NARROW,
)

membership = Table(
    "membership",
    metadata,
    Column("org_id", Uid, nullable=False),
    Column("group_id", Uid, nullable=False),
    Column("member_id", Uid, nullable=False),
    Column("role", Text),
    PrimaryKeyConstraint("org_id", "group_id", "member_id"),
    ForeignKeyConstraint(["org_id", "group_id"], ["resource.org_id", "resource.id"]),
    ForeignKeyConstraint(["org_id", "member_id"], ["resource.org_id", "resource.id"]),
    Index(None, "org_id", "member_id", "group_id"),
    **NARROW,
)
