"""Filters (RFC 7644 §3.4.2.2): from text to bound nodes, and one entry against such a node."""

from scimserver.scim.binding import Bound, bind, bind_entry, named, parent_of, sort_attribute
from scimserver.scim.entry import entry_matches, key_of
from scimserver.scim.tree import And, Compare, Constant, Entry, Node, Not, Op, Or, Present, size

__all__ = [
    "And",
    "Bound",
    "Compare",
    "Constant",
    "Entry",
    "Node",
    "Not",
    "Op",
    "Or",
    "Present",
    "bind",
    "bind_entry",
    "entry_matches",
    "key_of",
    "named",
    "parent_of",
    "size",
    "sort_attribute",
]
