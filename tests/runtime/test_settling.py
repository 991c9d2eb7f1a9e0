"""Transactions that lose races are done again, on either database."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.runtime.database import Database, settle
from services.runtime.database.settling import ATTEMPTS


@pytest.fixture
def database(databases):
    database = Database(databases.url())
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE names (name VARCHAR PRIMARY KEY, times INTEGER DEFAULT 0)"))
    yield database
    database.dispose()


def test_the_loser_of_a_race_looks_again(database):
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute(sa.text("INSERT INTO names (name) VALUES ('a')"))
        if len(attempts) == 1:  # as if another process had been first
            connection.execute(sa.text("INSERT INTO names (name) VALUES ('a')"))
        return "done"

    assert settle(database, work) == "done"
    assert len(attempts) == 2


def test_a_clash_that_stays_is_told(database):
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute(sa.text("INSERT INTO names (name) VALUES ('b'), ('b')"))

    with pytest.raises(sa.exc.IntegrityError):
        settle(database, work)
    assert len(attempts) == ATTEMPTS


def test_other_errors_are_not_tried_again(database):
    attempts = []

    def work(connection):
        attempts.append(1)
        raise LookupError("no")

    with pytest.raises(LookupError):
        settle(database, work)
    assert len(attempts) == 1


def test_of_two_that_wait_for_each_other_one_begins_anew(database, database_kind):
    """Each changes what the other changed first. With one writer they come one after another instead."""
    met, begun = threading.Barrier(2), []
    with database.write() as connection:
        connection.execute(sa.text("INSERT INTO names (name) VALUES ('a'), ('b')"))

    def change(first, second):
        met.wait(10)
        meet = iter([database_kind == "postgresql"])

        def work(connection):
            begun.append(first)
            add = sa.text("UPDATE names SET times = times + 1 WHERE name = :name")
            connection.execute(add, {"name": first})
            if next(meet, False):
                met.wait(10)
            connection.execute(add, {"name": second})

        settle(database, work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, "ab", "ba"))
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT times FROM names")).scalars().all() == [2, 2]
    assert len(begun) > 2 or database_kind == "sqlite"
