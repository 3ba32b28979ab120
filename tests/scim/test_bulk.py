"""Bulk plans: what each operation needs, in which order they run, what is refused."""

import itertools

import pytest

from scimserver.scim import bulk
from scimserver.scim.bulk import BulkOperation
from scimserver.scim.errors import (
    InvalidSyntaxError,
    InvalidValueError,
    PayloadTooLargeError,
)
from scimserver.scim.messages import BULK_REQUEST
from scimserver.scim.quirks import Profile

TOLERANT = Profile()


def plan(*operations, profile=TOLERANT, maximum=100, **members):
    body = {"schemas": [BULK_REQUEST], "Operations": list(operations), **members}
    ids = (f"id-{number}" for number in itertools.count())
    return bulk.read(body, profile, maximum, lambda: next(ids))


def post(bulk_id=None, path="/Groups", **data):
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def refers_to(*names):
    return {"members": [{"value": f"bulkId:{name}"} for name in names]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"schemas": [BULK_REQUEST]},
        {"schemas": [BULK_REQUEST], "Operations": None},
        {"schemas": [BULK_REQUEST], "Operations": {}},
        {"schemas": ["urn:x"], "Operations": []},
        {"Operations": []},
    ],
)
def test_a_body_that_is_no_bulk_request_is_refused(body):
    with pytest.raises(InvalidSyntaxError):
        bulk.read(body, TOLERANT, 10, lambda: "id")


def test_more_operations_than_announced_are_refused_with_the_limit():
    with pytest.raises(PayloadTooLargeError, match="maxOperations is 1"):
        plan(post(), post(), maximum=1)


def test_a_bulk_id_that_stands_twice_refuses_the_whole_request():
    with pytest.raises(InvalidSyntaxError, match="twice"):
        plan(post("a"), {**post("a"), "method": "PUT", "path": "/Groups/x"})


@pytest.mark.parametrize("value", [0, -1, "1", 1.5, True, []])
def test_fail_on_errors_is_a_positive_integer(value):
    with pytest.raises(InvalidValueError, match="failOnErrors"):
        plan(failOnErrors=value)


def test_fail_on_errors_is_kept():
    assert plan(failOnErrors=3).fail_on_errors == 3
    assert plan().fail_on_errors is None


@pytest.mark.parametrize(
    "operation",
    [
        5,
        None,
        {},
        {"method": "GET", "path": "/Users/x"},
        {"method": 5, "path": "/Users"},
        {"method": "POST", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": []},
        {"method": "POST", "path": "/Users/x", "data": {}},
        {"method": "POST", "path": "", "data": {}},
        {"method": "POST", "path": 5, "data": {}},
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "DELETE", "path": "/Users/x/y"},
        {"method": "DELETE", "path": "/Users//y"},
        {"method": "DELETE", "path": "/Users/x", "version": 5},
        {"method": "POST", "path": "/Users", "data": {}, "bulkId": 5},
        {"method": "POST", "path": "/Users", "data": {}, "bulkId": ""},
        {"method": "POST", "path": "/Users", "data": {}, "bulkId": "x" * 600},
    ],
)
def test_a_malformed_operation_has_a_problem_of_its_own(operation):
    read = plan(operation, post())
    assert isinstance(read.operations[0].problem, InvalidSyntaxError)
    assert read.operations[0].problem.detail.startswith("Operations[0]: ")
    assert read.operations[1].problem is None


def test_an_operation_is_read_whatever_the_case_of_its_names():
    (read,) = plan(
        {"METHOD": "delete", "Path": "Users/x/", "Version": 'W/"1"', "data": 5}
    ).operations
    assert read == BulkOperation(0, "DELETE", "Users", "x", version='W/"1"')


def test_a_strict_connection_wants_a_bulk_id_with_each_creation():
    read = plan(post(), post("a"), profile=Profile(strict=True))
    assert read.operations[0].problem is not None
    assert read.operations[1].problem is None


