"""The grammar reads the seventy nasty filters right, and agrees with a second parser."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_filter_parser.lexer import SCIMLexer
from scim2_filter_parser.parser import SCIMParser, SCIMParserError

from scimserver.scim.errors import InvalidFilterError, InvalidPathError
from scimserver.scim.vocabulary import (
    Comparison,
    LogicalExpr,
    Not,
    Present,
    ValuePath,
    parse_filter,
    parse_path,
)
from tests.scim.second_parser import both_parsers_read, second_tree, tree
from tests.storage.nasty import INVALID, PLAIN, TREES


def shown(node):
    match node:
        case Not(expr=expr):
            return f"not({shown(expr)})"
        case LogicalExpr(op=op, terms=terms):
            return f"{op.value}({', '.join(map(shown, terms))})"
        case ValuePath(attr_path=path, val_filter=inner):
            return f"{path}[{shown(inner)}]"
        case Present(attr_path=path):
            return f"{path} pr"
        case Comparison(attr_path=path, op=op, value=value):
            return f"{path} {op.value} {json.dumps(value, ensure_ascii=False)}"
    raise TypeError(node)


@pytest.mark.parametrize(("number", "text", "expected"), TREES)
def test_a_nasty_filter_has_its_right_tree(number, text, expected):
    assert shown(parse_filter(text)) == expected


@pytest.mark.parametrize(("number", "text"), PLAIN)
def test_a_plain_filter_is_its_own_tree(number, text):
    assert shown(parse_filter(text)) == text


def test_not_needs_no_space():
    assert shown(parse_filter("not(a pr)")) == "not(a pr)"


@pytest.mark.parametrize(("number", "text"), INVALID)
def test_an_invalid_filter_is_refused(number, text):
    with pytest.raises(InvalidFilterError):
        parse_filter(text)


@pytest.mark.parametrize("text", ['a\neq "x"', 'userName eq"a"', "(" * 200 + "a pr" + ")" * 200])
def test_unusual_space_and_parentheses_are_fine(text):
    assert parse_filter(text)


@pytest.mark.parametrize(
    "text", ["not (" * 33 + "a pr" + ")" * 33, "x eq " + "9" * 5000, "x eq 9e999", "[" * 9000]
)
def test_what_exceeds_bounds_is_refused(text):
    with pytest.raises(InvalidFilterError):
        parse_filter(text)


@pytest.mark.parametrize("text", ["", "a b", "emails[", "emails[0]", "a.b.c", "[type pr]"])
def test_a_path_that_is_none_is_refused(text):
    with pytest.raises(InvalidPathError):
        parse_path(text)


_names = st.sampled_from(["a", "userName", "emails.value", "urn:a:b:c", "nullable", "ne", "x.true"])
_values = st.sampled_from(['"x"', "true", "null", "5", "42", '"a\\"b"', '"or"', "False", "bare"])
_ops = st.sampled_from(["eq", "Ne", "co", "pr", "and", "not"])
_loose = st.lists(
    st.one_of(_names, _values, _ops, st.sampled_from(["(", ")", "[", "]", "or", "not (", "]."])),
    max_size=12,
).map(" ".join)
_terms = st.one_of(
    st.builds("{} {} {}".format, _names, st.sampled_from(["eq", "GT"]), _values),
    st.builds("{} pr".format, _names),
    st.builds("emails[type eq {} and value pr]".format, _values),
)
_strict = st.recursive(
    _terms,
    lambda inner: st.one_of(
        st.builds("{} or {}".format, inner, inner),
        st.builds("{} and {}".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(text=st.one_of(_strict, _loose))
def test_a_second_parser_reads_the_same(text):
    if not both_parsers_read(text):
        return
    try:
        theirs = second_tree(SCIMParser().parse(SCIMLexer().tokenize(text)))
    except (SCIMParserError, ValueError):
        with pytest.raises(InvalidFilterError):
            parse_filter(text)
        return
    try:
        ours = parse_filter(text)
    except InvalidFilterError:
        return
    assert tree(ours) == theirs
