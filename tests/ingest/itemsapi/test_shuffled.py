"""Any order of arrival gives the same catalog: through the batch, the database and the ingestion."""

import random

import pytest

from tests.ingest.itemsapi.conftest import gone, item


def operations(seed):
    """On a few items, each with a time of its own: puts, patches and deletions."""
    chance = random.Random(seed)
    told = []
    for minute in range(40):
        name, at = f"i{chance.randrange(6)}", f"10:{minute:02d}"
        kind = chance.choice(["put", "put", "patch", "delete"])
        told.append((kind, gone(name, at=at) if kind == "delete" else item(name, at=at, title=f"t{minute}")))
    return told


def ingested(shop, told):
    version, batch = shop.catalog(), shop.batch()
    for kind, one in told:
        getattr(shop, kind)(batch, one)
    ended = shop.ingest(version, batch_import_id=batch)
    found = shop.items(version), ended.upserted_item_count, ended.item_error_count
    shop.remove(version)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_any_shuffling_of_the_same_operations_gives_the_same_catalog(shop, seed):
    told = operations(seed)
    in_order = ingested(shop, told)
    assert in_order[0]
    for shuffle in range(3):
        random.Random(shuffle).shuffle(told)
        assert ingested(shop, told) == in_order
