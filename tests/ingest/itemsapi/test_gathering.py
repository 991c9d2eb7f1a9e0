"""Very many operations on one item are as few as count, and come to the same."""

from hypothesis import given

from services.ingest.itemsapi.folding import fold
from services.ingest.itemsapi.gathering import MANY, MANY_BYTES, gathered, needed
from services.ingest.itemsapi.operations import Kind, is_too_large
from tests.ingest.itemsapi.test_folding import OPERATIONS, made, operation, told


@given(OPERATIONS, OPERATIONS)
def test_what_is_needed_comes_to_the_same(some, before):
    operations = made(some)
    arrived = [(one, 100 - place) for place, one in enumerate(operations)]
    left = needed(arrived)
    for base in (None, fold(None, made(before))):
        whole, rest = fold(base, operations), fold(base, [one for one, _ in left])
        assert told(whole) == told(rest)
        assert (whole and whole.changes) == (rest and rest.changes)
    assert left[-1] == arrived[-1] or left[-1][0].at == operations[-1].at
    assert left[0][1] == min(number for _, number in arrived)


def changes(count, names):
    return [(operation(Kind.PATCH, number, None, **{f"a{number % names}": number}), number) for number in range(count)]


def test_a_hundred_thousand_changes_of_one_item_are_a_few():
    few = list(gathered(iter([(operation(Kind.PUT, -1, x=1), 0), *changes(100_000, 7)])))
    assert len(few) < 2 * MANY
    state = fold(None, [one for one, _ in few])
    assert told(state) == {"x": 1} | {f"a{number % 7}": number for number in range(99_993, 100_000)}


def test_operations_on_few_are_left_as_they_are():
    other = [(one._replace(product_id="b"), number) for one, number in changes(MANY - 1, 7)]
    both = [*changes(MANY - 1, 7), *other]
    assert list(gathered(iter(both))) == both


def test_changes_that_come_to_too_much_are_not_all_kept():
    large = "x" * (MANY_BYTES // 20)
    some = [(operation(Kind.PATCH, at, None, **{f"a{at}": large}), at) for at in range(100)]
    few = list(gathered(iter([(operation(Kind.PUT, -1), 0), *some])))
    assert len(few) < 50
    assert is_too_large(fold(None, [one for one, _ in few]).attributes)
    later = [(operation(Kind.PUT, 101, x=1), 101)]
    assert told(fold(None, [one for one, _ in gathered(iter([*some, *later]))])) == {"x": 1}
