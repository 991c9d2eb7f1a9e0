"""Files of jobs on this machine, in a folder that is shared, and in a bucket."""

import os
import resource
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.ingest.errors import StorageUnavailable, UploadLost
from services.ingest.files import JobFiles
from services.ingest.parsing import (
    FileRefusedError,
    ParseLimits,
    read_staged_ids,
    read_staged_items,
    read_staged_problems,
    stage_file,
)
from services.ingest.settings import IngestSettings
from services.ingest.storage import StorageSettingError, open_files
from tests.support import s3

LIMITS = ParseLimits(chunk_items=2)


@pytest.fixture(scope="module")
def bucket_server():
    with s3.serving() as server:
        yield server


@pytest.fixture(params=["home", "file", "s3"])
def place(request, tmp_path, monkeypatch):
    """Settings by the number of a machine; each has a home of its own unless all there is is a home."""
    more = {}
    if request.param == "file":
        (tmp_path / "sh ared").mkdir()
        more = {"ingest_storage_url": f"file://{tmp_path}/sh%20ared"}
    elif request.param == "s3":
        server = request.getfixturevalue("bucket_server")
        for name, value in s3.ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        more = {
            "ingest_storage_url": f"s3://{server.bucket()}/some/prefix/",
            "ingest_storage_endpoint": server.endpoint,
        }

    def settings(machine=1):
        return IngestSettings(home=tmp_path / f"machine {machine if more else 1}", **more)

    return settings


def put(files, job_id, content=b"id,name\n1,a\n2,b\n2,c,d\n3,c\n"):
    with files.receive(10**9) as upload:
        upload.write(content)
        upload.check(len(content), upload.sha256)
        files.keep(upload, job_id)


def stored(settings):
    """Names of everything that lies anywhere."""
    found = [path for path in settings.home.rglob("*") if path.is_file()]
    url = settings.ingest_storage_url or ""
    if url.startswith("file:"):
        found += [path for path in Path(url[7:].replace("%20", " ")).rglob("*") if path.is_file()]
    elif url:
        system = open_files(settings)._objects._system
        found += [Path(name) for name in system.find(url[5:].strip("/"))]
    return sorted(path.name for path in found)


def test_what_one_machine_keeps_another_one_parses_and_a_third_reads(place):
    one, two, three = (open_files(place(machine)) for machine in (1, 2, 3))
    put(one, "job")
    with two.fetched("job") as path:
        staged = stage_file(path, two.staged("job"), limits=LIMITS)
    assert (staged.items, staged.errors, len(staged.chunks)) == (3, 1, 2)
    folder = three.staged("job")
    assert [read_staged_ids(folder, number) for number in range(2)] == [["1", "2"], ["3"]]
    assert read_staged_items(folder, 1)["document"].to_list() == ['{"id":"3","name":"c"}']
    assert [problem.reason for number in range(2) for problem in read_staged_problems(folder, number)] == ["RAGGED_ROW"]
    three.remove("job")
    three.remove("job")
    assert [stored(place(machine)) for machine in (1, 2, 3)] == [[], [], []]


def test_nothing_is_left_of_a_file_that_is_refused_while_it_is_parsed(place):
    files = open_files(place())
    put(files, "job", b"")
    with pytest.raises(FileRefusedError), files.fetched("job") as path:
        stage_file(path, files.staged("job"))
    assert stored(place()) == ["job"]


def test_staging_again_gives_the_same(place):
    files = open_files(place())
    put(files, "job")
    both = []
    for _ in range(2):
        with files.fetched("job") as path:
            stage_file(path, files.staged("job"), limits=LIMITS)
        both.append([read_staged_items(files.staged("job"), number) for number in range(2)])
    assert all(first.equals(second) for first, second in zip(*both, strict=True))


def test_a_large_file_arrives_whole(place):
    """Above the size from which a bucket takes it in parts."""
    content = os.urandom(1024) * 40_000
    put(open_files(place(1)), "job", content)
    with open_files(place(2)).fetched("job") as path:
        assert path.read_bytes() == content


