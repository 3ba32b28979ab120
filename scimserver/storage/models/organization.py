"""Organizations: the one table whose own id needs no organization before it."""

from sqlalchemy import Column, Index, Integer, Table, Text, false

from scimserver.storage.models.metadata import STRICT, metadata
from scimserver.storage.types import Flag, Uid, Utc

organization = Table(
    "organization",
    metadata,
    Column("id", Uid, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sandbox", Flag, nullable=False),
    Column("require_address", Flag, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("forbid_get_filters", Flag, nullable=False, server_default=false()),
    Column("suspended", Flag, nullable=False, server_default=false()),
    # Who may sign in with a passkey: administrators, a team, or everyone.
    Column("passkey_audience", Text, nullable=False, server_default="administrators"),
    Column("passkey_team", Uid),
    Column("sso_mode", Text, nullable=False, server_default="off"),
    Column("recovery_tested_at", Utc),
    Column("recovery_tested_by", Uid),
    # Where people outside the console reach whoever answers for identity (G1).
    Column("identity_contact", Text),
    # How its identity owners hear of refused writes, and after how many refusals in ten minutes
    # writes of a connection pause (G12). None: nobody has decided yet, and never.
    Column("error_notices", Text),
    Column("pause_after", Integer),
    Column("errors_told_at", Utc),
    # The day a sandbox closes (M24); None for organizations of people.
    Column("expires_at", Utc),
    Index("uq_organization_slug", "slug", unique=True),
    **STRICT,
)
