"""Filters are bound to the schema: what they may ask, what they become, what is refused."""

from pathlib import Path

import pytest

from scimserver.scim import binding, patch_targets
from scimserver.scim.errors import InvalidFilterError, InvalidValueError
from scimserver.scim.filter import (
    And,
    Compare,
    Constant,
    Entry,
    Not,
    Or,
    Present,
    bind,
    parent_of,
    sort_attribute,
)
from scimserver.scim.quirks import Profile
from scimserver.scim.readers import Notes
from scimserver.scim.registry import load
from tests.factories import registry
from tests.storage.nasty import C, E

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORPUS = load(Path(__file__).parent.parent / "storage" / "corpus").types
USER, GROUP = registry().types["User"], registry().types["Group"]
LENIENT = Profile()
STRICT = Profile(
    unquoted_filter_values=False, string_booleans=False, unqualified_extension_paths=False
)


def shown(node):
    match node:
        case Compare(attribute=attribute, op=op, value=value):
            return f"{attribute.path} {op} {value!r}"
        case Present(attribute=attribute):
            return f"{attribute.path} pr"
        case Entry(attribute=attribute, test=test):
            return f"{attribute.path}[{shown(test)}]"
        case Not(term=term):
            return f"not({shown(term)})"
        case Constant(holds=holds):
            return str(holds).lower()
        case And(terms=terms) | Or(terms=terms):
            return f"{type(node).__name__.lower()}({', '.join(map(shown, terms))})"
    raise TypeError(node)


def bound(text, kind=USER, profile=LENIENT):
    return shown(bind(text, [kind], profile).nodes[kind.name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('USERNAME Eq "BJensen"', "userName eq 'bjensen'"),
        ('userName eq "\uff21nn"', "userName eq 'ann'"),
        ('emails eq "X"', "emails[emails.value eq 'x']"),
        (f'schemas eq "{USER_URN}"', "true"),
        (f'schemas ne "{USER_URN}"', "false"),
        (f'schemas eq "{ENTERPRISE.upper()}"', f"schemas[schemas eq '{ENTERPRISE.lower()}']"),
        ('schemas co "enterprise"', f"schemas[schemas eq '{ENTERPRISE.lower()}']"),
        ('schemas ew "nobody"', "false"),
        (f'schemas[not (value eq "{USER_URN}")]', f"schemas[schemas eq '{ENTERPRISE.lower()}']"),
        ('schemas eq "urn:taken:away"', "false"),
        ('schemas ne "urn:taken:away"', "true"),
        ("schemas pr", "schemas pr"),
        ('emails.value ne "X"', "not(emails[emails.value eq 'x'])"),
        ('emails[value ne "X"]', "emails[not(emails.value eq 'x')]"),
        ('ims[type eq "w"].value co "A"', "ims[and(ims.type eq 'w', ims.value co 'a')]"),
        ("emails.type eq null", "or(emails[not(emails.type pr)], not(emails pr))"),
        ("emails.type ne null", "not(or(emails[not(emails.type pr)], not(emails pr)))"),
        ("emails[type gt null]", "false"),
        ("title eq null", "not(title pr)"),
        ("title ne null", "title pr"),
        ("title gt null", "false"),
        ("not (not (title pr))", "title pr"),
        ('title pr and (title sw "a" and nickName pr)', "and(title pr, title sw 'a', nickName pr)"),
        ("emails.type pr", "emails[emails.type pr]"),
        ("emails pr", "emails pr"),
        (f'{C}:name.familyName eq "B"', "name.familyName eq 'b'"),
        (f'{E}:manager eq "B"', f"{E}:manager.value eq 'B'"),
        ('manager.value eq "B"', f"{E}:manager.value eq 'B'"),
        ('meta.created gt "2026-01-01T00:00:00"', "meta.created gt '2026-01-01T00:00:00.000000Z'"),
        ('meta.created co "2026"', "false"),
        ('not (meta.created co "2026")', "true"),
        ('externalId eq "e\u0301"', "externalId eq 'e\u0301'"),
        ('x509Certificates.value eq "aGk"', "x509Certificates[x509Certificates.value eq 'aGk=']"),
        ('meta.created co "x" or title pr', "title pr"),
        ('meta.created co "x" and title pr', "false"),
        ('meta.created co "x" or meta.created co "y"', "false"),
    ],
)  # fmt: skip
def test_a_filter_has_one_normal_form(text, expected):
    assert bound(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('tags eq "A"', "tags[tags eq 'a']"),
        ('tags[value ne "A"]', "tags[not(tags eq 'a')]"),
        ("tags[value pr]", "tags pr"),
        ("tags[value eq null]", "false"),
        ("tags eq null", "not(tags pr)"),
        ('entries.labels eq "A"', "entries[entries.labels[entries.labels eq 'a']]"),
        ('name.labels ne "A"', "not(name.labels[name.labels eq 'a'])"),
        ("entries.labels pr", "entries[entries.labels pr]"),
        ("x eq 5.0", "x eq 5"),
        ("x gt 1e300", "x gt 1e+300"),
        ("x gt 99999999999999999999", "false"),
        ("x le 99999999999999999999", "x pr"),
        ("x gt -99999999999999999999", "x pr"),
        ("scores lt 99999999999999999999", "scores[scores pr]"),
        ("x eq 99999999999999999999", "false"),
    ],
)
def test_lists_and_numbers_have_their_own_forms(text, expected):
    assert bound(text, CORPUS["User"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "A"', "false"),
        ('userName ne "A"', "true"),
        ("userName pr", "false"),
        ("userName eq null", "true"),
        ("userName ne null", "false"),
        ('emails[type eq "w" and value eq "1"] or displayName eq 5', "displayName eq '5'"),
        ("emails[type pr] or displayName pr", "displayName pr"),
        ('not (userName eq "A")', "true"),
        ('meta.resourceType eq "Group" and members eq "x"', None),
    ],
)
def test_what_another_type_has_is_unset_here(text, expected):
    found = shown(bind(text, [USER, GROUP], LENIENT).nodes["Group"])
    assert found == (expected or "and(meta.resourceType eq 'Group', members[members.value eq 'x'])")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("userName eq bjensen", "userName eq 'bjensen'"),
        ("userName eq a.b_c@d:e/f+g-h", "userName eq 'a.b_c@d:e/f+g-h'"),
        ("title eq 5", "title eq '5'"),
        ("title eq 1.10 and nickName eq 1e3", "and(title eq '1.10', nickName eq '1e3')"),
        ("title eq 00123", "title eq '00123'"),
        ("title eq truest", "title eq 'truest'"),
        ('ims[type eq work].value eq "X"', "ims[and(ims.type eq 'work', ims.value eq 'x')]"),
        ("not (title eq eq) and nickName pr", "and(not(title eq 'eq'), nickName pr)"),
        ("title eq 5and nickName eq 6", "and(title eq '5', nickName eq '6')"),
        ('active eq "TRUE"', "active eq True"),
        ("active eq True", "active eq True"),
    ],
)  # fmt: skip
def test_a_lenient_profile_takes_values_without_quotes(text, expected):
    assert bound(text) == expected


