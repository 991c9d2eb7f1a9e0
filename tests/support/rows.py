"""Rows of any table, with something in every column: a test of all tables knows those that come later, too."""

from collections import Counter

import sqlalchemy as sa

from services.runtime.jobs.tables import job_tables

JOBS = {table.name for table in job_tables(sa.MetaData())}


def tables_of(metadata):
    """The service's own tables."""
    return [table for table in metadata.sorted_tables if table.name not in JOBS]


def row_of(table, number, **values):
    """A row with these values in the columns that the table has, and others that tell rows of other numbers apart."""
    row = {column.name: _value(column.type, number) for column in table.columns}
    return row | {name: value for name, value in values.items() if name in row}


def counts(database, metadata, column):
    """(table, value) → rows, by the values of a column, of the tables that have it."""
    found = Counter()
    with database.read() as connection:
        for table in tables_of(metadata):
            if column in table.columns:
                of_each = sa.select(table.c[column], sa.func.count()).group_by(table.c[column])
                found |= {(table.name, value): count for value, count in connection.execute(of_each)}
    return found


def _value(type_, number):
    if isinstance(type_, sa.LargeBinary):
        return b"%d" % number
    if isinstance(type_, sa.Boolean):
        return False
    return str(number) if isinstance(type_, sa.String) else number
