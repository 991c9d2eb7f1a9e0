"""Catalogs as they lie in the database, without the service around them."""

import itertools

import numpy as np
import orjson
import pytest
import sqlalchemy as sa

from services.runtime.database import upsert
from services.silver.likely import GoneProducts, LikelySearch
from services.silver.matching import Strictness
from services.silver.matching.terms import KEY, words_of
from services.silver.tables import PRODUCTS

COLUMNS = ("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "gtin14")
COLUMNS += ("document", "attributes", "changes", "issues", "updated_at")


class Catalog:
    """A catalog of titles by number; what a run would write and then compare."""

    numbers = itertools.count(1)

    def __init__(self, database, catalog_id=None, workspace_id="ws_a"):
        self.database = database
        self.id = catalog_id or f"cat_{next(self.numbers)}"
        self.workspace_id = workspace_id
        self.search = LikelySearch(database, workspace_id, self.id)

    def put(self, products):
        rows = []
        gone = {number for number, product in products.items() if product is None}
        for number, product in products.items():
            if number in gone:
                continue
            record = {"title": product} if isinstance(product, str) else product
            text = orjson.dumps(record).decode()
            print_of = f"{hash(text) & 2**64 - 1:032x}"
            owner = (self.id, f"p{number:05}", self.workspace_id, number)
            rows.append((*owner, "s", print_of, None, text, "", "[]", "[]", 0))
        with self.database.write() as connection:
            upsert(connection, PRODUCTS, COLUMNS, rows)
            mine = (PRODUCTS.c.catalog_id == self.id) & PRODUCTS.c.sequence.in_(gone)
            connection.execute(sa.delete(PRODUCTS).where(mine))
            GoneProducts(self.id).forget(connection, gone)
        return self

    def run(self, products=(), *, whole=False, strictness=Strictness.NORMAL, check=lambda: None):
        """A run over these products; gives the numbers of the products whose partners may have changed."""
        if products:
            self.put(products)
        return self.search.update(strictness, whole=whole, check=check)

    def pairs(self):
        """Chosen pairs with their points, rounded."""
        with self.database.read() as connection:
            found = self.search.partners(connection)
        return {(one, other): round(points, 3) for one, other, points, *_ in found}

    def said(self):
        """All that the index knows, however it lies: terms of products, who has which, and how common they are."""
        with self.database.read() as connection:
            store = self.search._index
            index = store.read(connection)
            said = store.said(connection, index.segments, range(2000)).tolist()
            terms = np.unique(np.array(said, dtype=np.uint64) >> np.uint64(30))
            keys = KEY | np.unique(words_of(terms)).astype(np.uint64)
            postings = store.postings(connection, index.segments, np.union1d(terms, keys)).tolist()
            return said, postings, [counts.tolist() for both in index.commonness for counts in both]

    def count(self, table):
        with self.database.read() as connection:
            mine = table.c.catalog_id == self.id
            return connection.execute(sa.select(sa.func.count()).select_from(table).where(mine)).scalar_one()


@pytest.fixture
def new_catalog(database):
    return lambda **options: Catalog(database, **options)
