"""Who writes next to an embedded database."""

import struct
import threading
import time
from collections import Counter

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
    """Databases that know nothing of each other, as those of several processes: locks are of who opened the file."""
    made = []

    def open_one():
        made.append(Database(f"sqlite:///{file}"))
        return made[-1]

    yield open_one
    for one in made:
        one.dispose()


def count(connection):
    return connection.execute(sa.text("UPDATE counts SET count = count + 1 RETURNING count")).scalar_one()


def test_those_that_write_all_the_time_have_their_turns_one_after_another(open_database):
    order, all_wait = [], threading.Barrier(4)

    def write_all_the_time(name):
        database = open_database()
        all_wait.wait()
        while len(order) < 80:
            with database.write() as connection:
                count(connection)
                order.append(name)
                time.sleep(0.005)

    threads = [threading.Thread(target=write_all_the_time, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    turns = [len({*order[start : start + 4]}) for start in range(8, 76)]
    assert Counter(turns).most_common(1)[0][0] == 4, "".join(order)  # a machine that is busy makes one late at times
    assert min(Counter(order).values()) >= 10, "".join(order)


def test_one_that_stands_still_is_waited_for_by_those_behind_it_only(open_database, monkeypatch):
    still = open_database()
    still._write_lock.__enter__()  # it has its turn, and stands still before it writes
    try:
        monkeypatch.setattr(queueing, "PATIENCE_SECONDS", 0.05)
        with open_database().write() as connection:
            assert count(connection) == 1
        monkeypatch.setattr(queueing, "PATIENCE_SECONDS", 3600)
        with open_database().write() as connection:
            assert count(connection) == 2
    finally:
        still._write_lock.__exit__()
    with still.write() as connection:
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


@pytest.mark.parametrize("content", [b"", b"\x07", struct.pack("<q", 2**61)])
def test_any_file_of_numbers_will_do(file, open_database, content):
    file.with_name("a.sqlite3.queue").write_bytes(content)

    for number in (1, 2, 3):
        with open_database().write() as connection:
            assert count(connection) == number


def test_without_a_file_of_numbers_it_is_left_to_the_database(file, open_database):
    file.with_name("a.sqlite3.queue").unlink()
    file.with_name("a.sqlite3.queue").mkdir()

    with open_database().write() as connection:
        assert count(connection) == 1


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
