import pytest

from services.gold.rubric.fields import FIELDS
from services.gold.summary import BANDS, mean_of, top_gaps_of


@pytest.mark.parametrize(
    ("total", "count", "mean"),
    [(82 + 41, 2, 61.5), (0, 0, None), (0, 3, 0.0), (100, 3, 33.3), (200, 3, 66.7), (1, 20, 0.1), (3, 20, 0.2)],
)
def test_mean_has_one_decimal_rounded_half_up(total, count, mean):
    assert mean_of(total, count) == mean


def test_top_gaps_are_ten_at_most_by_frequency_then_by_the_table():
    frequencies = [1] * len(FIELDS)
    frequencies[6] = 5

    names = [field.name for field in FIELDS]
    assert top_gaps_of(frequencies) == ["shortDescription", *names[:6], *names[7:10]]


def test_fields_that_are_nobody_s_gap_are_not_listed():
    assert top_gaps_of([0] * len(FIELDS)) == []


def test_bands_cover_every_score_once():
    assert sorted(score for _, lowest, highest in BANDS for score in range(lowest, highest + 1)) == list(range(101))