@pytest.mark.parametrize(
    ("text", "quirks"),
    [
        ('userName eq "ann" and active eq true', ()),
        (f'{E}:department eq "D" and meta.created gt "2026-05-01T12:00:00Z"', ()),
        ("title eq null and active pr", ()),
        ("userName eq ann", ("unquoted-value",)),
        ("title eq 5", ("unquoted-value",)),
        ('emails[value eq 5 and primary eq "TRUE"]', ("unquoted-value", "string-boolean")),
        ('active eq "true" and not (active eq "False")', ("string-boolean",)),
        ('department eq "D" or manager.value pr', ("unqualified-attribute",)),
        ("department eq D", ("unquoted-value", "unqualified-attribute")),
    ],
)  # fmt: skip
def test_tolerances_that_a_filter_took_are_told(text, quirks):
    """J2.1"""
    assert bind(text, [USER, GROUP], LENIENT).quirks == quirks


@pytest.mark.parametrize(
    ("text", "quirks"), [("department", {"unqualified-attribute"}), (f"{E}:department", set())]
)
def test_tolerances_that_an_order_took_are_told(text, quirks):
    """J2.1"""
    notes = Notes(LENIENT)
    sort_attribute(text, [USER, GROUP], notes)
    assert set(notes.quirks) == quirks


@pytest.mark.parametrize(
    ("text", "quirks"),
    [
        ('emails[primary eq true and type eq "work"].value', ()),
        ('emails[primary eq "True"].value', ("string-boolean",)),
        ("emails[value eq 5]", ("unquoted-value",)),
        ("manager", ("unqualified-attribute",)),
    ],
)
def test_tolerances_that_a_path_took_are_told(text, quirks):
    """J2.1"""
    assert patch_targets.resolve(USER, text, LENIENT).quirks == quirks


