import os
import time

from services.ingest.files import JobFiles


def test_abandoned_files_are_removed_and_young_ones_stay(tmp_path):
    files = JobFiles(tmp_path)
    for job in ("old", "young"):
        files.upload(job).parent.mkdir(exist_ok=True)
        files.upload(job).write_text("x")
        files.staged(job).mkdir(parents=True)
        (files.staged(job) / "items-00000.arrow").write_text("x")
    past = time.time() - 3 * 3600
    for path in (files.upload("old"), files.staged("old")):
        os.utime(path, (past, past))
    files.remove_abandoned(hours=2)
    assert [files.upload(job).exists() for job in ("old", "young")] == [False, True]
    assert [files.staged(job).exists() for job in ("old", "young")] == [False, True]


def test_removing_twice_is_harmless(tmp_path):
    files = JobFiles(tmp_path)
    files.remove("none")
    files.remove("none")
