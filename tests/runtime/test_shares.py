"""Who works on which partition, on both databases."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial

import pytest
import sqlalchemy as sa

from services.runtime.database import guarded
from services.runtime.errors import JobInterrupted
from services.runtime.jobs import Job, JobLog, Plan
from services.runtime.jobs.lives import FORSAKEN_SECONDS, LEASED_SECONDS, SILENT_SECONDS, Life
from services.runtime.jobs.shares import Part, PartitionLost, Shares, Standing, Suspects
from services.runtime.jobs.tables import LEASES, LIVES, PARTITIONS, RUNS, job_tables
from tests.runtime.test_recovery import until

JOB = Job("6b0f4e0a-6f3e-4a57-9f0e-0d6c6a0a0001", "count", "ws_a", "cat_1", {"x": 1})
OWNER, OTHER, THIRD = "s@a/0#1", "s@b/0#1", "s@c/0#1"
METADATA = sa.MetaData()
job_tables(METADATA)
ROWS = sa.Table("rows", METADATA, sa.Column("id", sa.String, primary_key=True))


@pytest.fixture
def database(database_of):
    return database_of(METADATA)


@pytest.fixture
def log(database):
    return JobLog(database)


@pytest.fixture
def shares(database):
    """Of a life, which is there."""

    def of(life):
        Life(database, life).begin()
        return Shares(database, life)

    return of


@pytest.fixture
def owner(log, shares):
    """The shares of the owner of a job of three partitions."""
    log.add(JOB, b"", OWNER, time.time())
    log.divide(JOB.id, Plan(["a", "b", "c"], 30), OWNER)
    return shares(OWNER)


def silence(database, life, seconds=SILENT_SECONDS):
    with database.write() as connection:
        connection.execute(sa.update(LIVES).where(LIVES.c.life == life).values(seen=LIVES.c.seen - seconds))


def age_lease(database, seconds):
    with database.write() as connection:
        connection.execute(sa.update(LEASES).values(asked=LEASES.c.asked - seconds))


def everything(shares, *, fresh=True):
    taken = []
    while (part := shares.take(JOB.id, fresh=fresh)) is not None:
        taken.append(part)
    return taken


def write(database, name):
    with database.write() as connection:
        connection.execute(sa.insert(ROWS), {"id": name})


def written(database):
    with database.read() as connection:
        return sorted(connection.execute(sa.select(ROWS.c.id)).scalars())


def test_each_partition_is_given_to_one(owner, shares):
    other = shares(OTHER)
    first, second = owner.take(JOB.id, fresh=True), other.take(JOB.id, fresh=True)
    assert (first, second) == (Part(0, "a", 1, None), Part(1, "b", 1, None))
    assert [part.number for part in everything(owner)] == [2]
    assert (owner.take(JOB.id, fresh=False), other.take(JOB.id, fresh=False)) == (None, None)


def test_many_that_take_at_once_get_different_ones(database, log, shares):
    log.add(JOB, b"", OWNER, time.time())
    log.divide(JOB.id, Plan(list(range(40)), 40), OWNER)
    lives = [shares(f"s@{number}/0#1") for number in range(4)]
    begin = threading.Barrier(4)

    def take(one):
        begin.wait(10)
        return [part.number for part in everything(one)]

    with ThreadPoolExecutor(4) as pool:
        taken = [number for some in pool.map(take, lives) for number in some]
    # One that looks while others take may see nothing free; what is left is left to nobody.
    assert sorted(taken) + [part.number for part in everything(lives[0])] == list(range(40))


def test_what_is_done_is_counted(owner, shares):
    part = owner.take(JOB.id, fresh=True)
    owner.done(JOB.id, part, 7)
    assert owner.standing(JOB.id) == Standing(2, 7, None)
    with pytest.raises(PartitionLost):
        owner.done(JOB.id, part, 7)


def test_what_a_silent_one_has_begun_goes_to_others_and_last(database, owner, shares):
    other = shares(OTHER)
    assert other.take(JOB.id, fresh=True).number == 0
    silence(database, OTHER)
    assert [part.number for part in everything(owner)] == [1, 2]
    assert owner.take(JOB.id, fresh=False) == Part(0, "a", 2, None)
    with pytest.raises(PartitionLost):
        other.done(JOB.id, Part(0, "a", 1, None), 1)


def test_what_one_that_ended_has_begun_is_free_at_once(database, owner, shares):
    shares(OTHER).take(JOB.id, fresh=True)
    Life(database, OTHER).stop()
    everything(owner)
    assert owner.take(JOB.id, fresh=False).number == 0


def test_a_new_life_of_a_slot_frees_what_the_former_one_had(owner, shares):
    shares(OTHER).take(JOB.id, fresh=True)
    again = shares(OTHER.replace("#1", "#2"))
    everything(owner)
    assert again.take(JOB.id, fresh=False).number == 0


@pytest.mark.parametrize("forgotten", [False, True])
def test_who_was_silent_takes_nothing_before_it_is_heard_again(database, owner, forgotten):
    silence(database, OWNER)
    if forgotten:
        with database.write() as connection:
            connection.execute(sa.delete(LIVES))
    life = Life(database, OWNER)
    assert owner.take(JOB.id, fresh=True) is None
    life.beat()
    assert owner.take(JOB.id, fresh=True).number == 0
    assert abs(life.seen - time.time()) < 60


def test_a_partition_that_is_given_back_was_not_begun(owner):
    part = owner.take(JOB.id, fresh=True)
    assert owner.give_back(JOB.id, part)
    assert not owner.give_back(JOB.id, part)  # it was not heard that it was: once is enough
    owner.let_go(JOB.id, part)
    assert owner.take(JOB.id, fresh=True) == part


def test_what_a_thread_still_is_at_is_not_given_to_another_of_the_same_life(database, owner, shares):
    """It was silent, others took the partition and gave it back; the thread has not come to know of that yet."""
    other = shares(OTHER)
    owner.take(JOB.id, fresh=True)
    owner.take(JOB.id, fresh=True)
    last = owner.take(JOB.id, fresh=True)
    silence(database, OWNER)
    for part in everything(other, fresh=False):
        other.give_back(JOB.id, part)
        other.let_go(JOB.id, part)
    Life(database, OWNER).beat()
    assert owner.take(JOB.id, fresh=False) is None
    owner.let_go(JOB.id, last)
    assert [part.number for part in everything(other, fresh=False)] == [0, 1, 2]


def test_what_somebody_else_has_by_now_stays_with_it_but_was_begun_once_less(database, owner, shares):
    """Who was stopped for a while has not died of it."""
    other = shares(OTHER)
    part = other.take(JOB.id, fresh=True)
    silence(database, OTHER)
    everything(owner)
    again = owner.take(JOB.id, fresh=False)
    assert not other.give_back(JOB.id, part)
    other.excuse(JOB.id, part)
    owner.suspect(JOB.id, again, None)  # it still is the owner's
    silence(database, OWNER)
    third = shares(THIRD)
    taken = everything(third, fresh=False)
    assert [(one.number, one.tries) for one in taken] == [(0, 2), (1, 2), (2, 2)]


def test_what_was_given_unheard_is_free_again(owner):
    """The connection broke after the transaction was through, so nobody knows that the partition is this life's."""
    part = owner.take(JOB.id, fresh=True)
    held = owner.take(JOB.id, fresh=True)
    owner.let_go(JOB.id, part)
    assert owner.free_forgotten() == 0  # it may just have been taken
    assert owner.free_forgotten() == 1
    assert owner.take(JOB.id, fresh=True) == part
    assert (owner.free_forgotten(), owner.free_forgotten()) == (0, 0)
    owner.done(JOB.id, held, 1)


