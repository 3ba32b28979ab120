"""The rules of the door, one matrix for the domain rule, and their twins for what is stored."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scimserver.domain import permissions, policies
from scimserver.domain.actor import Actor, Door
from scimserver.domain.commands import Create, Delete, Patch, Plan, Replace
from scimserver.domain.errors import (
    DomainNotVerifiedError,
    InvalidEmailError,
    LimitExceededError,
    NoEmailError,
    PermissionDeniedError,
    ProtectedResourceError,
)
from scimserver.domain.policies import Facts, Row, check_all, domain_claim
from scimserver.scim import patch, registry
from scimserver.scim.quirks import Profile
from scimserver.scim.resource import Draft, Stored, complete
from scimserver.scim.validate import canonical

SCHEMAS = Path(__file__).parents[2] / "schemas"
CONTACT = "urn:example:params:scim:schemas:extension:contact:2.0:User"
PROFILE = Profile()
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ACTOR = Actor("0d1f8a4e-0000-4000-8000-000000000001", Door.SCIM, "idp")
SANDBOX = replace(ACTOR, sandbox=True)
STRICT = replace(ACTOR, require_address=True)
ID = "019aa000-0000-7000-8000-000000000001"

ANN = {"userName": "ann", "emails": [{"value": "ann@acme.com", "type": "work"}], "active": True}
OFF = {**ANN, "active": False}
# Let in while gone.com was verified; now it has lapsed.
LAPSED = {
    "userName": "ann@gone.com",
    "emails": [{"value": "ann@gone.com", "type": "work", "primary": True}],
    "active": True,
}
FACTS = Facts(owned=frozenset({"acme.com", "xn--bcher-kva.com"}))


@pytest.fixture(scope="session")
def kinds(tmp_path_factory):
    """The shipped types, and an extension with attributes marked as addresses (L8)."""
    folder = tmp_path_factory.mktemp("schemas")
    for path in SCHEMAS.glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    text = {"type": "string", "multiValued": False}
    extension = {
        "id": CONTACT,
        "name": "Contact",
        "description": "How to reach a user",
        "attributes": [
            {"name": "backup", **text, "description": "One address"},
            {"name": "copies", "type": "string", "multiValued": True, "description": "Many"},
            {
                "name": "desk",
                "type": "complex",
                "multiValued": False,
                "description": "One place",
                "subAttributes": [
                    {"name": "mail", **text, "description": "Its address"},
                    {"name": "room", **text, "description": "Its number"},
                ],
            },
        ],
        "x-scimserver": {
            "extends": "User",
            "required": False,
            "emails": ["backup", "copies", "desk.mail"],
        },
    }
    (folder / "contact.json").write_text(json.dumps(extension))
    return registry.load(folder).types


def _stored(kind, attributes):
    active = attributes.get("active", True)
    return Stored(kind, ID, 1, "{}", None, active, NOW, NOW)


def _attributes(kind, body):
    return dict(canonical(kind, {"schemas": [kind.schema.urn], **body}, PROFILE).attributes)


def _create(kind, body):
    return Plan(Create(kind, draft := Draft(kind, _attributes(kind, body))), ID, None, {}, draft)


def _replace(kind, before, body):
    draft = Draft(kind, _attributes(kind, body))
    known = _attributes(kind, before)
    return Plan(Replace(kind, ID, draft), ID, _stored(kind, before), known, draft)


def _patch(kind, before, *operations):
    known = _attributes(kind, before)
    read = patch.read(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": list(operations),
        },
        PROFILE,
    )
    delta = patch.apply(kind, read, known, None, PROFILE)
    draft = Draft(kind, delta.attributes)
    return Plan(Patch(kind, ID, read), ID, _stored(kind, before), known, draft)


def _judge(plan, actor=ACTOR, facts=FACTS):
    resource = complete(plan.draft, PROFILE) if plan.draft else None
    check_all(actor, plan, resource, facts)


def _mail(*values):
    return [{"value": value, "type": "work"} for value in values[:1]] + [
        {"value": value, "type": "other"} for value in values[1:]
    ]


def _op(op, path=None, value=None):
    return {"op": op} | ({"path": path} if path else {}) | ({"value": value} if value else {})


# (what happens, stored before, body or operations, what is refused: None, (path, domain) or path)
MATRIX = [
    ("create in a verified domain", None, ANN, None),
    ("create without any address", None, {"userName": "ann"}, None),
    ("create in upper case", None, {**ANN, "emails": _mail("ANN@ACME.COM")}, None),
    ("create in a verified IDN", None, {**ANN, "emails": _mail("ann@BÜCHER.com")}, None),
    ("create in another width", None, {**ANN, "emails": _mail("ann@ａｃｍｅ.com")}, None),  # noqa: RUF001
    (
        "create with a foreign second mail",
        None,
        {**ANN, "emails": _mail("ann@acme.com", "ann@evil.com")},
        ("emails[1].value", "evil.com"),
    ),
    ("create with a foreign userName", None, {"userName": "a@evil.com"}, ("userName", "evil.com")),
    (
        "create inactive",
        None,
        {**OFF, "emails": _mail("a@evil.com")},
        ("emails[0].value", "evil.com"),
    ),
    (
        "create in a sub-domain",
        None,
        {"userName": "ann@eng.acme.com"},
        ("userName", "eng.acme.com"),
    ),
    (
        "create in a parent",
        None,
        {"userName": "ann@com"},
        "userName",
    ),
    (
        "create with a look-alike",
        None,
        {"userName": "ann@аcme.com"},  # noqa: RUF001
        ("userName", "xn--cme-5cd.com"),
    ),
    ("create with a trailing dot", None, {"userName": "ann@acme.com."}, "userName"),
    ("create with a full-width at sign", None, {"userName": "ann\uff20acme.com"}, "userName"),
    ("create with a small at sign", None, {"userName": "ann\ufe6bevil.com"}, "userName"),
    ("create with two at signs", None, {"userName": "ann@evil.com@acme.com"}, "userName"),
    ("create with an encoded word", None, {"userName": "=?u?q?a=40b?=x@acme.com"}, "userName"),
    ("create with no address as mail", None, {**ANN, "emails": _mail("ann")}, "emails[0].value"),
    (
        "create with a foreign extension address",
        None,
        {**ANN, CONTACT: {"backup": "a@evil.com"}},
        (f"{CONTACT}:backup", "evil.com"),
    ),
    (
        "create with a foreign address in a list of the extension",
        None,
        {**ANN, CONTACT: {"copies": ["a@acme.com", "b@evil.com"]}},
        (f"{CONTACT}:copies[1]", "evil.com"),
    ),
    (
        "create with a foreign address in a complex of the extension",
        None,
        {**ANN, CONTACT: {"desk": {"mail": "a@evil.com"}}},
        (f"{CONTACT}:desk.mail", "evil.com"),
    ),
    (
        "create with an unmarked at sign",
        None,
        {**ANN, CONTACT: {"desk": {"room": "4@evil.com"}}},
        None,
    ),
    ("a display name is no address", None, {**ANN, "displayName": "ann@evil.com"}, None),
    (
        "PUT a foreign mail",
        ANN,
        {**ANN, "emails": _mail("a@evil.com")},
        ("emails[0].value", "evil.com"),
    ),
    ("PUT the same", ANN, ANN, None),
    ("PUT another verified mail", ANN, {**ANN, "emails": _mail("bob@acme.com")}, None),
    (
        "PATCH add a foreign mail",
        ANN,
        [_op("add", "emails", [{"value": "a@evil.com", "type": "home"}])],
        ("emails[1].value", "evil.com"),
    ),
    (
        "PATCH replace by value path",
        ANN,
        [_op("replace", 'emails[type eq "work"].value', "a@evil.com")],
        ("emails[0].value", "evil.com"),
    ),
    (
        "PATCH replace all mails",
        ANN,
        [_op("replace", "emails", [{"value": "a@evil.com"}])],
        ("emails[0].value", "evil.com"),
    ),
    (
        "PATCH without a path",
        ANN,
        [_op("replace", value={"userName": "a@evil.com"})],
        ("userName", "evil.com"),
    ),
    (
        "PATCH the extension",
        ANN,
        [_op("add", f"{CONTACT}:backup", "a@evil.com")],
        (f"{CONTACT}:backup", "evil.com"),
    ),
    (
        "PATCH a good and a bad operation",
        ANN,
        [_op("replace", "displayName", "Ann"), _op("replace", "userName", "a@evil.com")],
        ("userName", "evil.com"),
    ),
    ("lapsed: an unrelated change", LAPSED, [_op("replace", "displayName", "Ann")], None),
    ("lapsed: deactivation", LAPSED, [{"op": "replace", "path": "active", "value": False}], None),
    ("lapsed: the address leaves", LAPSED, [_op("remove", "emails")], None),
    ("lapsed: the mails are emptied", LAPSED, {**LAPSED, "emails": []}, None),
    (
        "lapsed: another address in it",
        LAPSED,
        [_op("add", "emails", [{"value": "new@gone.com", "type": "home"}])],
        ("emails[1].value", "gone.com"),
    ),
    (
        "lapsed: the same address in other letters is a change",
        LAPSED,
        {**LAPSED, "userName": "ANN@gone.com"},
        ("userName", "gone.com"),
    ),
    (
        "lapsed: re-activation",
        {**LAPSED, "active": False},
        {**LAPSED, "active": True},
        ("userName", "gone.com"),
    ),
    ("re-activation in a verified domain", OFF, {**OFF, "active": True}, None),
    (
        "lapsed: a change while inactive",
        {**LAPSED, "active": False},
        [_op("add", "title", "x")],
        None,
    ),
    (
        "deactivation that brings a foreign address",
        ANN,
        {**OFF, "emails": _mail("ann@acme.com", "a@evil.com")},
        ("emails[1].value", "evil.com"),
    ),
    ("delete with a lapsed address", LAPSED, "delete", None),
]


def _plan(kind, before, change):
    if change == "delete":
        known = _attributes(kind, before)
        return Plan(Delete(kind, ID), ID, _stored(kind, before), known, None)
    if before is None:
        return _create(kind, change)
    if isinstance(change, list):
        return _patch(kind, before, *change)
    return _replace(kind, before, change)


@pytest.mark.parametrize(
    ("before", "change", "refused"), [pytest.param(*row[1:], id=row[0]) for row in MATRIX]
)
def test_the_domain_rule(kinds, before, change, refused):
    plan = _plan(kinds["User"], before, change)
    if refused is None:
        _judge(plan)
        return
    path, domain = refused if isinstance(refused, tuple) else (refused, None)
    error = DomainNotVerifiedError if domain else InvalidEmailError
    with pytest.raises(error) as caught:
        _judge(plan)
    assert caught.value.context["path"] == path
    assert caught.value.detail.startswith(f"{path}: ")
    assert caught.value.detail.endswith(f"(code {error.code})")
    assert len(caught.value.detail) <= 500
    if domain:
        assert caught.value.detail == (
            f"{path}: domain '{domain}' is not a verified domain of this organization. Verify the "
            "domain, or provision an address in a verified one. (code domain_not_verified)"
        )


@pytest.mark.parametrize("row", MATRIX, ids=[row[0] for row in MATRIX])
def test_a_sandbox_takes_any_address(kinds, row):
    _judge(_plan(kinds["User"], row[1], row[2]), SANDBOX, Facts())


def test_a_group_has_no_addresses(kinds):
    _judge(_create(kinds["Group"], {"displayName": "ann@evil.com"}), STRICT)


def test_a_test_suffix_counts_where_the_operator_enabled_it(kinds):
    plan = _create(kinds["User"], {"userName": "ann@acme.test"})
    owned = frozenset({"acme.test"})
    _judge(plan, facts=Facts(owned=owned, test_suffixes=frozenset({"test"})))
    with pytest.raises(InvalidEmailError):
        _judge(plan, facts=Facts(owned=owned))


@pytest.mark.parametrize(
    ("before", "change", "domains"),
    [
        (None, ANN, {"acme.com"}),
        (None, {"userName": "a@b.com", "emails": _mail("x@c.com", "y@C.com")}, {"b.com", "c.com"}),
        (None, {"userName": "not@an@address"}, set()),
        (ANN, [_op("replace", "displayName", "Ann")], set()),
        (ANN, [_op("replace", "userName", "ann@b.com")], {"b.com"}),
        (OFF, {**OFF, "active": True}, {"acme.com"}),
        (LAPSED, "delete", set()),
    ],
)
def test_only_domains_that_decide_are_asked_for(kinds, before, change, domains):
    plan = _plan(kinds["User"], before, change)
    resource = complete(plan.draft, PROFILE) if plan.draft else None
    assert policies.domains_needed(ACTOR, plan, resource) == domains
    assert policies.domains_needed(SANDBOX, plan, resource) == frozenset()


def test_values_that_are_no_text_are_passed_over(kinds):
    attributes = {"userName": 7, "emails": [{"value": None}, {}], CONTACT: {"copies": "a@b.com"}}
    found = domain_claim.addresses_of(kinds["User"], attributes)
    assert found == [(f"{CONTACT}:copies", "a@b.com")]


@pytest.mark.parametrize(
    ("before", "change", "refused"),
    [
        (None, {"userName": "ann"}, True),
        (None, {"userName": "ann", "active": False}, True),
        (None, {"userName": "ann@acme.com"}, False),
        (None, ANN, False),
        (ANN, [_op("remove", "emails")], True),
        (ANN, {"userName": "ann", "active": False}, False),
        ({"userName": "ann"}, [_op("add", "title", "x")], False),
        ({"userName": "ann", "active": False}, {"userName": "ann", "active": True}, True),
        ({"userName": "ann"}, "delete", False),
    ],
)
def test_an_organization_may_require_an_address(kinds, before, change, refused):
    plan = _plan(kinds["User"], before, change)
    _judge(plan, ACTOR)
    _judge(plan, replace(STRICT, sandbox=True))
    if refused:
        with pytest.raises(NoEmailError, match=r"\(code no_email\)"):
            _judge(plan, STRICT)
    else:
        _judge(plan, STRICT)


@pytest.mark.parametrize("change", [ANN, OFF, [_op("add", "title", "x")], "delete"])
def test_a_local_administrator_is_out_of_reach(kinds, change):
    plan = _plan(kinds["User"], ANN, change)
    protected = replace(FACTS, protected=frozenset({ID}))
    with pytest.raises(ProtectedResourceError, match=r"\(code protected_account\)|local admin"):
        _judge(plan, facts=protected)
    with pytest.raises(ProtectedResourceError):
        _judge(plan, SANDBOX, protected)


def test_a_quota_stops_creations_alone(kinds):
    full = replace(FACTS, room={"User": 0})
    with pytest.raises(LimitExceededError, match="User"):
        _judge(_create(kinds["User"], ANN), facts=full)
    _judge(_create(kinds["Group"], {"displayName": "x"}), facts=full)
    _judge(_create(kinds["User"], ANN), facts=replace(FACTS, room={"User": 1}))
    _judge(_plan(kinds["User"], ANN, [_op("add", "title", "x")]), facts=full)


@pytest.mark.parametrize(
    ("kind", "attributes", "row", "facts", "rules"),
    [
        ("User", ANN, Row(ID, active=True), FACTS, []),
        ("User", LAPSED, Row(ID, active=True), FACTS, ["domain_claim", "domain_claim"]),
        ("User", LAPSED, Row(ID, active=False), FACTS, []),
        ("User", LAPSED, Row(ID, active=True, sandbox=True), FACTS, []),
        ("User", {"userName": "a@b@c"}, Row(ID, active=True), FACTS, ["domain_claim"]),
        (
            "User",
            {"userName": "a"},
            Row(ID, True, require_address=True),
            FACTS,
            ["require_address"],
        ),
        ("User", {"userName": "a"}, Row(ID, False, require_address=True), FACTS, []),
        ("User", ANN, Row(ID, False), Facts(protected=frozenset({ID})), ["protected"]),
        ("User", ANN, Row(ID, True), replace(FACTS, protected=frozenset({ID})), []),
        ("User", {"userName": "a"}, Row(ID, True), Facts(room={"User": -1}), ["limits"]),
        ("Group", {"displayName": "x"}, Row(ID, True, require_address=True), FACTS, []),
    ],
)
def test_the_twins_find_what_breaks_a_rule_today(kinds, kind, attributes, row, facts, rules):
    found = policies.violations(kinds[kind], attributes, row, facts)
    assert [violation.rule for violation in found] == rules
    assert all(violation.id == ID and violation.detail for violation in found)


def test_every_rule_has_a_twin():
    assert [rule.__module__ for rule in policies.RULES] == [t.__module__ for t in policies.TWINS]


def test_the_twin_knows_which_domains_to_ask_for(kinds):
    stored = {**LAPSED, "emails": _mail("a@acme.com", "b@c.test", "junk")}
    assert policies.domains_stored(kinds["User"], stored) == {"gone.com", "acme.com"}
    suffixes = frozenset({"test"})
    assert policies.domains_stored(kinds["User"], stored, test_suffixes=suffixes) == {
        "gone.com",
        "acme.com",
        "c.test",
    }


@pytest.mark.parametrize(
    ("door", "scopes", "kind", "read", "write"),
    [
        (Door.SCIM, {"scim"}, "User", True, True),
        (Door.SCIM, {"scim.users.read"}, "User", True, False),
        (Door.SCIM, {"scim.users.write"}, "User", False, True),
        (Door.SCIM, {"scim.users.read", "scim.users.write"}, "Group", False, False),
        (Door.SCIM, {"scim.groups.write"}, "Group", False, True),
        (Door.API, set(), "User", False, False),
        (Door.CLI, set(), "User", True, True),
        (Door.SYSTEM, set(), "Group", True, True),
    ],
)
def test_a_scope_opens_what_it_names(kinds, door, scopes, kind, read, write):
    actor = replace(ACTOR, door=door, scopes=frozenset(scopes))
    body = ANN if kind == "User" else {"displayName": "x"}
    for allowed, ask in (
        (read, lambda: permissions.check_read(actor, kinds[kind])),
        (write, lambda: permissions.check(actor, _create(kinds[kind], body))),
    ):
        if allowed:
            ask()
        else:
            with pytest.raises(PermissionDeniedError, match=rf"scim\.{kind.lower()}s"):
                ask()


def test_a_type_without_its_own_scope_needs_the_one_for_everything(kinds):
    device = replace(kinds["User"], endpoint="/Devices")
    assert permissions.scope_of(device, "read") == "scim"
    reader = replace(ACTOR, scopes=frozenset({"scim.users.read"}))
    with pytest.raises(PermissionDeniedError):
        permissions.check_read(reader, device)
