"""Commands carry what a write depends on."""

import pytest

from scimserver.domain.commands import Precondition
from scimserver.scim.conditions import ANY

NONE = frozenset()


@pytest.mark.parametrize(
    ("matches", "none_matches", "holds"),
    [
        (None, None, True),
        ({3}, None, True),
        ({1, 3}, None, True),
        ({2}, None, False),
        (NONE, None, False),
        ({ANY}, None, True),
        (None, {2}, True),
        (None, {3}, False),
        (None, {ANY}, False),
        (None, NONE, True),
        ({3}, {2}, True),
        ({3}, {3}, False),
        ({2}, {2}, False),
    ],
)
def test_a_write_depends_on_the_version_it_named(matches, none_matches, holds):
    assert Precondition(matches, none_matches).holds(3) is holds