def test_a_failure_is_told_to_the_owner_and_the_partition_is_not_given_out(owner, shares):
    other = shares(OTHER)
    other.fail(JOB.id, other.take(JOB.id, fresh=True), "BROKEN", "It is broken.")
    assert owner.standing(JOB.id) == Standing(2, 0, ("BROKEN", "It is broken."))
    Life(other.database, OTHER).stop()
    assert (everything(owner), everything(owner, fresh=False)) == ([], [])


def test_suspects_are_kept_for_the_next_life(owner, shares):
    part = owner.take(JOB.id, fresh=True)
    owner.suspect(JOB.id, part, Suspects(3, 4, "p-3"))
    again = shares(OWNER.replace("#1", "#2"))
    everything(again)
    assert again.take(JOB.id, fresh=False).suspects == Suspects(3, 4, "p-3")


def test_what_is_written_of_a_partition_is_written_by_whom_it_was_given_to(database, owner, shares):
    other = shares(OTHER)
    part = other.take(JOB.id, fresh=True)
    with guarded(database, partial(other.require, job_id=JOB.id, part=part)):
        write(database, "mine")
    silence(database, OTHER)
    everything(owner)
    owner.take(JOB.id, fresh=False)
    with guarded(database, partial(other.require, job_id=JOB.id, part=part)), pytest.raises(PartitionLost):
        write(database, "not any more")
    write(database, "unguarded")
    assert written(database) == ["mine", "unguarded"]