@pytest.mark.parametrize(
    "text",
    [
        "userName eq bjensen",
        "title eq 5",
        'active eq "true"',
        'manager eq "x"',
    ],
)
def test_a_strict_profile_does_not(text):
    with pytest.raises(InvalidFilterError):
        bound(text, profile=STRICT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('nope eq "x"', "'nope'"),
        ("urn:x:y:userName pr", "'urn:x:y:userName'"),
        ('emails.nope eq "x"', "'emails.nope'"),
        ('emails[nope eq "x"]', "'emails.nope'"),
        ('emails[value.x eq "x"]', "'emails.value.x'"),
        (f'emails[{C}:value eq "x"]', "is not an attribute"),
        ('password eq "x"', "cannot be searched"),
        ("password pr", "cannot be searched"),
        ("password eq null", "cannot be searched"),
        ('name eq "x"', "Name one of its sub-attributes"),
        ("addresses eq null", "Name one of its sub-attributes"),
        ('userName[value eq "x"]', "brackets"),
        ('name[familyName eq "x"]', "brackets"),
        ("active gt true", "'gt'"),
        ("active co true", "'co'"),
        ('active eq "maybe"', "true or false"),
        ("active eq 1", "true or false"),
        ("title eq true", "a string"),
        ('meta.created gt "yesterday"', "a date and time"),
        ("meta.created gt 5", "a date and time"),
        ("meta.created co 5", "a date and time"),
        ('x509Certificates.value eq "-"', "base64"),
        ('x509Certificates.value co "a"', "'co'"),
        ('userName eq "a\\u0000"', "character"),
        ('userName eq "\\ud800"', "character"),
        ("userName eq", "invalid syntax"),
        ("userName eq 'abc'", "invalid syntax"),
        ("userName eq abc)", "invalid syntax"),
        ('userName eq "abc', "invalid syntax"),
        ("", "invalid syntax"),
        ("title pr or " * 256 + "title pr", "256 terms"),
        ('title eq "' + "x" * 8192 + '"', "8192 characters"),
    ],
)
def test_a_wrong_filter_is_refused_with_where_and_why(text, said):
    with pytest.raises(InvalidFilterError) as refusal:
        bound(text)
    assert said in refusal.value.detail
    assert len(refusal.value.detail) <= 500


@pytest.mark.parametrize("text", ['x co "1"', "x co 1", 'x eq "1"', "x eq true", 'secret eq "a"'])
def test_numbers_and_secrets_are_guarded(text):
    with pytest.raises(InvalidFilterError):
        bound(text, CORPUS["User"])


def test_256_terms_and_deep_negation_are_within_bounds():
    assert bound(" or ".join(f'title eq "{n}"' for n in range(256))).startswith("or(")
    assert bound("not (" * 31 + "title pr" + ")" * 31) == "not(title pr)"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("userName", "userName"),
        ("emails", "emails.value"),
        ("EMAILS.TYPE", "emails.type"),
        (f"{C}:name.familyName", "name.familyName"),
        ("manager", f"{E}:manager.value"),
        ("meta.lastModified", "meta.lastModified"),
    ],
)
def test_what_has_an_order_can_be_sorted_by(text, path):
    assert sort_attribute(text, [USER], Notes(LENIENT))["User"].path == path


@pytest.mark.parametrize(
    "text",
    [
        "nope", "password", "name", "addresses", "groups", "groups.value", "x509Certificates",
        'emails[type eq "w"]', "", "a b", "emails.nope",
    ],
)  # fmt: skip
def test_what_has_no_order_cannot(text):
    with pytest.raises(InvalidValueError):
        sort_attribute(text, [USER], Notes(LENIENT))


def test_sorting_all_types_needs_one_that_has_the_attribute():
    assert set(sort_attribute("userName", [USER, GROUP], Notes(LENIENT))) == {"User"}
    assert set(sort_attribute("displayName", [USER, GROUP], Notes(LENIENT))) == {"User", "Group"}
    with pytest.raises(InvalidValueError):
        sort_attribute("members", [USER, GROUP], Notes(LENIENT))


def test_a_sub_attribute_knows_its_parent():
    assert parent_of(USER, USER.find("emails", "value")) is USER.find("emails")
    assert parent_of(USER, USER.find("userName")) is None


def test_long_filters_and_paths_are_not_kept_in_memory():
    filters, paths = binding._remembered, patch_targets._remembered
    kept = filters.cache_info().currsize, paths.cache_info().currsize
    long = "a" * binding.KEPT
    for number in range(3):
        bound(f'userName eq "{number} {long}"')
        patch_targets.resolve(USER, f'emails[value eq "{number} {long}"]', LENIENT)
    assert (filters.cache_info().currsize, paths.cache_info().currsize) == kept
