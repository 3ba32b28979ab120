"""Date and time texts become instants that order as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimserver.scim.datetimes import instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2008-01-23T04:56:22Z", "2008-01-23T04:56:22.000000Z"),
        ("2008-01-23t04:56:22z", "2008-01-23T04:56:22.000000Z"),
        ("2008-01-23T04:56:22", "2008-01-23T04:56:22.000000Z"),
        ("2008-01-23T04:56:22.1234567Z", "2008-01-23T04:56:22.123456Z"),
        ("2008-01-23T04:56:22.123456789+02:00", "2008-01-23T02:56:22.123456Z"),
        ("2008-01-23T23:30:00-01:30", "2008-01-24T01:00:00.000000Z"),
        ("0999-01-01T00:00:00.5Z", "0999-01-01T00:00:00.500000Z"),
    ],
)
def test_a_date_time_becomes_fixed_width_utc_text(text, expected):
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2008-01-23",
        "2008-01-23 04:56:22Z",
        "2008-01-23T04:56Z",
        "2008-13-23T04:56:22Z",
        "2008-02-30T04:56:22Z",
        "2008-01-23T24:00:01Z",
        "2008-01-23T04:56:60Z",
        "2008-01-23T04:56:22.Z",
        "2008-01-23T04:56:22+24:00",
        "2008-01-23T04:56:22+02",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\uff12008-01-23T04:56:22Z",
        "2008-01-23T04:56:22Z\n",
    ],
)
def test_what_names_no_moment_is_none(text):
    assert instant(text) is None


@given(
    st.datetimes(datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-01-01")),
    st.integers(min_value=-1439, max_value=1439),
)
def test_an_offset_never_changes_the_instant(moment, minutes):
    moment = moment.replace(tzinfo=UTC)
    shifted = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(shifted.isoformat()) == instant(moment.isoformat())


@given(st.datetimes(), st.datetimes())
def test_instants_order_as_the_moments_do(one, other):
    texts = instant(one.isoformat()), instant(other.isoformat())
    assert (texts[0] < texts[1]) == (one < other)
