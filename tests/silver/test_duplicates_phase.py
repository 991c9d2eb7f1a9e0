from assay.silver.v1 import silver_service_pb2 as pb

ONE, TWO = "4006381333931", "3017620422003"


def links(results):
    return {product_id: result.duplicate_of for product_id, result in results.items() if result.duplicate_of}


def test_across_partitions(fared, catalog):
    items = {f"p{index:02}": {"title": "Pen"} for index in range(12)}
    items["p02"]["gtin"] = items["p11"]["gtin"] = ONE
    assert links(fared(catalog(items))) == {"p11": "p02"}


def test_the_first_ingested_is_canonical_not_the_first_by_id(fared, catalog):
    assert links(fared(catalog({"z": {"gtin": ONE}, "a": {"gtin": ONE}}))) == {"a": "z"}


def test_a_selection_is_compared_with_the_whole_catalog(fared, catalog, product):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"title": "B"}, "c": {"gtin": ONE}})
    fared(catalog_id, "a")
    assert links(fared(catalog_id, "c")) == {"c": "a"}
    assert product(catalog_id, "c").duplicate_of == "a"


def test_selecting_the_older_one_links_the_newer_one(fared, catalog, product):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}})
    fared(catalog_id, "b")
    fared(catalog_id, "a")
    assert product(catalog_id, "b").duplicate_of == "a"


def test_a_changed_barcode_unlinks_the_others(fared, catalog, product, items_of):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}, "c": {"gtin": ONE}})
    fared(catalog_id)
    items_of(catalog_id).put("a", {"gtin": TWO})
    fared(catalog_id, "a")
    assert not product(catalog_id, "b").HasField("duplicate_of")
    assert product(catalog_id, "c").duplicate_of == "b"


def test_a_lost_bridge_parts_a_group(fared, catalog, product, items_of):
    catalog_id = catalog(
        {
            "a": {"brand": "Acme", "mpn": "M-100"},
            "b": {"brand": "Acme", "mpn": "M-100", "gtin": ONE},
            "c": {"gtin": ONE},
        }
    )
    assert links(fared(catalog_id)) == {"b": "a", "c": "a"}
    items_of(catalog_id).put("b", {"title": "B"})
    fared(catalog_id, "b")
    assert not product(catalog_id, "c").HasField("duplicate_of")


def test_a_deleted_item_is_nobody_s_canonical(fared, catalog, items_of):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}, "c": {"gtin": ONE}})
    fared(catalog_id)
    del items_of(catalog_id).items["a"]
    assert links(fared(catalog_id, "c")) == {"c": "b"}


def test_variants_of_one_parent_stay_apart(fared, catalog, items_of):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}})
    items_of(catalog_id).parents |= {"a": "shirt", "b": "shirt"}
    assert links(fared(catalog_id)) == {}


def test_off_clears_what_was_found(fared, catalog, product):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}})
    assert links(fared(catalog_id)) == {"b": "a"}
    assert links(fared(catalog_id, "b", duplicates=pb.DUPLICATES_OFF)) == {}
    assert not product(catalog_id, "b").HasField("duplicate_of")


def test_a_product_in_error_takes_no_part(fared, catalog):
    catalog_id = catalog({"a": {"gtin": ONE, "brand": "Nobody"}, "b": {"gtin": ONE}})
    assert links(fared(catalog_id)) == {}


def test_another_catalog_is_another_world(fared, catalog):
    fared(catalog({"a": {"gtin": ONE}}))
    assert links(fared(catalog({"b": {"gtin": ONE}}))) == {}
