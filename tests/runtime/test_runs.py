"""How runs are selected and cut."""

import pytest
from assay.common.v1 import run_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.jobs.cuts import IdRange, cover, ids_of, plan_of_list, plan_of_ranges
from services.runtime.jobs.runs import SELECTION_LIMIT, selection_faults

ALL, SELECTION = run_pb2.SCOPE_ALL, run_pb2.SCOPE_SELECTION


@pytest.mark.parametrize(
    ("scope", "ids", "field"),
    [
        (run_pb2.SCOPE_UNSPECIFIED, ["a"], "scope"),
        (99, ["a"], "scope"),
        (SELECTION, [], "ids"),
        (SELECTION, ["a"] * (SELECTION_LIMIT + 1), "ids"),
        (SELECTION, ["a", "b" * 256], "ids[1]"),
    ],
)
def test_a_bad_selection_is_named(scope, ids, field):
    assert [fault.field for fault in selection_faults(scope, ids, "ids")] == [field]


@pytest.mark.parametrize(("scope", "ids"), [(ALL, []), (ALL, ["ignored"]), (SELECTION, ["a"] * SELECTION_LIMIT)])
def test_a_good_selection_has_no_faults(scope, ids):
    assert selection_faults(scope, ids, "ids") == []


@given(st.lists(st.text(min_size=1, max_size=3), unique=True).map(sorted), st.text(min_size=1, max_size=3))
def test_ranges_leave_no_id_out_and_none_twice(ends, some_id):
    ranges = cover([run_pb2.IdRange(through_id=end) for end in ends])
    within = [cut for cut in ranges if cut.after < some_id and (not cut.through or some_id <= cut.through)]
    assert len(within) == 1


def test_nothing_planned_is_one_open_range():
    assert cover([]) == [IdRange("", "")]


@given(st.lists(st.text(), max_size=50), st.integers(1, 7))
def test_a_list_comes_back_from_its_partitions_in_order(ids, size):
    plan = plan_of_list(3, ids, size)
    assert [one for partition in plan.partitions for one in ids_of(partition)] == ids
    assert plan.total == len(ids)
    assert all(len(ids_of(partition)) <= size for partition in plan.partitions)


def test_a_range_comes_back_from_its_partition():
    plan = plan_of_ranges(3, [run_pb2.IdRange(through_id="m"), run_pb2.IdRange(through_id="z")], 9)
    assert [ids_of(partition) for partition in plan.partitions] == [IdRange("", "m"), IdRange("m", "")]
    assert (plan.total, [partition["number"] for partition in plan.partitions]) == (9, [0, 1])