@pytest.mark.parametrize("life", [OWNER, OTHER])
def test_nothing_is_taken_or_written_of_a_job_whose_lease_is_over(database, log, owner, shares, life):
    """That of its record ends in 30 s: somebody else may have its lock then."""
    one = owner if life == OWNER else shares(OTHER)
    part = one.take(JOB.id, fresh=True)
    age_lease(database, LEASED_SECONDS)
    with guarded(database, lambda connection: one.require(connection, JOB.id, part)), pytest.raises(PartitionLost):
        write(database, "late")
    with guarded(database, lambda at: log.require(at, JOB.id, OWNER)), pytest.raises(JobInterrupted):
        write(database, "late as well")
    assert (one.take(JOB.id, fresh=True), written(database)) == (None, [])
    log.renew({JOB.id: time.time()}, OTHER)  # whose it is not
    assert one.take(JOB.id, fresh=True) is None
    log.renew({JOB.id: time.time()}, OWNER)
    with guarded(database, lambda connection: one.require(connection, JOB.id, part)):
        write(database, "in time")
    log.renew({JOB.id: time.time() - 60}, OWNER)  # heard late
    assert (one.take(JOB.id, fresh=True).number, written(database)) == (1, ["in time"])


def test_a_lease_that_ends_within_a_transaction_undoes_it_where_others_may_have_written(database, log, owner):
    """Whoever writes may be stopped between the first statement and the last."""
    part = owner.take(JOB.id, fresh=True)
    for require in (partial(owner.require, job_id=JOB.id, part=part), partial(log.require, job_id=JOB.id, life=OWNER)):
        refused = nullcontext() if database.file else pytest.raises((PartitionLost, JobInterrupted))
        with guarded(database, require), refused, database.write() as connection:
            connection.execute(sa.delete(ROWS))
            connection.execute(sa.insert(ROWS), {"id": "late"})
            connection.execute(sa.update(LEASES).values(asked=LEASES.c.asked - LEASED_SECONDS))
        log.renew({JOB.id: time.time()}, OWNER)
    assert written(database) == (["late"] if database.file else [])


def test_what_was_begun_is_excused_once(database, owner, shares):
    """Its being given back was not heard, and somebody else has it by now."""
    other = shares(OTHER)
    part = owner.take(JOB.id, fresh=True)
    owner.give_back(JOB.id, part)
    owner.let_go(JOB.id, part)
    again = other.take(JOB.id, fresh=True)
    owner.excuse(JOB.id, part)
    everything(owner)
    silence(database, OTHER)
    assert (part.number, again.number, owner.take(JOB.id, fresh=False).tries) == (0, 0, 2)


@pytest.mark.parametrize("end", ["done", "fail"])
def test_who_ends_a_partition_and_who_closes_the_job_do_not_wait_for_each_other(database, log, owner, end):
    log.adopt(JOB.id, OWNER, OWNER, time.time())  # so that what is done counts for the job as well
    part = owner.take(JOB.id, fresh=True)
    arguments = (7,) if end == "done" else ("BROKEN", "It is broken.")
    with ThreadPoolExecutor(1) as pool, database.write() as connection:
        connection.execute(sa.update(RUNS).values(closing=True))
        ending = pool.submit(getattr(owner, end), JOB.id, part, *arguments)
        if not database.file:
            until(lambda: blocked(database))
        connection.execute(sa.update(PARTITIONS).where(PARTITIONS.c.number == 0).values(suspects=None))
    ending.result(10)
    assert owner.standing(JOB.id).open == 2


