import pytest

from services.ingest.parsing import (
    FileRefusedError,
    ParseLimits,
    read_staged_ids,
    read_staged_items,
    read_staged_problems,
    stage_file,
)


def test_chunks_on_disk_hold_items_and_problems(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,name\n1,a\n2,b,c\n3,c\n3,c\n4,d\n")
    staged = stage_file(source, tmp_path / "job", limits=ParseLimits(chunk_items=2))
    assert (staged.source, staged.items, staged.errors, staged.repeats, staged.total) == ("csv", 3, 1, 1, 5)
    assert [(c.items, c.errors, c.repeats) for c in staged.chunks] == [(2, 1, 0), (1, 0, 1)]
    assert read_staged_items(tmp_path / "job", 0)["id"].to_list() == ["1", "3"]
    assert read_staged_items(tmp_path / "job", 1).rows() == [
        ("4", None, 6, '{"id":"4","name":"d"}', read_staged_items(tmp_path / "job", 1)["fingerprint"][0])
    ]
    assert [read_staged_ids(tmp_path / "job", number) for number in (0, 1)] == [["1", "3"], ["4"]]
    assert [p.reason for p in read_staged_problems(tmp_path / "job", 0)] == ["RAGGED_ROW"]
    assert read_staged_problems(tmp_path / "job", 1) == []


def test_a_file_broken_at_the_end_is_refused(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,name\n1,a\n2,b\n3,c\n4,'d\n5,\"e\n")
    with pytest.raises(FileRefusedError):
        stage_file(source, tmp_path / "job", limits=ParseLimits(chunk_items=2))


def test_the_checkpoint_can_stop_it(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,name\n1,a\n2,b\n3,c\n")
    seen = []

    def checkpoint(items):
        seen.append(items)
        if items >= 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        stage_file(source, tmp_path / "job", limits=ParseLimits(chunk_items=1), checkpoint=checkpoint)
    assert seen == [1, 2]


def test_staging_again_gives_the_same_chunks(tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,name\n1,a\n2,b,c\n3,c\n")
    first = stage_file(source, tmp_path / "job")
    before = read_staged_items(tmp_path / "job", 0)
    assert stage_file(source, tmp_path / "job") == first
    assert read_staged_items(tmp_path / "job", 0).equals(before)
