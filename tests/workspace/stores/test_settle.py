import pytest
import sqlalchemy as sa

from services.runtime.database import Database
from services.workspace.stores.settle import ATTEMPTS, settle


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE names (name TEXT PRIMARY KEY)"))
    yield database
    database.dispose()


def test_the_loser_of_a_race_looks_again(database):
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute(sa.text("INSERT INTO names VALUES ('a')"))
        if len(attempts) == 1:  # as if another process had been first
            connection.execute(sa.text("INSERT INTO names VALUES ('a')"))
        return "done"

    assert settle(database, work) == "done"
    assert len(attempts) == 2


def test_a_clash_that_stays_is_told(database):
    attempts = []

    def work(connection):
        attempts.append(1)
        connection.execute(sa.text("INSERT INTO names VALUES (NULL), ('b'), ('b')"))

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
