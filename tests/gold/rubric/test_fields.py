from services.gold.rubric.fields import FIELDS, STAGES, names_of


def test_shares_of_every_stage_sum_to_a_hundred():
    assert {stage: sum(f.share for f in FIELDS if f.stage == stage) for stage in STAGES} == dict.fromkeys(STAGES, 100)


def test_names_are_unique_and_grouped_by_stage():
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert [field.stage for field in FIELDS] == sorted((f.stage for f in FIELDS), key=STAGES.index)


def test_names_of_a_mask_come_in_the_table_s_order():
    assert names_of(0b1_0000_0010) == ["gtin", "secondaryImages"]


def test_names_of_an_empty_mask():
    assert names_of(0) == []
