"""What a mail says."""

from types import SimpleNamespace

import pytest

from services.workspace.clock import SECOND
from services.workspace.mail.letter import SUBJECT_LIMIT_CHARS, letter
from tests.support.mail import parts_of

START = 1_800_000_000 * SECOND
JOB = {
    "id": "0b6ad1c9-0000-4000-8000-000000000001",
    "workspace_id": "ws_a",
    "workspace_name": "Acme",
    "catalog_id": "cat_1",
    "kind": "silver",
    "status": "completed",
    "processed": 1234,
    "total": 1234,
    "created_at": START,
    "started_at": START + SECOND,
    "finished_at": START + 4 * SECOND,
    "result": '{"processed": 1234, "succeeded": 1230, "errors": 4, "fieldsNormalized": 9000, "brokenUrls": 0}',
    "error_code": None,
    "error_message": None,
}


def make(recipients=("ops@example.com",), public_url=None, **fields):
    return letter(
        SimpleNamespace(**(JOB | fields)), sender="assay@example.com", recipients=recipients, public_url=public_url
    )


def test_counts_come_from_the_result():
    message = make()
    text, _ = parts_of(message)
    assert message["Subject"] == "Normalisation completed, 4 failed: Acme"
    assert "Link" not in text
    assert text.splitlines()[2:] == [
        "Workspace:         Acme (ws_a)",
        "Catalog:           cat_1",
        "Status:            completed",
        "Products:          1,234",
        "Succeeded:         1,230",
        "Failed:            4",
        "Fields normalised: 9,000",
        "Broken image URLs: 0",
        "Ended:             2027-01-15 08:00:04 UTC",
        "Duration:          3.0 s",
        f"Job:               {JOB['id']}",
    ]


def test_a_score_run_tells_the_average():
    text, _ = parts_of(make(kind="gold", result='{"processed": 2, "errors": 0, "catalogSummary": {"avgScore": 71.5}}'))
    assert "Scoring completed." in text and "Average score: 71.5\n" in text
    text, _ = parts_of(make(kind="gold", result='{"processed": 0, "catalogSummary": {"avgScore": null}}'))
    assert "Average" not in text


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.25, "0.2 s"), (59, "59.0 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (-5, "0.0 s")]
)
def test_durations(seconds, told):
    assert f"Duration:          {told}\n" in parts_of(make(finished_at=round(JOB["started_at"] + seconds * SECOND)))[0]


def test_a_job_that_was_failed_before_it_began():
    text, _ = parts_of(make(status="failed", started_at=None, result=None, processed=0, total=0, error_code="X"))
    assert "Duration:  4.0 s\n" in text and "Processed: 0 of 0\n" in text


def test_what_users_name_is_no_header():
    message = make(workspace_name="Acme\r\nBcc: thief@example.com\u2028\u202e\x00x\udcff")
    assert message["Subject"] == "Normalisation completed, 4 failed: Acme Bcc: thief@example.com x"
    assert message["Bcc"] is None
    raw = message.as_bytes()
    assert raw.count(b"Bcc:") == raw.count(b" Bcc: thief")


def test_what_users_name_is_no_markup():
    message = make(
        workspace_name="<b>Acme</b>",
        catalog_id="<img src=x>",
        status="failed",
        result=None,
        error_code="X",
        error_message='Column "<script>alert(1)</script>"\n\nis\twrong.',
    )
    text, html = parts_of(message)
    assert 'Message:   Column "<script>alert(1)</script>" is wrong.\n' in text
    for raw in ("<b>", "<img", "<script>"):
        assert raw not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_long_and_foreign_names():
    message = make(workspace_name="Ünïcode 商店 " * 40)
    assert len(message["Subject"]) == SUBJECT_LIMIT_CHARS and message["Subject"].endswith("…")
    lines = message.as_bytes().splitlines()
    assert max(map(len, lines)) <= 998 and all(line.isascii() for line in lines)


def test_the_same_job_makes_the_same_message():
    one, other = make(), make()
    assert all(one[name] == other[name] for name in ("Message-ID", "Date", "Subject"))
    assert one["Date"] == "Fri, 15 Jan 2027 08:00:04 +0000"


def test_several_recipients_and_none():
    assert make(recipients=("a@example.com", "b@example.com"))["To"] == "a@example.com, b@example.com"
    assert make(recipients=())["To"] is None


def test_the_link_is_escaped():
    _, html = parts_of(make(public_url='https://example.com/"><x>'))
    assert "<x>" not in html
