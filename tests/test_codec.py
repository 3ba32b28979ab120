"""JSON at the gate: one meaning, bounded depth, nothing a database could not keep."""

import orjson
import pytest

from scimserver import codec
from scimserver.codec import MalformedJsonError, Packed, UnwritableValueError
from scimserver.errors import ScimServerError


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": [1, 2.5, true, null, "\xc3\xa9"]}', {"a": [1, 2.5, True, None, "é"]}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'["\\u0041"]', ["A"]),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"[" * 20 + b"]" * 20, orjson.loads(b"[" * 20 + b"]" * 20)),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b"[" + b"[]," * 40 + b"[]]", [[]] * 41),
    ],
)
def test_well_formed_json_is_read(raw, value):
    assert codec.decode(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b"[Infinity]",
        b'{"a": 1} x',
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b'"\x00"',
        b'{"a": 1, "a": 2}',
        b'{"userName": 1, "username": 2}',
        b"[" * 21 + b"]" * 21,
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'["\\u0041",' + b"[" * 21 + b"]" * 21 + b"]",
    ],
)
def test_what_is_not_one_bounded_json_value_is_malformed(raw):
    with pytest.raises(MalformedJsonError):
        codec.decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'"\\u0000"',
        b'{"a": ["x\\u0000"]}',
        b'{"\\u0000": 1}',
        b'"\\ud800"',
        b'"\\uDFFFx"',
        b"9223372036854775808",
        b"-9223372036854775809",
        b"1" * 5000,
        b"1e999",
        b"[-1e999]",
    ],
)
def test_what_no_database_could_keep_is_refused(raw):
    with pytest.raises(UnwritableValueError):
        codec.decode(raw)


def test_what_passes_can_be_written_again():
    value = codec.decode(b'{"a": [1, "\\ud83d\\ude00", 1.5]}')
    assert codec.decode(codec.encode(value)) == value


def test_a_name_that_stands_twice_is_found_in_one_pass_over_many():
    # Counting each name anew would take minutes here.
    names = ",".join(f'"a{number}":0' for number in range(100_000))
    with pytest.raises(MalformedJsonError, match="'twice' stands twice"):
        codec.decode(f'{{{names},"twice":1,"Twice":2}}'.encode())


def whole(value):
    """A value with its packed arrays as lists."""
    if not isinstance(value, dict):
        return value
    return {name: list(each) if isinstance(each, Packed) else each for name, each in value.items()}


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000])
def test_a_long_array_is_packed_and_comes_back_as_it_was(count):
    elements = [{"value": str(number), "at": [number, 1.5, None]} for number in range(count)]
    raw = codec.encode({"Members": elements, "other": [1]})
    found = codec.decode_sparing(raw, {"members"})
    assert found["other"] == [1]
    assert len(found["Members"]) == count
    assert list(found["Members"]) == elements
    assert isinstance(found["Members"], Packed) == bool(count)


@pytest.mark.parametrize(
    "raw",
    [
        b' { "a" : [ 1 , {"b": [2]} ] , "c" : "x" } ',
        b"{}",
        b'{"a": {"b": 1}, "c": []}',
        b'{"a": "\\ud83d\\ude00", "b": ["\\u0041"]}',
        b'[{"a": 1}]',
        b'"a"',
    ],
)
def test_packing_reads_what_the_other_way_reads(raw):
    assert whole(codec.decode_sparing(raw, {"a"})) == codec.decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b'{"a": [1, 2}',
        b'{"a": [1 2]}',
        b'{"a": [1,]}',
        b'{"a": [1], }',
        b'{"a": [1]} x',
        b'{"a": [1]',
        b"{1: [1]}",
        b'{"a" [1]}',
        b'{"a": [1], "A": [2]}',
        b'{"a": [{"b": 1, "B": 2}]}',
        b'{"a": [9223372036854775808]}',
        b'{"a": ["\\u0000"]}',
        b'{"a": [{"\\ud800": 1}]}',
        b'{"b": "\\u0000", "a": [1]}',
        b'{"\\u0000": 1, "a": [1]}',
        b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}",
        b'{"a": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"b": ' + b"[" * 20 + b"]" * 20 + b"}",
    ],
)
def test_packing_refuses_what_the_other_way_refuses(raw):
    with pytest.raises(ScimServerError) as one:
        codec.decode(raw)
    with pytest.raises(type(one.value)) as other:
        codec.decode_sparing(raw, {"a"})
    assert other.value.detail == one.value.detail


def test_names_are_looked_at_again_once_enough_shapes_are_known():
    for number in range(3_000):
        assert codec.decode(f'{{"n{number}": 1, "b": 2}}'.encode())["b"] == 2
    for twice in (b'{"n1": 1, "b": 2, "B": 3}', b'{"n1": 1, "b": 2, "b": 3}'):
        with pytest.raises(MalformedJsonError):
            codec.decode(twice)


def test_characters_that_cannot_be_kept_are_replaced_on_request():
    raw = b'{"a":"x\\u0000y","b":["\\ud800",1,null],"\\udfff":{"c":"ok"}}'
    repaired = {"a": "x\ufffdy", "b": ["\ufffd", 1, None], "\ufffd": {"c": "ok"}}
    assert codec.decode(raw, repairs=True) == repaired
    with pytest.raises(UnwritableValueError):
        codec.decode(raw)


@pytest.mark.parametrize("inner", [b"1", b'"\\u0000"'])
def test_repairs_do_not_lift_the_bound_on_depth(inner):
    with pytest.raises(MalformedJsonError):
        codec.decode(b"[" * 21 + inner + b"]" * 21, repairs=True)
    assert codec.decode(b"[" * 20 + inner + b"]" * 20, repairs=True)
