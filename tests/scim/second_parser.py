"""The second parser, scim2-filter-parser: what it gets wrong, and both trees in one form.

It is asked only about texts it reads by the RFC. Its departures: one level of precedence for
``and`` and ``or``, numbers of more than one digit, escapes, keywords in other cases, names that
begin like literals or are operators, and some white space.
"""

import re

from scim2_filter_parser import ast

from scimserver.scim.vocabulary import LogicalExpr, Not, Present, ValuePath

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[()\[\]]|\s+|[^\s()\[\]"]+|"', re.DOTALL)
COMPARE = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}
WORDS = {*COMPARE, "pr", "and", "or"}
START = {"", "(", "[", "and", "or", "not"}


def both_parsers_read(text):
    """Return whether the second parser is known to read a text right, if it is a filter."""
    seen_or, before = [False], ""
    for token in TOKEN.findall(text):
        low, name, bad = token.lower(), token.rpartition(":")[2], False
        if token.isspace():
            bad, low = token.strip(" \t"), before
        elif token[0] == '"':
            bad = "\\" in token
        elif token in "([":
            seen_or.append(False)
        elif token in ")]":
            seen_or[1:] = seen_or[1:-1]
        elif low in ("and", "or") and before not in START:
            bad = low == "and" and seen_or[-1]
            seen_or[-1] |= low == "or"
        elif token == "." or (token[0] in "-0123456789" and len(token) > 1):
            bad = True
        elif before in COMPARE:
            bad = low in ("true", "false", "null") and token != low
        elif before in START:
            bad = re.match("true|false|null", name) or name.lower().partition(".")[0] in WORDS
        if bad:
            return False
        before = low
    return True


def _joined(op, terms):
    flat = []
    for term in terms:
        flat.extend(term[1:] if term[0] == op else [term])
    return (op, *flat)


def _literal(value):
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def tree(node):
    """Return our grammar's tree in the common form."""
    match node:
        case Not(expr=expr):
            return ("not", tree(expr))
        case LogicalExpr(op=op, terms=terms):
            return _joined(op.value, [tree(term) for term in terms])
        case ValuePath(attr_path=path, val_filter=inner):
            return ("path", str(path), tree(inner))
        case Present(attr_path=path):
            return ("leaf", str(path), "pr", None)
    return ("leaf", str(node.attr_path), node.op.value, _literal(node.value))


def second_tree(node):
    """Return the second parser's tree in the common form."""
    if isinstance(node, ast.Filter):
        inner = second_tree(node.expr)
        if node.namespace is not None:
            return ("path", _path(node.namespace), inner)
        return ("not", inner) if node.negated else inner
    if isinstance(node, ast.LogExpr):
        return _joined(node.op.lower(), [second_tree(node.expr1), second_tree(node.expr2)])
    op = node.value.lower()
    literal = node.comp_value.value.strip('"') if node.comp_value else None
    selected = node.attr_path.attr_name
    if isinstance(selected, ast.Filter):
        sub = selected.namespace.sub_attr
        leaf = ("leaf", sub.value.lstrip("."), op, literal)
        return (
            "path",
            selected.namespace.attr_name,
            _joined("and", [second_tree(selected.expr), leaf]),
        )
    return ("leaf", _path(node.attr_path), op, literal)


def _path(path):
    uri = f"{path.uri.rstrip(':')}:" if path.uri else ""
    sub = f".{path.sub_attr.value.lstrip('.')}" if path.sub_attr else ""
    return f"{uri}{path.attr_name}{sub}"
