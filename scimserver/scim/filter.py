"""Filters (RFC 7644 §3.4.2.2): from text to bound nodes, and one entry against such a node."""

from scimserver.scim.binding import bind, bind_entry, parent_of, sort_attribute
from scimserver.scim.entry import entry_matches, key_of
from scimserver.scim.tree import And, Compare, Constant, Entry, Node, Not, Op, Or, Present, size

__all__ = [
    "And",
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
    "parent_of",
    "size",
    "sort_attribute",
]
