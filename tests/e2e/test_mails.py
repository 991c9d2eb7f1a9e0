"""Mails about ended jobs, from the request to the message."""

import time
from email import message_from_bytes, policy

import pytest

from tests.support.mail import MailServer, parts_of

pytestmark = pytest.mark.e2e

SCOPES = ("catalogs:read", "catalogs:write", "products:write", "jobs:read", "settings:write")
CSV = b"id,title,price\n1,Lamp,9.90\n2,Chair,19.90\n"
WAIT_SECONDS = 30


def written(stack, job_id):
    """The message about the job, when it lies in the outbox."""
    file = stack.home / "outbox" / f"{job_id}.eml"
    end = time.monotonic() + WAIT_SECONDS
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def test_without_a_server_messages_lie_in_the_outbox(stack):
    client = stack.client(stack.make_key("ws_mails", *SCOPES), "ws_mails")
    catalog = client.new_catalog()
    assert client.put("settings/pipeline", {"notificationEmails": ["shop@example.com"]}).status_code == 200
    quiet = client.import_file(CSV, catalog)
    imported = client.import_file(CSV, catalog, data={"notify_email": "true"})
    assert (quiet["notify_email"], imported["notify_email"]) == (False, True)
    failed = client.wait(client.upload(b"\x7fELF\x00" * 99, catalog, data={"notify_email": "true"}).json()["jobId"])
    runs = [client.batch(stage, catalog, {"scope": "all", "notify_email": True}) for stage in ("silver", "gold")]
    assert [run.status_code for run in runs] == [200, 200]
    jobs = client.pages("jobs", catalog_id=catalog)

    for job in jobs:
        if job["notify_email"]:
            message = written(stack, job["id"])
            assert message["To"] == "shop@example.com"
            assert job["id"] in parts_of(message)[0]
    assert len(jobs) == 5
    assert written(stack, imported["id"])["Subject"].startswith("Import completed")
    assert failed["error"]["code"] in parts_of(written(stack, failed["id"]))[0]
    assert not (stack.home / "outbox" / f"{quiet['id']}.eml").exists()


def test_a_message_outlives_the_stack_that_could_not_send_it(make_stack):
    with MailServer() as server:
        stack = make_stack(
            ASSAY_WORKSPACE_SMTP_URL=f"smtp://127.0.0.1:{server.port}",
            ASSAY_WORKSPACE_MAIL_FROM="assay@example.com",
            ASSAY_WORKSPACE_MAIL_TO="ops@example.com",
            ASSAY_WORKSPACE_MAIL_SECONDS="3600",
            ASSAY_WORKSPACE_PUBLIC_URL="https://assay.example.com",
        )
        stack.start()
        job = stack.client().import_file(CSV, data={"notify_email": "true"})
        assert stack.stop() == 0
        server.listen()
        stack.settings["ASSAY_WORKSPACE_MAIL_SECONDS"] = "0.1"
        stack.start()
        recipients, message = server.next()
        assert stack.stop() == 0
    assert recipients == ["ops@example.com"]
    assert f"https://assay.example.com/api/workspace/ws_demo/jobs/{job['id']}" in parts_of(message)[1]
