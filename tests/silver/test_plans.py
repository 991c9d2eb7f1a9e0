"""What databases make of statements that would take for ever if they read a whole catalog for each product."""

import pytest

from services.runtime.database import upsert
from services.silver import store as store_module
from services.silver.app import MIGRATIONS
from services.silver.tables import PRODUCTS, RESULTS
from tests.support.databases import plan_of

NUMBERS = range(1500)


def fill(database, run):
    """A catalog, and the results of a run over it."""
    columns = ("catalog_id", "product_id", "workspace_id", "sequence", "source_fingerprint", "fingerprint", "document")
    columns += ("attributes", "changes", "issues", "updated_at")
    products = [(f"c{run}", f"p{n:05}", "w", n, "s", f"{n:032x}", "{}" * 300, "", "[]", "[]", 0) for n in NUMBERS]
    with database.write() as connection:
        upsert(connection, PRODUCTS, columns, products)
        upsert(connection, RESULTS, ("run", "position", "product_id"), [(run, n, f"p{n:05}") for n in NUMBERS])


@pytest.mark.parametrize("analysed", (False, True))
def test_results_find_their_product_by_its_id_in_a_catalog_that_no_statistics_tell_of(new_database, analysed):
    database = new_database(MIGRATIONS)
    fill(database, 1)
    if analysed:  # as PostgreSQL does by itself now and then
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
    fill(database, 2)

    values = {"of_catalog": "c2", "of_workspace": "w", "of_run": 2}
    with database.write() as connection:
        plan = plan_of(connection, store_module._TELL_DUPLICATES, values)
    assert plan.count("catalog_id=? AND product_id=?" if database.file else "products_pkey") == 2