@pytest.mark.parametrize(
    ("operations", "groups"),
    [
        ([post("a"), post("b")], [(0,), (1,)]),
        ([post("a", **refers_to("b")), post("b")], [(1,), (0,)]),
        ([post("a", **refers_to("b")), post("b", **refers_to("a"))], [(0, 1)]),
        ([post("a", **refers_to("a"))], [(0,)]),
        (
            [
                post("a", **refers_to("c")),
                post("b"),
                post("c", **refers_to("d")),
                post("d", **refers_to("c", "b")),
            ],
            [(1,), (2, 3), (0,)],
        ),
        (
            [post("a", **refers_to("b", "c")), post("b", **refers_to("c")), post("c")],
            [(2,), (1,), (0,)],
        ),
        (
            [{"method": "PATCH", "path": "/Groups/bulkId:g", "data": {}}, post("g")],
            [(1,), (0,)],
        ),
        ([post("a", **refers_to("unknown"))], [(0,)]),
        ([], []),
    ],
)
def test_operations_run_after_those_they_refer_to(operations, groups):
    assert list(plan(*operations).groups) == groups


def test_a_chain_of_a_thousand_forward_references_is_ordered():
    chain = [post(f"g{n}", **refers_to(f"g{n + 1}")) for n in range(999)]
    read = plan(*chain, post("g999"), maximum=1000)
    assert [group[0] for group in read.groups] == list(range(999, -1, -1))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"members": [{"value": "bulkId:a"}]}, {"members": [{"value": "ID"}]}),
        ({"members": [{"VALUE": "BULKID:a", "x": 1}]}, {"members": [{"VALUE": "ID", "x": 1}]}),
        ({"members": ["bulkId:a"]}, {"members": ["ID"]}),
        ({"manager": "bulkId:a"}, {"manager": "ID"}),
        ({"manager": {"$ref": "bulkId:a"}}, {"manager": {"$ref": "ID"}}),
        ({"userName": "bulkId:a"}, {"userName": "bulkId:a"}),
        ({"displayName": "bulkId:nobody"}, {"displayName": "bulkId:nobody"}),
        ({"note": "see bulkId:a"}, {"note": "see bulkId:a"}),
        (
            {"Operations": [{"path": 'members[value eq "bulkId:a"]', "value": "bulkId:a"}]},
            {"Operations": [{"path": 'members[value eq "ID"]', "value": "ID"}]},
        ),
        ({'members[value eq "bulkId:a"]': None}, {'members[value eq "ID"]': None}),
        ({"path": 5, "active": True}, {"path": 5, "active": True}),
    ],
)
def test_bulk_ids_are_replaced_in_reference_places(sent, expected):
    operation = BulkOperation(0, "POST", "Groups", data=sent)
    assert bulk.resolved(operation, {"a": "ID"}).data == expected


def test_a_bulk_id_in_the_path_is_replaced():
    operation = BulkOperation(0, "DELETE", "Users", "bulkId:a")
    assert bulk.resolved(operation, {"a": "ID"}).target == "ID"
    assert bulk.target_of(operation, {"a": "ID"}) == "ID"
    assert bulk.target_of(operation, {}) == ""
    assert bulk.target_of(BulkOperation(0, "DELETE", "Users", "x"), {}) == "x"


def test_an_undeclared_bulk_id_is_refused():
    operation = BulkOperation(0, "POST", "Groups", data=refers_to("nobody"))
    with pytest.raises(InvalidValueError, match="nobody"):
        bulk.resolved(operation, {})


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (refers_to("a", "b"), {"members": [{"value": "bulkId:b"}]}),
        ({"manager": {"value": "bulkId:a", "x": 1}}, {}),
        ({"manager": "bulkId:a", "active": None}, {"active": None}),
        ({"displayName": "bulkId:a", "n": 1}, {"displayName": "bulkId:a", "n": 1}),
        ({"ext": {"manager": {"$ref": "bulkId:a"}}}, {"ext": {"manager": {}}}),
    ],
)
def test_a_first_step_leaves_out_what_is_still_to_come(sent, left):
    operation = BulkOperation(0, "POST", "Groups", bulk_id="x", data=sent)
    assert bulk.without(operation, frozenset({"a"})).data == left


def test_a_failed_declaration_is_still_a_declaration():
    read = plan({"method": "PUT", "bulkId": "a"}, post("b", **refers_to("a")))
    assert read.needs(read.operations[1]) == {0}
