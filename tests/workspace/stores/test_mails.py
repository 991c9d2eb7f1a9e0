"""The outbox: which ends of jobs leave a mail, for whom, and who may send it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.workspace.app import MIGRATIONS
from services.workspace.clock import SECOND
from services.workspace.stores.jobs import ABANDONED, LEASE, Ending, JobStore, NewJob
from services.workspace.stores.mails import CLAIM, MailStore
from services.workspace.stores.pipeline_settings import PipelineSettingsStore
from services.workspace.stores.workspaces import WorkspaceStore
from services.workspace.tables import MAILS

OWNER = "silver@host/0#1"
DONE = Ending("completed", 3, 3, result='{"processed": 3}')
FAILED = Ending("failed", 1, 3, error_code="EMPTY_FILE", error_message="The file is empty.")
CANCELLED = Ending("cancelled", 1, 3, error_code="JOB_CANCELLED", error_message="")


class House:
    """The stores on one database, and a clock that is moved."""

    def __init__(self, database):
        self.database = database
        self.micros = 1_800_000_000 * SECOND
        self.jobs, self.mails = JobStore(database, self.now), MailStore(database, self.now)
        self.settings = PipelineSettingsStore(database, self.now)
        for name in ("ws_a", "ws_b"):
            WorkspaceStore(database, self.now).create(name, f"Workspace {name}")

    def now(self):
        return self.micros

    def start(self, workspace="ws_a", notify=True, **fields):
        job = NewJob(workspace, "silver", "catalog", "pipeline_run", OWNER, notify_email=notify, **fields)
        return self.jobs.start(job).row.id

    def finish(self, job_id, ending=DONE, workspace="ws_a"):
        return self.jobs.finish(workspace, job_id, OWNER, ending)

    def waiting(self):
        with self.database.read() as connection:
            return list(connection.execute(sa.select(MAILS.c.job_id)).scalars())

    def is_due(self):
        with self.database.read() as connection:
            return connection.execute(sa.select(MAILS.c.job_id).where(MAILS.c.due_at <= self.micros)).first()


@pytest.fixture
def house(new_database):
    return House(new_database(MIGRATIONS))


@pytest.mark.parametrize("ending", [DONE, FAILED], ids=["completed", "failed"])
def test_an_end_leaves_one_mail_however_often_it_is_told(house, ending):
    job = house.start()
    assert house.waiting() == []
    for _ in range(3):
        house.finish(job, ending)
    assert house.waiting() == [job]


def test_an_end_that_was_told_leaves_no_second_mail_after_the_first_was_sent(house):
    job = house.start()
    house.finish(job)
    house.mails.remove(house.mails.claim())
    house.finish(job)
    assert house.waiting() == []


def test_who_did_not_ask_gets_none(house):
    house.finish(house.start(notify=False))
    house.finish(house.start(notify=False), FAILED)
    assert house.waiting() == []


def test_who_cancels_gets_none(house):
    house.finish(house.start(), CANCELLED)
    left = house.start()
    house.micros += LEASE + 1
    assert house.jobs.cancel("ws_a", left).status == "cancelled"
    assert house.waiting() == []


def test_a_job_that_is_queued_again_has_not_ended(house):
    job = house.start()
    house.jobs.report("ws_a", job, OWNER, 1, 3)
    house.micros += LEASE + 1
    assert house.jobs.requeue_expired() == [job]
    assert house.waiting() == []


def test_jobs_that_others_fail_leave_one_each(house):
    crashed, left = house.start(), house.start(lock_key="cat_1")
    house.start(notify=False)
    assert crashed in house.jobs.fail_other_lives("silver@host/0#2", kept=[left])
    assert house.waiting() == [crashed]
    house.micros += LEASE + 1
    house.start(notify=False, lock_key="cat_1")
    assert set(house.waiting()) == {crashed, left}
    abandoned = house.start()
    house.micros += ABANDONED + 1
    assert abandoned in house.jobs.fail_abandoned()
    assert set(house.waiting()) == {crashed, left, abandoned}


def test_a_mail_is_for_those_whom_its_own_workspace_names_when_the_job_ends(house):
    job = house.start()
    house.settings.change("ws_a", {"notification_emails": '["a@example.com","b@example.com"]'}, None)
    house.settings.change("ws_b", {"notification_emails": '["other@example.com"]'}, None)
    house.finish(job)
    house.settings.change("ws_a", {"notification_emails": '["late@example.com"]'}, None)
    mail = house.mails.claim()
    assert mail.recipients == ("a@example.com", "b@example.com")
    assert (mail.job.id, mail.job.workspace_id, mail.job.workspace_name) == (job, "ws_a", "Workspace ws_a")
    assert (mail.created_at, mail.tries) == (house.micros, 1)


def test_a_mail_of_a_workspace_that_names_nobody_has_no_recipients(house):
    house.finish(house.start())
    house.settings.change("ws_b", {"duplicates": None}, None)
    house.finish(house.start("ws_b"), workspace="ws_b")
    assert [house.mails.claim().recipients for _ in range(2)] == [(), ()]


def test_what_is_claimed_is_nobody_elses_until_the_claim_runs_out(house):
    house.finish(house.start())
    first = house.mails.claim()
    house.micros += CLAIM - 1
    assert house.mails.claim() is None
    house.micros += 1
    second = house.mails.claim()
    assert (second.job.id, second.tries) == (first.job.id, 2)
    house.mails.postpone(first, house.micros, [])  # it comes back too late
    assert house.mails.claim() is None
    house.mails.postpone(second, house.micros + 5, ["b@example.com"])
    house.micros += 5
    third = house.mails.claim()
    assert (third.recipients, third.tries) == (("b@example.com",), 3)


def test_those_due_for_longest_go_first(house):
    jobs = []
    for _ in range(3):
        jobs.append(house.start())
        house.finish(jobs[-1])
        house.micros += 1
    assert [house.mails.claim().job.id for _ in range(3)] == jobs


def test_of_several_who_send_at_once_each_gets_other_mails(house):
    jobs = [house.start() for _ in range(12)]
    for job in jobs:
        house.finish(job)

    def claims(_number):
        found = []
        while house.is_due():
            mail = house.mails.claim()
            found += [mail.job.id] if mail else []
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = Counter(job for found in pool.map(claims, range(4)) for job in found)
    assert claimed == Counter(jobs)
