"""An import that one machine takes and another one does: they share database and bucket, and no folder."""

from types import SimpleNamespace

import pytest

from tests.e2e.test_workers import workers  # noqa: F401 - a fixture is found by its name
from tests.support import s3

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def bucket_server():
    with s3.serving() as server:
        yield server


def test_a_worker_of_another_machine_parses_and_writes_what_this_one_took(
    request, make_stack, bucket_server, many_products, tmp_path
):
    bucket = bucket_server.bucket()
    shared = {"ASSAY_INGEST_STORAGE_URL": f"s3://{bucket}/x", "ASSAY_INGEST_STORAGE_ENDPOINT": bucket_server.endpoint}
    stack = make_stack(ASSAY_ROLE="api", **shared, **s3.ENVIRONMENT).start()
    elsewhere = {
        "ASSAY_HOME": str(tmp_path / "elsewhere"),
        "ASSAY_INTERNAL_TOKEN": (stack.home / "internal-token").read_text().strip(),
        "ASSAY_DATABASE_URL": f"sqlite:///{stack.home / 'ingest' / 'ingest.sqlite3'}",
    }
    # Machines have names, by which the owners of jobs are told apart; these two have one, and so must share its slots.
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "run").symlink_to(stack.home / "run")
    client = stack.client()
    catalog = client.new_catalog()
    job = client.upload(many_products, catalog).json()["backgroundJobId"]
    assert bucket_server.client().find(bucket) == [f"{bucket}/x/uploads/{job}"]
    request.getfixturevalue("workers")(SimpleNamespace(environment=stack.environment | elsewhere), "ingest")
    ended = client.wait(job)
    assert (ended["status"], ended["error"]) == ("completed", None)
    assert ended["result"]["created"] == 30_000
    assert bucket_server.client().find(bucket) == []
    kept = [path for home in (stack.home, tmp_path / "elsewhere") for path in home.rglob("*") if path.is_file()]
    assert [path for path in kept if path.parent.name in ("incoming", "uploads", "staged", "fetched")] == []
    assert stack.stop() == 0
