from services.gold.rubric.fields import FIELDS, STAGES


def test_shares_of_every_stage_sum_to_a_hundred():
    assert {stage: sum(f.share for f in FIELDS if f.stage == stage) for stage in STAGES} == dict.fromkeys(STAGES, 100)


def test_names_are_unique_and_grouped_by_stage():
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert [field.stage for field in FIELDS] == sorted((f.stage for f in FIELDS), key=STAGES.index)