def blocked(database):
    with database.read() as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity"
        here = " WHERE datname = current_database() AND query LIKE 'UPDATE job_%')"
        return connection.execute(sa.text(waiting + here)).scalar_one()


def test_a_job_whose_owner_does_not_reach_the_record_is_left_to_it_for_a_while(database, log, owner, shares):
    shares(OTHER)
    age_lease(database, LEASED_SECONDS)
    (seen,) = log.left(OTHER)
    assert (seen.owner_alive, seen.has_work) == (True, False)
    age_lease(database, FORSAKEN_SECONDS - LEASED_SECONDS)
    (seen,) = log.left(OTHER)
    assert (seen.owner_alive, seen.has_work) == (False, False)


def test_nobody_waits_for_an_owner_that_is_stopped_within_a_transaction(database, log, owner):
    """On PostgreSQL; on SQLite there is one writer at a time, so that whoever wants to write waits for it."""
    inside, go_on = threading.Event(), threading.Event()

    def writing():
        with guarded(database, lambda connection: log.require(connection, JOB.id, OWNER)), database.write():
            inside.set()
            assert go_on.wait(20)

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(writing)
        assert inside.wait(10)
        adopted = pool.submit(log.adopt, JOB.id, OWNER, OTHER, time.time())
        try:
            if not database.file:
                assert adopted.result(10) == 0
        finally:
            go_on.set()
        writer.result(10)
        assert (adopted.result(10) or log.adopt(JOB.id, OWNER, OTHER, time.time())) == 1


def test_closing_waits_for_who_writes_and_stops_who_would(database, log, owner, shares):
    other = shares(OTHER)
    part, next_one = other.take(JOB.id, fresh=True), other.take(JOB.id, fresh=True)
    inside, go_on = threading.Event(), threading.Event()

    def writing():
        with guarded(database, lambda connection: other.require(connection, JOB.id, part)), database.write() as at:
            inside.set()
            assert go_on.wait(10)
            at.execute(sa.insert(ROWS), {"id": "in time"})

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(writing)
        assert inside.wait(10)
        closed = pool.submit(owner.close, JOB.id)
        with pytest.raises(TimeoutError):
            closed.result(0.2)
        go_on.set()
        writer.result(10)
        closed.result(10)
    require = lambda connection: other.require(connection, JOB.id, next_one)  # noqa: E731
    with guarded(database, require), pytest.raises(PartitionLost):
        write(database, "late")
    assert (written(database), other.take(JOB.id, fresh=True), other.wanted(JOB.id)) == (["in time"], None, False)


def test_who_has_lost_a_job_neither_divides_nor_closes_nor_writes_it(database, log, owner, shares):
    other = shares(OTHER)
    assert log.adopt(JOB.id, OWNER, OTHER, time.time()) == 1
    assert not owner.close(JOB.id)
    with pytest.raises(JobInterrupted):
        log.divide(JOB.id, Plan([1], 1), OWNER)
    with guarded(database, lambda at: log.require(at, JOB.id, OWNER)), pytest.raises(JobInterrupted):
        write(database, "not mine")
    with guarded(database, lambda at: log.require(at, JOB.id, OTHER)):
        write(database, "mine")
    assert (written(database), len(everything(other))) == (["mine"], 3)
    assert log.adopt(JOB.id, OWNER, THIRD, time.time()) == 0


def test_who_ended_in_order_does_not_count_as_a_life_that_died(database, log, shares):
    log.add(JOB, b"", OWNER, time.time())
    shares(OWNER)
    Life(database, OWNER).stop()
    assert log.adopt(JOB.id, OWNER, OTHER, time.time()) == 1
    log.disown(JOB.id, OTHER)
    assert log.adopt(JOB.id, "", THIRD, time.time()) == 1
    assert log.adopt(JOB.id, THIRD, OWNER, time.time()) == 2


def test_others_see_whose_a_job_is_and_whether_there_is_work(database, log, owner, shares):
    shares(OTHER)
    (seen,) = log.left(OTHER)
    assert (seen.job, seen.owner, seen.owner_alive, seen.has_work) == (JOB, OWNER, True, True)
    everything(owner)
    silence(database, OWNER)
    (seen,) = log.left(OTHER)
    assert (seen.owner_alive, seen.has_work, log.left(OWNER)) == (False, True, [])
