"""Who writes next to an embedded database."""

import fcntl
import statistics
import threading
import time

import pytest
import sqlalchemy as sa

from services.runtime.database import Database, queueing


@pytest.fixture
def file(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE counts (count INTEGER)"))
        connection.execute(sa.text("INSERT INTO counts VALUES (0)"))
    database.dispose()
    return tmp_path / "a.sqlite3"


@pytest.fixture
def open_database(file):
    made = []

    def open_one():
        made.append(Database(f"sqlite:///{file}"))
        return made[-1]

    yield open_one
    for one in made:
        one.dispose()


def count(connection):
    return connection.execute(sa.text("UPDATE counts SET count = count + 1 RETURNING count")).scalar_one()


def test_one_that_writes_all_the_time_lets_another_process_in_between(open_database):
    # Two that know nothing of each other, as those of two processes: locks of files are of who opened them.
    busy, other, has_ended = open_database(), open_database(), threading.Event()
    done = [0]

    def write_all_the_time():
        while not has_ended.is_set():
            with busy.write() as connection:
                done[0] = count(connection)
                time.sleep(0.005)

    thread = threading.Thread(target=write_all_the_time)
    thread.start()
    try:
        waited = []
        for _ in range(20):
            before = done[0]
            with other.write() as connection:
                waited.append(count(connection) - before)
    finally:
        has_ended.set()
        thread.join()

    # What was being done, what is done until we ask, and our own; a median, since a busy machine asks late at times.
    assert statistics.median(waited) <= 6, waited


def test_a_turn_of_one_that_stands_still_is_respected_for_a_while_only(file, open_database, monkeypatch):
    monkeypatch.setattr(queueing, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(queueing, "IMPATIENCE_SECONDS", 3600)
    database = open_database()

    with file.with_name("a.sqlite3.turn.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with database.write() as connection:
            assert count(connection) == 1
            monkeypatch.setattr(queueing, "PATIENCE_SECONDS", 3600)
        with database.write() as connection:  # at once
            assert count(connection) == 2
    monkeypatch.setattr(queueing, "PATIENCE_SECONDS", 0.05)
    with file.with_name("a.sqlite3.next.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open_database().write() as connection:
            assert count(connection) == 3


def test_what_fails_gives_its_turn_back(open_database):
    one, other = open_database(), open_database()

    with pytest.raises(ZeroDivisionError), one.write() as connection:
        count(connection)
        raise ZeroDivisionError

    with other.write() as connection:
        assert count(connection) == 1
    with one.write() as connection:
        assert count(connection) == 2


def test_threads_come_in_the_order_in_which_they_asked():
    queue, order, threads = queueing.Queue(), [], []

    def go(number):
        with queue:
            order.append(number)

    with queue:
        for number in range(5):
            threads.append(threading.Thread(target=go, args=(number,)))
            threads[-1].start()
            while len(queue._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]
