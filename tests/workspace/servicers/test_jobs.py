"""A job's life as its owner and its watchers see it."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from assay.workspace.v1 import job_pb2
from assay.workspace.v1.job_pb2 import (
    JOB_STATUS_ACTIVE,
    JOB_STATUS_CANCELLED,
    JOB_STATUS_COMPLETED,
    JOB_STATUS_FAILED,
    JOB_STATUS_QUEUED,
)
from assay.workspace.v1.job_service_pb2 import (
    CancelJobRequest,
    FailInterruptedJobsRequest,
    FinishJobRequest,
    GetJobRequest,
    ListJobsRequest,
    ReportJobRequest,
    StartJobRequest,
    TakeOverJobRequest,
)
from google.protobuf.struct_pb2 import Struct

OWNER = "silver@host/0#life-1"


class Jobs:
    """What the service that runs jobs does, and what people look at."""

    def __init__(self, stubs, internal, tenant):
        self.stub, self.internal, self.tenant = stubs.jobs, internal, tenant

    def start(self, **fields):
        given = {"kind": "silver", "queue": "catalog", "job_name": "pipeline_run", "owner": OWNER} | fields
        request = StartJobRequest(workspace_id=self.tenant.id, **given)
        return self.stub.StartJob(request, metadata=self.internal).job

    def report(self, job_id, processed=0, total=0, owner=OWNER, **fields):
        request = ReportJobRequest(
            workspace_id=self.tenant.id, job_id=job_id, owner=owner, processed=processed, total=total, **fields
        )
        return self.stub.ReportJob(request, metadata=self.internal).cancel_requested

    def finish(self, job_id, status=JOB_STATUS_COMPLETED, owner=OWNER, **fields):
        request = FinishJobRequest(workspace_id=self.tenant.id, job_id=job_id, owner=owner, status=status, **fields)
        return self.stub.FinishJob(request, metadata=self.internal).job

    def get(self, job_id, tenant=None):
        tenant = tenant or self.tenant
        return self.stub.GetJob(GetJobRequest(workspace_id=tenant.id, job_id=job_id), metadata=tenant.auth).job

    def cancel(self, job_id):
        request = CancelJobRequest(workspace_id=self.tenant.id, job_id=job_id)
        return self.stub.CancelJob(request, metadata=self.tenant.auth).job

    def list(self, **fields):
        request = ListJobsRequest(workspace_id=self.tenant.id, **fields)
        return self.stub.ListJobs(request, metadata=self.tenant.auth)

    def take_over(self, job_id, owner=OWNER):
        request = TakeOverJobRequest(workspace_id=self.tenant.id, job_id=job_id, owner=owner)
        return self.stub.TakeOverJob(request, metadata=self.internal).job

    def fail_interrupted(self, owner, kept=()):
        request = FailInterruptedJobsRequest(owner=owner, kept_job_ids=kept)
        return list(self.stub.FailInterruptedJobs(request, metadata=self.internal).job_ids)


@pytest.fixture
def jobs(stubs, internal, tenant):
    return Jobs(stubs, internal, tenant)


def failed(code="BROKEN", message="It broke."):
    return {"status": JOB_STATUS_FAILED, "error": job_pb2.JobError(code=code, message=message)}


def test_a_job_begins_queued(jobs, clock):
    job = jobs.start(catalog_id="cat_1", notify_email=True)
    assert job.status == JOB_STATUS_QUEUED
    assert (job.kind, job.queue, job.job_name, job.catalog_id) == ("silver", "catalog", "pipeline_run", "cat_1")
    assert job.notify_email
    assert job.created_at.ToMicroseconds() == clock.micros
    assert not any(job.HasField(name) for name in ("started_at", "finished_at", "result", "error"))
    assert str(uuid.UUID(job.id)) == job.id
    assert jobs.get(job.id) == job


def test_a_job_on_nothing_in_particular_names_no_catalog(jobs):
    assert not jobs.start().HasField("catalog_id")


def test_a_job_tells_which_one_it_follows(jobs):
    first = jobs.start(kind="import")
    second = jobs.start(triggered_by=first.id)
    assert not jobs.get(first.id).HasField("triggered_by")
    assert jobs.get(second.id).triggered_by == first.id
    assert jobs.finish(second.id).triggered_by == first.id


def test_the_first_report_makes_it_active(jobs, clock):
    job = jobs.start()
    clock.advance(2)
    assert jobs.report(job.id, 3, 10) is False
    seen = jobs.get(job.id)
    assert (seen.status, seen.progress.processed, seen.progress.total) == (JOB_STATUS_ACTIVE, 3, 10)
    assert seen.started_at.ToMicroseconds() == clock.micros


def test_a_waiting_report_keeps_the_job_queued_and_its_lock(jobs, clock, failure):
    job = jobs.start(lock_key="cat_1")
    clock.advance(20)
    jobs.report(job.id, waiting=True)
    clock.advance(20)
    assert failure(lambda: jobs.start(lock_key="cat_1")).reason == "JOB_ALREADY_RUNNING"
    seen = jobs.get(job.id)
    assert (seen.status, seen.HasField("started_at")) == (JOB_STATUS_QUEUED, False)


def test_later_reports_do_not_move_the_start(jobs, clock):
    job = jobs.start()
    jobs.report(job.id)
    started = jobs.get(job.id).started_at
    clock.advance(5)
    jobs.report(job.id, 7, 10)
    assert jobs.get(job.id).started_at == started


def test_a_finished_job_has_its_result(jobs, clock):
    result = Struct()
    result.update({"total": 3, "nested": {"ratio": 0.5, "names": ["a", None, True]}})
    job = jobs.start()
    jobs.report(job.id, 1, 3)
    clock.advance(4)
    done = jobs.finish(job.id, result=result, processed=3, total=3)
    assert (done.status, done.result, done.progress.processed) == (JOB_STATUS_COMPLETED, result, 3)
    assert done.finished_at.ToMicroseconds() == clock.micros
    assert not done.HasField("error")


def test_a_job_that_ends_before_its_first_report_began_when_it_was_accepted(jobs, clock):
    job = jobs.start()
    clock.advance(0.4)
    done = jobs.finish(job.id)
    assert done.started_at == job.created_at
    assert done.finished_at.ToMicroseconds() == clock.micros


def test_a_failed_job_says_why_and_has_no_result(jobs):
    done = jobs.finish(jobs.start().id, **failed())
    assert (done.status, done.error.code, done.error.message) == (JOB_STATUS_FAILED, "BROKEN", "It broke.")
    assert not done.HasField("result")


def test_a_cancelled_job_says_so(jobs):
    done = jobs.finish(jobs.start().id, status=JOB_STATUS_CANCELLED)
    assert (done.status, done.error.code) == (JOB_STATUS_CANCELLED, "JOB_CANCELLED")


def test_an_endless_error_text_is_cut(jobs):
    done = jobs.finish(jobs.start().id, **failed(message="x" * 5000))
    assert len(done.error.message) == 1000


def test_starting_again_with_the_same_id_answers_the_same_job(jobs):
    job_id = str(uuid.uuid4())
    first = jobs.start(job_id=job_id, lock_key="cat_1")
    assert jobs.start(job_id=job_id, lock_key="cat_1") == first
    assert len(jobs.list().jobs) == 1


def test_starting_again_after_the_end_answers_the_ended_job(jobs):
    job = jobs.start(job_id=str(uuid.uuid4()))
    jobs.finish(job.id)
    assert jobs.start(job_id=job.id).status == JOB_STATUS_COMPLETED


def test_an_id_of_a_different_job_is_refused(jobs, failure):
    job = jobs.start()
    assert failure(lambda: jobs.start(job_id=job.id, kind="gold")).fields == ["jobId"]
    assert failure(lambda: jobs.start(job_id=job.id, owner="gold@host/0#life-1")).fields == ["jobId"]


def test_an_id_of_another_workspaces_job_is_refused(jobs, stubs, internal, other, failure):
    job = jobs.start()
    assert failure(lambda: Jobs(stubs, internal, other).start(job_id=job.id)).fields == ["jobId"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "Silver run"}, "kind"),
        ({"queue": ""}, "queue"),
        ({"job_name": ""}, "jobName"),
        ({"owner": "nobody"}, "owner"),
        ({"owner": "#life"}, "owner"),
        ({"owner": "slot#"}, "owner"),
        ({"job_id": "17"}, "jobId"),
        ({"triggered_by": "a job"}, "triggeredBy"),
        ({"job_id": "3C90C3CC-0D44-4B50-8888-8DD25736052A"}, "jobId"),
        ({"lock_key": "x" * 1001}, "lockKey"),
    ],
)
def test_a_start_must_be_complete(jobs, failure, fields, named):
    told = failure(lambda: jobs.start(**fields))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [named])


def test_a_job_needs_a_workspace_that_exists(jobs, internal, failure):
    request = StartJobRequest(
        workspace_id="ws_missing", kind="gold", queue="catalog", job_name="pipeline_run", owner=OWNER
    )
    told = failure(lambda: jobs.stub.StartJob(request, metadata=internal))
    assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "WORKSPACE_NOT_FOUND")


# The lock.


def test_a_held_lock_names_its_holder(jobs, failure):
    holder = jobs.start(lock_key="cat_1")
    told = failure(lambda: jobs.start(lock_key="cat_1", kind="gold"))
    assert (told.code, told.reason) == (grpc.StatusCode.ABORTED, "JOB_ALREADY_RUNNING")
    assert told.metadata == {"job_id": holder.id}


def test_a_lock_is_held_while_active_too(jobs, failure):
    holder = jobs.start(lock_key="cat_1")
    jobs.report(holder.id)
    assert failure(lambda: jobs.start(lock_key="cat_1")).metadata == {"job_id": holder.id}


@pytest.mark.parametrize("ending", [{}, failed(), {"status": JOB_STATUS_CANCELLED}])
def test_every_ending_frees_the_lock(jobs, ending):
    jobs.finish(jobs.start(lock_key="cat_1").id, **ending)
    assert jobs.start(lock_key="cat_1").status == JOB_STATUS_QUEUED


def test_locks_differ_by_key_and_workspace(jobs, stubs, internal, other):
    jobs.start(lock_key="cat_1")
    jobs.start(lock_key="cat_2")
    Jobs(stubs, internal, other).start(lock_key="cat_1")


def test_jobs_without_a_key_run_beside_each_other(jobs):
    assert jobs.start().id != jobs.start().id


def test_a_lock_is_held_for_exactly_a_lease(jobs, clock, failure):
    holder = jobs.start(lock_key="cat_1")
    clock.advance(30)
    assert failure(lambda: jobs.start(lock_key="cat_1")).metadata == {"job_id": holder.id}


def test_a_dead_owners_job_fails_and_the_next_one_starts(jobs, clock):
    dead = jobs.start(lock_key="cat_1")
    jobs.report(dead.id, 5, 10)
    clock.advance(30.1)
    assert jobs.start(lock_key="cat_1").status == JOB_STATUS_QUEUED
    seen = jobs.get(dead.id)
    assert (seen.status, seen.error.code, seen.progress.processed) == (JOB_STATUS_FAILED, "JOB_INTERRUPTED", 5)
    assert seen.finished_at.ToMicroseconds() == clock.micros


def test_reports_keep_a_lock(jobs, clock, failure):
    holder = jobs.start(lock_key="cat_1")
    for _ in range(5):
        clock.advance(20)
        jobs.report(holder.id)
    assert failure(lambda: jobs.start(lock_key="cat_1")).reason == "JOB_ALREADY_RUNNING"


def test_of_many_who_want_the_lock_exactly_one_gets_it(jobs):
    def attempt(number):
        try:
            return jobs.start(lock_key="cat_1", owner=f"silver@host/{number}#life").id
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.ABORTED
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [job_id for job_id in pool.map(attempt, range(24)) if job_id]
    assert len(won) == 1
    assert [job.id for job in jobs.list().jobs] == won


def test_of_many_who_take_over_from_a_dead_owner_exactly_one_does(jobs, clock):
    dead = jobs.start(lock_key="cat_1")
    clock.advance(31)

    def attempt(number):
        try:
            return jobs.start(lock_key="cat_1", owner=f"silver@host/{number}#life").id
        except grpc.RpcError:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [job_id for job_id in pool.map(attempt, range(16)) if job_id]
    assert len(won) == 1
    assert {job.id for job in jobs.list().jobs} == {dead.id, won[0]}


def test_the_same_start_from_many_threads_opens_one_job(jobs):
    job_id = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: jobs.start(job_id=job_id, lock_key="cat_1"), range(8)))
    assert all(answer == answers[0] for answer in answers)


# Reports and ends.


def test_only_the_owner_reports(jobs, failure):
    job = jobs.start()
    told = failure(lambda: jobs.report(job.id, owner="silver@host/0#life-2"))
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "JOB_NOT_ACTIVE")
    assert jobs.get(job.id).status == JOB_STATUS_QUEUED


def test_an_ended_job_takes_no_reports(jobs, failure):
    job = jobs.start()
    jobs.finish(job.id)
    told = failure(lambda: jobs.report(job.id))
    assert (told.reason, told.metadata["status"]) == ("JOB_NOT_ACTIVE", "completed")


def test_a_job_taken_from_its_owner_takes_no_reports_and_no_end(jobs, clock, failure):
    job = jobs.start(lock_key="cat_1")
    clock.advance(31)
    jobs.start(lock_key="cat_1", owner="silver@host/1#life")
    assert failure(lambda: jobs.report(job.id)).reason == "JOB_NOT_ACTIVE"
    assert failure(lambda: jobs.finish(job.id)).reason == "JOB_NOT_ACTIVE"
    assert jobs.get(job.id).status == JOB_STATUS_FAILED


def test_a_late_report_saves_a_job_that_nobody_took(jobs, clock):
    job = jobs.start()
    clock.advance(100)
    jobs.report(job.id)
    assert jobs.get(job.id).status == JOB_STATUS_ACTIVE


def test_finishing_twice_changes_nothing(jobs, clock):
    job = jobs.start()
    first = jobs.finish(job.id, processed=5, total=5)
    clock.advance(10)
    assert jobs.finish(job.id, processed=9, total=9) == first


def test_a_second_and_different_end_is_refused(jobs, failure):
    job = jobs.start()
    jobs.finish(job.id)
    assert failure(lambda: jobs.finish(job.id, **failed())).reason == "JOB_NOT_ACTIVE"


def test_nobody_else_ends_a_job(jobs, failure):
    job = jobs.start()
    assert failure(lambda: jobs.finish(job.id, owner="gold@host/0#life")).reason == "JOB_NOT_ACTIVE"
    jobs.finish(job.id)
    assert failure(lambda: jobs.finish(job.id, owner="gold@host/0#life")).reason == "JOB_NOT_ACTIVE"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status": 0}, ["status"]),
        ({"status": JOB_STATUS_ACTIVE}, ["status"]),
        ({"status": 77}, ["status"]),
        ({"status": JOB_STATUS_FAILED}, ["error.code"]),
        ({"status": JOB_STATUS_FAILED, "error": job_pb2.JobError(code="no reason")}, ["error.code"]),
        ({"processed": -1, "total": -2}, ["processed", "total"]),
    ],
)
def test_an_end_must_make_sense(jobs, failure, fields, named):
    job = jobs.start()
    assert failure(lambda: jobs.finish(job.id, **fields)).fields == named


def test_a_result_has_a_limit(jobs, failure):
    result = Struct()
    result.update({"text": "x" * 300_000})
    assert failure(lambda: jobs.finish(jobs.start().id, result=result)).fields == ["result"]


def test_a_result_is_json(jobs, failure):
    result = Struct()
    result.update({"ratio": float("nan")})
    assert failure(lambda: jobs.finish(jobs.start().id, result=result)).fields == ["result"]


def test_progress_is_not_negative(jobs, failure):
    job = jobs.start()
    assert failure(lambda: jobs.report(job.id, -1, -1)).fields == ["processed", "total"]


# Cancelling.


def test_a_running_job_is_asked_to_stop(jobs):
    job = jobs.start()
    jobs.report(job.id)
    asked = jobs.cancel(job.id)
    assert (asked.status, asked.cancel_requested) == (JOB_STATUS_ACTIVE, True)
    assert jobs.report(job.id) is True


def test_a_queued_job_with_a_live_owner_is_asked_too(jobs):
    job = jobs.start()
    assert (jobs.cancel(job.id).status, jobs.report(job.id)) == (JOB_STATUS_QUEUED, True)


def test_a_queued_job_without_an_owner_is_cancelled_at_once(jobs, clock):
    job = jobs.start(lock_key="cat_1")
    clock.advance(31)
    done = jobs.cancel(job.id)
    assert (done.status, done.error.code) == (JOB_STATUS_CANCELLED, "JOB_CANCELLED")
    assert not done.HasField("started_at")
    assert jobs.start(lock_key="cat_1").status == JOB_STATUS_QUEUED


def test_cancelling_an_ended_job_is_harmless(jobs):
    job = jobs.start()
    done = jobs.finish(job.id)
    assert jobs.cancel(job.id) == done


# Restarts.


def test_a_new_life_fails_what_the_old_one_left(jobs):
    slot = f"silver@{jobs.tenant.id}/0"
    queued, active, ended = (jobs.start(owner=f"{slot}#1").id for _ in range(3))
    jobs.report(active, owner=f"{slot}#1")
    jobs.finish(ended, owner=f"{slot}#1")
    assert set(jobs.fail_interrupted(f"{slot}#2")) == {queued, active}
    assert {jobs.get(job_id).error.code for job_id in (queued, active)} == {"JOB_INTERRUPTED"}
    assert jobs.get(ended).status == JOB_STATUS_COMPLETED


def test_a_life_does_not_fail_its_own_jobs_nor_those_of_other_slots(jobs):
    slot = f"silver@{jobs.tenant.id}/0"
    own = jobs.start(owner=f"{slot}#2")
    neighbours = jobs.start(owner=f"{slot}0#1")
    assert jobs.fail_interrupted(f"{slot}#2") == []
    assert {jobs.get(own.id).status, jobs.get(neighbours.id).status} == {JOB_STATUS_QUEUED}


def test_jobs_that_a_life_takes_over_are_not_failed(jobs):
    slot = f"silver@{jobs.tenant.id}/0"
    kept, lost = jobs.start(owner=f"{slot}#1").id, jobs.start(owner=f"{slot}#1").id
    assert jobs.fail_interrupted(f"{slot}#2", [kept]) == [lost]
    assert jobs.take_over(kept, f"{slot}#2").status == JOB_STATUS_QUEUED


def test_the_next_life_of_a_slot_takes_over_what_the_former_one_held(jobs, failure):
    slot = f"silver@{jobs.tenant.id}/0"
    job = jobs.start(owner=f"{slot}#1", lock_key="cat_1")
    jobs.report(job.id, 1, 3, owner=f"{slot}#1")

    assert jobs.take_over(job.id, f"{slot}#2").progress.processed == 1

    assert failure(lambda: jobs.report(job.id, owner=f"{slot}#1")).reason == "JOB_NOT_ACTIVE"
    assert jobs.report(job.id, 2, 3, owner=f"{slot}#2") is False
    assert failure(lambda: jobs.start(lock_key="cat_1")).reason == "JOB_ALREADY_RUNNING"
    assert jobs.finish(job.id, owner=f"{slot}#2").status == JOB_STATUS_COMPLETED
    assert jobs.take_over(job.id, f"{slot}#3").status == JOB_STATUS_COMPLETED


def test_somebody_else_takes_over_only_what_has_no_living_owner(jobs, clock, failure):
    job = jobs.start()
    assert failure(lambda: jobs.take_over(job.id, "silver@other/0#1")).reason == "JOB_NOT_ACTIVE"
    clock.advance(30.1)
    assert jobs.take_over(job.id, "silver@other/0#1").id == job.id
    assert failure(lambda: jobs.report(job.id)).reason == "JOB_NOT_ACTIVE"


def test_a_job_that_is_handed_over_waits_and_keeps_its_progress(jobs, failure):
    job = jobs.start(lock_key="cat_1")
    jobs.report(job.id, 1, 3)
    jobs.report(job.id, 2, 3, handing_over=True)
    record = jobs.get(job.id)
    assert (record.status, record.progress.processed) == (JOB_STATUS_QUEUED, 2)
    assert failure(lambda: jobs.start(lock_key="cat_1")).reason == "JOB_ALREADY_RUNNING"


def test_a_job_that_is_handed_over_is_anybodys_at_once(jobs, clock, failure):
    job = jobs.start(lock_key="cat_1")
    jobs.report(job.id, 0, 3, handing_over=True)
    clock.advance(20)
    jobs.report(job.id, 0, 3, waiting=True)  # whoever opened it keeps its lock
    clock.advance(20)
    assert failure(lambda: jobs.start(lock_key="cat_1")).reason == "JOB_ALREADY_RUNNING"
    assert jobs.take_over(job.id, "silver@other/0#1").id == job.id
    assert failure(lambda: jobs.report(job.id, 0, 3, waiting=True)).reason == "JOB_NOT_ACTIVE"
    assert failure(lambda: jobs.take_over(job.id, "silver@third/0#1")).reason == "JOB_NOT_ACTIVE"


def test_a_job_that_is_handed_over_can_be_cancelled_at_once(jobs):
    job = jobs.start(lock_key="cat_1")
    jobs.report(job.id, 0, 3, handing_over=True)
    assert jobs.cancel(job.id).status == JOB_STATUS_CANCELLED
    assert jobs.take_over(job.id, "silver@other/0#1").status == JOB_STATUS_CANCELLED


def test_failing_interrupted_jobs_twice_finds_nothing(jobs):
    slot = f"silver@{jobs.tenant.id}/0"
    jobs.start(owner=f"{slot}#1")
    assert len(jobs.fail_interrupted(f"{slot}#2")) == 1
    assert jobs.fail_interrupted(f"{slot}#2") == []


@pytest.mark.parametrize("owner", ["", "silver", "#", "silver#"])
def test_an_owner_is_slot_and_life(jobs, failure, owner):
    assert failure(lambda: jobs.fail_interrupted(owner)).fields == ["owner"]
    assert failure(lambda: jobs.take_over("x", owner)).fields == ["owner"]


# Looking.


@pytest.mark.parametrize("job_id", ["", "nothing", "3c90c3cc-0d44-4b50-8888-8dd25736052a"])
def test_an_unknown_job_is_not_found(jobs, failure, job_id):
    for ask in (jobs.get, jobs.cancel, jobs.report, jobs.finish, jobs.take_over):
        told = failure(lambda ask=ask: ask(job_id))
        assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "JOB_NOT_FOUND")


def test_a_job_of_another_workspace_is_not_found(jobs, stubs, internal, other, failure):
    theirs = Jobs(stubs, internal, other).start()
    for ask in (jobs.get, jobs.cancel, jobs.report, jobs.finish, jobs.take_over):
        assert failure(lambda ask=ask: ask(theirs.id)).reason == "JOB_NOT_FOUND"
    assert not jobs.get(theirs.id, other).cancel_requested


def test_jobs_are_listed_newest_first_page_by_page(jobs, clock):
    made = []
    for number in range(5):
        clock.advance(number % 2)  # two at the same moment, too
        made.append(jobs.start().id)
    found, cursor = [], None
    while cursor != "":
        answer = jobs.list(page_size=2, page_token=cursor or "")
        found += [job.id for job in answer.jobs]
        cursor = answer.pagination.cursor
    times = [jobs.get(job_id).created_at.ToMicroseconds() for job_id in found]
    assert sorted(found) == sorted(made)
    assert times == sorted(times, reverse=True)


def test_jobs_are_filtered(jobs):
    silver = jobs.start(catalog_id="cat_1")
    gold = jobs.start(kind="gold", catalog_id="cat_2")
    jobs.finish(gold.id)
    assert [job.id for job in jobs.list(kind="gold").jobs] == [gold.id]
    assert [job.id for job in jobs.list(catalog_id="cat_1").jobs] == [silver.id]
    assert [job.id for job in jobs.list(status=JOB_STATUS_COMPLETED).jobs] == [gold.id]
    assert list(jobs.list(kind="gold", status=JOB_STATUS_QUEUED).jobs) == []


def test_a_list_holds_only_its_own_workspaces_jobs(jobs, stubs, internal, other):
    Jobs(stubs, internal, other).start()
    assert list(jobs.list().jobs) == []


def test_a_status_nobody_knows_is_refused(jobs, failure):
    assert failure(lambda: jobs.list(status=42)).fields == ["status"]
    assert failure(lambda: jobs.list(kind="Silver;")).fields == ["kind"]
