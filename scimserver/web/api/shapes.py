"""Shapes of the management API: what may be sent, and what is answered, as OpenAPI describes it.

Answers are made by services and checked against these by tests, not at run time.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from scimserver.domain.claims import Method, State
from scimserver.domain.findings import Code, Hint, Warned
from scimserver.domain.sso_mode import Mode

MAX_NAME = 1_024
# Spelled out: two enumerations of one name would be one in the description.
ErrorState = Literal["open", "acknowledged", "resolved"]
# What a cursor of causes of refusals looks like: when the last one was seen, and its id.
_PLACE = r"^[0-9]{1,16}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
PAGE, MAX_PAGE = 25, 100


class Shape(BaseModel):
    """camelCase outside; what is not listed here is refused."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class InOrganization(Shape):
    """Which organization: the token's own."""

    organization_id: str = Field(description="Id of the organization the token belongs to.")


class OfClaim(InOrganization):
    """Which of its domains."""

    id: str = Field(description="Id of the claim.")


class Page(Shape):
    """Which part of a list."""

    limit: int = Field(PAGE, ge=1, le=MAX_PAGE, description="Most items to return.")
    cursor: str | None = Field(
        None, max_length=MAX_NAME, description="Where to go on: ``next`` of the page before."
    )


class NewDomain(Shape):
    """A domain to claim."""

    domain: str = Field(
        max_length=MAX_NAME, description="Domain name, such as acme.com or bücher.example."
    )


class Record(Shape):
    """A DNS record to publish. ``host`` is what most DNS panels ask for."""

    type: Literal["TXT"]
    host: str
    name: str
    value: str
    ttl: int | None = None


class LastCheck(Shape):
    """What DNS said the last time, in words, and what to do about it."""

    code: Code
    detail: str
    action: str
    found: list[str]
    hints: list[Hint]
    warnings: list[Warned]
    authenticated: bool = Field(description="Whether DNSSEC vouched for the answer.")
    transient: bool = Field(description="Whether it says nothing about the record.")
    ttl: int | None
    delegated_to: str | None
    resolvers: list[str]


class Domain(Shape):
    """An organization's claim of a domain."""

    id: str
    organization_id: str
    domain: str = Field(description="The name as DNS has it.")
    domain_unicode: str = Field(description="The name as people read it.")
    state: State
    method: Method
    authoritative: bool
    contested: bool
    warnings: list[str]
    verified_at: datetime | None
    expires_at: datetime | None
    grace_ends_at: datetime | None
    transfer_after: datetime | None
    last_checked_at: datetime | None
    next_check_at: datetime | None
    record: Record | None
    fallback_record: Record | None
    last_check: LastCheck | None


class Domains(Shape):
    """One page of an organization's domains, by name."""

    items: list[Domain]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class OfError(InOrganization):
    """Which of its causes of refusals."""

    id: str = Field(description="Id of the cause.")


class ErrorPage(Shape):
    """Which part of the causes of refusals."""

    state: ErrorState | None = Field(None, description="Only what is in this state.")
    connection: str | None = Field(
        None, max_length=MAX_NAME, description="Only what came by the connection with this id."
    )
    limit: int = Field(PAGE, ge=1, le=MAX_PAGE, description="Most items to return.")
    cursor: str | None = Field(
        None, pattern=_PLACE, description="Where to go on: ``next`` of the page before."
    )


class ProvisioningError(Shape):
    """One cause for which writes are refused, however often they come (G11)."""

    id: str
    state: ErrorState
    count: int = Field(description="How often it was refused.")
    first_seen_at: datetime
    last_seen_at: datetime
    told_at: datetime | None = Field(description="When identity owners were told of it.")
    acknowledged_by: str | None = Field(description="Id of the user who did so in the console.")
    source: str = Field(description="Which way it came in, such as scim.")
    connection_id: str | None
    token_id: str | None = Field(description="The token of the last one.")
    operation: str = Field(description="Method of the last one, such as PATCH.")
    resource_type: str | None
    resource_id: str | None = Field(description="Null where nothing is stored of it.")
    external_id: str | None = Field(description="Its id at the identity provider.")
    attribute_path: str | None
    domain: str | None
    error_category: str
    error_code: str
    reason: str = Field(description="Of the last one, without addresses and values.")
    recommended_action: str | None
    retryable: bool = Field(description="Whether the same write may succeed unchanged later.")
    request_id: str = Field(description="Of the last one, as the provisioning log has it.")


class ProvisioningErrors(Shape):
    """One page of an organization's causes of refusals, the latest first."""

    items: list[ProvisioningError]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class Check(Shape):
    """One condition, whether it is met, what was found, and what to do where it is not."""

    code: str
    ok: bool
    detail: str
    action: str


class Readiness(Shape):
    """What an organization needs before single sign-on can be enforced."""

    checks: list[Check]


class SsoMode(Shape):
    """How far the organization has single sign-on."""

    mode: Mode


class FieldFault(Shape):
    """What is wrong with one field."""

    field: str
    detail: str


class Problem(Shape):
    """A refusal (RFC 9457). ``code`` is stable; ``detail`` is for people and may change."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    action: str | None = None
    request_id: str | None = None
    errors: list[FieldFault] | None = None
    checks: list[Check] | None = Field(None, description="Conditions that are not met.")