def test_what_is_not_there_is_lost(place):
    files = open_files(place())
    with pytest.raises(UploadLost), files.fetched("job"):
        raise AssertionError("never")
    with pytest.raises(FileNotFoundError):
        read_staged_items(files.staged("job"), 0)


def test_abandoned_files_are_removed_and_young_ones_and_those_of_jobs_stay(place):
    files = open_files(place())
    for job in ("old", "waiting"):
        put(files, job)
        with files.fetched(job) as path:
            stage_file(path, files.staged(job))
    everything = stored(place())
    files.remove_abandoned(hours=2)
    assert stored(place()) == everything
    files.remove_abandoned(hours=-1, working=["waiting"])  # as if an hour had passed
    with files.fetched("waiting"):
        assert read_staged_ids(files.staged("waiting"), 0) == ["1", "2", "3"]
    with pytest.raises(UploadLost), files.fetched("old"):
        raise AssertionError("never")
    assert len(stored(place())) == len(everything) // 2


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_what_a_dead_process_was_parsing_is_removed(place):
    files = open_files(place())
    put(files, "job")
    fetched = place().service_home / "fetched"
    fetched.mkdir()
    (fetched / "job.dead").write_text("half")
    (fetched / "other.dead").write_text("half")
    with files.fetched("job") as path:
        assert sorted(found.name for found in fetched.iterdir()) == sorted([path.name, "other.dead"])
    os.utime(fetched / "other.dead", (0, 0))
    files.remove_abandoned(hours=2)
    assert list(fetched.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    ["ftp://host/x", "memory://x", "s3://", "s3://key:secret-x@bucket", "file://host/x", "file:x", "/x", "s3://b?x=1"],
)
def test_a_storage_of_no_known_kind_is_refused(tmp_path, url):
    with pytest.raises(StorageSettingError, match=r"must be file:///folder or s3://bucket/prefix") as caught:
        open_files(IngestSettings(home=tmp_path, ingest_storage_url=url))
    assert "secret-x" not in str(caught.value)


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StorageSettingError, match="is not there"):
        open_files(IngestSettings(home=tmp_path, ingest_storage_url=f"file://{tmp_path}/none"))
    assert not (tmp_path / "none").exists()


def test_a_bucket_that_is_not_there_is_told_at_the_start(tmp_path, bucket_server, monkeypatch):
    for name, value in s3.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings = IngestSettings(
        home=tmp_path, ingest_storage_url="s3://no-such-bucket", ingest_storage_endpoint=bucket_server.endpoint
    )
    with capture_logs() as logs, pytest.raises(StorageSettingError, match="nothing can be written there") as caught:
        open_files(settings)
    assert s3.SECRET not in f"{caught.value} {logs}"


def test_a_server_that_is_away_is_a_neighbour_that_is_away(tmp_path, monkeypatch):
    for name, value in s3.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with s3.serving() as server:
        url = f"s3://{server.bucket()}"
        files = open_files(
            IngestSettings(home=tmp_path, ingest_storage_url=url, ingest_storage_endpoint=server.endpoint)
        )
        put(files, "job")
    with pytest.raises(StorageUnavailable) as caught, files.fetched("job"):
        raise AssertionError("never")
    assert "127.0.0.1" not in caught.value.message
    with pytest.raises(StorageUnavailable):
        read_staged_items(files.staged("job"), 0)
    with pytest.raises(StorageUnavailable):
        put(files, "job")
    with capture_logs() as logs:
        files.remove("job")
        files.remove_abandoned(hours=1)
    assert [line["event"] for line in logs if line["event"] != "storage failed"] == [
        "files not removed",
        "abandoned files not removed; tried again at the next start",
    ]


def test_a_folder_that_takes_nothing_is_storage_that_is_away(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    files = JobFiles(tmp_path / "home", shared)
    (shared / "uploads").write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        put(files, "job")
    assert list((tmp_path / "home/incoming").iterdir()) == []


def test_a_disk_without_room_is_storage_that_is_away(tmp_path):
    files = JobFiles(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(StorageUnavailable):
            put(files, "job", b"x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "incoming").iterdir()) == []
