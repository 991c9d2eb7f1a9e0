import pytest

from services.gold.rubric.fields import FIELDS
from services.gold.rubric.grading import UNITS_PER_POINT
from services.gold.summary import BANDS, gain_of, mean_of, top_gaps_of

NAMES = [field.name for field in FIELDS]


@pytest.mark.parametrize(
    ("total", "count", "mean"),
    [(82 + 41, 2, 61.5), (0, 0, None), (0, 3, 0.0), (100, 3, 33.3), (200, 3, 66.7), (1, 20, 0.1), (3, 20, 0.2)],
)
def test_mean_has_one_decimal_rounded_half_up(total, count, mean):
    assert mean_of(total, count) == mean


@pytest.mark.parametrize(
    ("points", "scored", "gain"), [(0, 0, 0.0), (8, 2, 4.0), (8, 3, 2.667), (1, 2000, 0.001), (1, 2001, 0.0)]
)
def test_gain_has_three_decimals_rounded_half_up(points, scored, gain):
    assert gain_of(points * UNITS_PER_POINT, scored) == gain


def test_top_gaps_are_ten_at_most_by_frequency_then_by_the_table():
    frequencies = [1] * len(FIELDS)
    frequencies[6] = 5
    found = top_gaps_of(frequencies, [8 * UNITS_PER_POINT] * len(FIELDS), 16)
    assert [gap.field for gap in found] == ["shortDescription", *NAMES[:6], *NAMES[7:10]]
    assert found[0] == ("shortDescription", 5, 0.5)


def test_fields_that_are_nobody_s_gap_are_not_listed():
    assert top_gaps_of([0] * len(FIELDS), [0] * len(FIELDS), 0) == []


def test_bands_cover_every_score_once():
    assert sorted(score for _, lowest, highest in BANDS for score in range(lowest, highest + 1)) == list(range(101))
