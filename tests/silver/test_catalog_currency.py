def test_prices_without_a_currency_are_in_the_catalogs(fared, catalog, items_of, product):
    catalog_id = catalog({"a": {"title": "A", "price": "9.50"}, "b": {"title": "B", "price": "9.50 GBP"}})
    items_of(catalog_id).currency = "EUR"
    fared(catalog_id)
    bare, named = product(catalog_id, "a"), product(catalog_id, "b")
    assert (bare.currency, named.currency) == ("EUR", "GBP")
    assert [(change.field, change.after, change.rule) for change in bare.changes] == [
        ("currency", "EUR", "money.catalog_currency")
    ]


def test_a_catalog_without_a_currency_gives_none(fared, catalog, product):
    catalog_id = catalog({"a": {"title": "A", "price": "9.50"}})
    fared(catalog_id)
    assert not product(catalog_id, "a").HasField("currency")
