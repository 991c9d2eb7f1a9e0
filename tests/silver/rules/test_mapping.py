import pytest

from services.silver.rules.aliases import field_of


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("g:image_link", "primaryImageUrl"),
        ("additional_image_link", "secondaryImages"),
        ("google_product_category", "categoryPath"),
        ("item_group_id", "parentId"),
        ("Body (HTML)", "description"),
        ("Vendor", "brand"),
        ("Variant SKU", "sku"),
        ("Variant Compare At Price", "originalPrice"),
        ("SEO Title", "metaTitle"),
        ("Google Shopping / MPN", "mpn"),
        ("Regular price", "_regularPrice"),
        ("Sale price", "_salePrice"),
        ("In stock?", "availability"),
        ("Images", "_images"),
        ("Categories", "_categories"),
        ("special_price", "_salePrice"),
        ("base_image", "primaryImageUrl"),
        ("external_product_id", "gtin"),
        ("modelNumber", "mpn"),
        ("regularPrice", "_regularPrice"),
        ("main_category_fr", "categoryPath"),
        ("product_name", "title"),
        ("Größe", "size"),
        ("GROESSE", "size"),
        ("Währung", "currency"),
        ("Artikelnummer", "sku"),
        ("Couleur", "color"),
        ("libelle", "title"),
        ("Descripción", "description"),
        ("código de barras", "gtin"),
        ("Preço promocional", "_salePrice"),
        ("  Short-Description ", "shortDescription"),
        ("attributes.Material", "material"),
        ("energy_100g", None),
    ],
)
def test_a_header_is_known_blind_to_case_spaces_punctuation_and_accents(header, field):
    assert field_of(header) == field


def test_the_first_header_with_a_value_wins(run):
    first, second = run({"title": "A", "name": "B"}, {"title": "  ", "name": "B"})
    assert (first["title"], second["title"]) == ("A", "B")


def test_mapping_alone_is_no_change(run):
    (product,) = run({"product_name": "Chair", "preis": "19.90", "Farbe": "rot", "images": ["https://a.de/1.jpg"]})
    assert product["changes"] == []
    assert product["_fields_normalized"] == 0


def test_what_maps_nowhere_becomes_an_attribute(run):
    (product,) = run({"Care": " cold ", "energy_100g": 12.5, "Labels used": ["a", "b"], "title": "T"})
    assert product["attributes"] == {"Care": "cold", "energy_100g": "12.5", "Labels used": ["a", "b"]}


def test_nested_attributes_feed_fields_and_the_rest_stays(run):
    (product,) = run({"attributes": {"color": "red", "fit": "slim"}, "dimensions": {"w": 1, "h": {"cm": 2}}})
    assert product["color"] == "red"
    assert product["attributes"] == {"fit": "slim", "dimensions.w": "1", "dimensions.h.cm": "2 cm"}


def test_name_value_lists_are_attributes(run):
    (product,) = run({"custom_attributes": [{"attribute_code": "color", "value": "blue"}, {"name": "Fit", "value": 7}]})
    assert (product["color"], product["attributes"]) == ("blue", {"Fit": "7"})


def test_shopify_product_takes_the_first_variant_where_it_says_nothing_itself(run):
    (product,) = run(
        {
            "Handle": "pot",
            "Title": "Clay Pot",
            "Variant SKU": "",
            "variants": [
                {"sku": "POT-S", "price": "9.99", "compare_at_price": "12.00", "barcode": "4006381333931"},
                {"sku": "POT-L", "price": "15.99"},
            ],
            "images": ["https://cdn.example.com/1.jpg", "https://cdn.example.com/2.jpg"],
            "Image Src": "https://cdn.example.com/1.jpg",
        }
    )
    assert (product["sku"], product["price"], product["originalPrice"]) == ("POT-S", "9.99", "12.00")
    assert product["gtin"] == "4006381333931"
    assert product["primaryImageUrl"] == "https://cdn.example.com/1.jpg"
    assert product["secondaryImages"] == ["https://cdn.example.com/2.jpg"]


def test_folded_shopify_lines_keep_the_headers_of_the_file(run):
    variant = {"Option1 Name": "Size", "Option1 Value": "S", "Variant SKU": "POT-S", "Variant Price": "9.99"}
    document = {"Title": "Pot", "Option1 Name": "Size", "Option1 Value": "S", "variants": [variant | {"Note": "x"}, {}]}
    (product,) = run(document)
    assert (product["sku"], product["price"], product["size"]) == ("POT-S", "9.99", "S")
    assert product["attributes"] == {}


def test_shopify_options_become_the_fields_they_name(run):
    size, default = run(
        {"Option1 Name": "Size", "Option1 Value": "M", "Option2 Name": "Scent", "Option2 Value": "Rose"},
        {"Option1 Name": "Title", "Option1 Value": "Default Title"},
    )
    assert (size["size"], size["attributes"]) == ("M", {"Scent": "Rose"})
    assert (default["title"], default["size"]) == (None, None)


def test_type_is_a_category_in_shopify_only(run):
    shopify, woo = run({"Body (HTML)": "x", "Type": "Bracelet"}), run({"Type": "variable", "Name": "x"})
    assert (shopify[0]["categoryPath"], woo[0]["categoryPath"]) == ("Bracelet", None)


def test_woocommerce_row(run):
    (product,) = run(
        {
            "ID": "45",
            "Name": "Hoodie",
            "Regular price": "45",
            "Sale price": "42",
            "In stock?": "1",
            "Images": "https://x.example.com/a.jpg, https://x.example.com/b.jpg",
            "Categories": "Clothing, Clothing > Hoodies",
            "Parent": "id:44",
            "Attribute 1 name": "Color",
            "Attribute 1 value(s)": "Blue",
            "Attribute 2 name": "Logo",
            "Attribute 2 value(s)": "Yes",
        }
    )
    assert (product["price"], product["originalPrice"]) == ("42", "45")
    assert product["availability"] == "in_stock"
    assert product["categoryPath"] == "Clothing > Hoodies"
    assert product["parentId"] == "44"
    assert (product["color"], product["attributes"]) == ("Blue", {"Logo": "Yes"})
    assert product["secondaryImages"] == ["https://x.example.com/b.jpg"]


def test_the_parent_that_ingest_knows_is_used(run):
    first, second = run({"title": "a"}, {"title": "b", "parent_id": "x"}, parents=["p9", "p9"])
    assert (first["parentId"], second["parentId"]) == ("p9", "x")


def test_open_food_facts_row(run):
    (product,) = run(
        {"code": "3017620422003", "brands": "Ferrero,Nutella", "main_category_fr": "Pâtes", "energy_100g": "1"}
    )
    assert (product["gtin"], product["brand"], product["categoryPath"]) == ("3017620422003", "Ferrero", "Pâtes")


def test_code_is_an_article_number_elsewhere(run):
    assert run({"code": "A-1", "title": "T"})[0]["sku"] == "A-1"


def test_google_id_is_the_sku_where_the_feed_has_none(run):
    assert run({"id": "S-1", "image_link": "https://a.de/1.jpg"})[0]["sku"] == "S-1"
    assert run({"id": "S-1", "title": "x"})[0]["sku"] is None


def test_price_header_with_currency(run):
    (product,) = run({"Preis in EUR": "19,90"})
    assert (product["price"], product["currency"]) == ("19.90", "EUR")


def test_workspace_mappings_win(run):
    mappings = (("cat", "categoryPath", ""), ("title", "shortDescription", ""))
    (product,) = run({"title": "A", "cat": "Shoes"}, mappings=mappings)
    assert (product["categoryPath"], product["shortDescription"], product["title"]) == ("Shoes", "A", None)


def test_repeated_header_gives_its_first_value(run):
    assert run({"title": ["", "Second"], "color": ["red", "blue"]})[0]["title"] == "Second"


def test_json_list_and_object_texts_inside_cells(run):
    (product,) = run({"images": '["https://a.de/1.jpg","https://a.de/2.jpg"]', "spec": '{"a": 1}', "title": "[New] 1"})
    assert product["secondaryImages"] == ["https://a.de/2.jpg"]
    assert product["attributes"] == {"spec": '{"a": 1}'}
    assert product["title"] == "[New] 1"


def test_documents_of_different_shape_keep_their_order(run):
    products = run(
        {"title": "0"}, {"title": "1", "x": [1]}, {"name": "2"}, {"title": {"text": "3"}}, {}, {"title": None}
    )
    assert [product["title"] for product in products[:3]] == ["0", "1", "2"]
    assert len(products) == 6


def test_many_headers(run):
    document = {f"column {index}": str(index) for index in range(600)} | {"title": "T"}
    (product,) = run(document)
    assert (product["title"], len(product["attributes"])) == ("T", 600)


def test_numbered_image_columns_all_count(run):
    amazon, plain, meta = (
        run(document)[0]
        for document in (
            {
                "main_image_url": "https://a.de/0",
                "other_image_url1": "https://a.de/1",
                "other_image_url7": "https://a.de/7",
            },
            {"Image 1": "https://a.de/0", "Image 2": "https://a.de/1", "Image 3": ""},
            {"image[0].url": "https://a.de/0", "image[0].tag[0]": "front", "image[1].url": "https://a.de/1"},
        )
    )
    assert (amazon["primaryImageUrl"], amazon["secondaryImages"]) == (
        "https://a.de/0",
        ["https://a.de/1", "https://a.de/7"],
    )
    assert (plain["primaryImageUrl"], plain["secondaryImages"]) == ("https://a.de/0", ["https://a.de/1"])
    assert (meta["primaryImageUrl"], meta["secondaryImages"]) == ("https://a.de/0", ["https://a.de/1"])


def test_magento_product_type_is_no_category(run):
    magento = {"product_type": "simple", "attribute_set_code": "Bag", "categories": "Default Category/Gear/Bags"}
    google = {"product_type": "Gear > Bags"}
    assert [run(document)[0]["categoryPath"] for document in (magento, google)] == ["Gear > Bags", "Gear > Bags"]


def test_genre_is_a_gender_in_french_only(run):
    book, shoe = run({"title": "Dune", "genre": "Fantasy"})[0], run({"titre": "Botte", "genre": "Femme"})[0]
    assert (book["gender"], book["attributes"], book["rules"]) == (None, {"genre": "Fantasy"}, [])
    assert shoe["gender"] == "female"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Product #", "sku"),
        ("SKU#", "sku"),
        ("Art. No.", "sku"),
        ("Código", "sku"),
        ("EAN/UPC", "gtin"),
        ("Barcode (EAN)", "gtin"),
        ("Part #", "mpn"),
        ("Titre du produit", "title"),
        ("Desc.", "description"),
        ("Price (incl. VAT)", "price"),
        ("Preis brutto", "price"),
        ("Produktbild", "primaryImageUrl"),
        ("Lieferbarkeit", "availability"),
        ("product_category_tree", "categoryPath"),
        ("Qty in stock", "_stock"),
        ("Actual price", "_regularPrice"),
    ],
)
def test_everyday_headers(header, field):
    assert field_of(header) == field


@pytest.mark.parametrize(
    "header",
    [
        *("Image alt text", "Image count", "Brand logo", "Sale price effective date", "Shipping weight", "Tax class"),
        *("Price type", "Preis netto", "Prix HT", "Purchase price", "Barcode type", "Color code", "Size chart"),
        *(
            "Stock location",
            "Availability date",
            "Vendor SKU",
            "Title tag",
            "Condition note",
            "Included / United States",
        ),
    ],
)
def test_neighbours_of_known_headers_are_not_mistaken_for_them(header):
    assert field_of(header) is None


def test_image_lists_as_python_prints_them_and_as_woocommerce_notes_them(column):
    assert column(
        "secondaryImages",
        "['https://a.de/1.jpg', 'https://a.de/2.jpg']",
        "https://a.de/1.jpg ! alt : Front, left ! title : x | https://a.de/2.jpg",
        "[]",
    ) == [["https://a.de/1.jpg", "https://a.de/2.jpg"], ["https://a.de/1.jpg", "https://a.de/2.jpg"], None]


def test_one_products_list_says_nothing_about_anothers(column):
    lists = ["https://a.de/1.jpg']", "['https://a.de/2.jpg','https://a.de/3.jpg']"]
    assert column("secondaryImages", *lists) == [column("secondaryImages", text)[0] for text in lists]


@pytest.mark.parametrize("separator", [",", ", ", "|", " | ", ";", " ", "\n", " ,\n"])
def test_addresses_part_where_the_next_one_starts(column, separator):
    first, second = "https://a.de/1,w_200;q|9.jpg", "http://b.de/2.jpg"
    assert column("secondaryImages", f"{first}{separator}{second}") == [[first, second]]
    assert column("secondaryImages", f"{first}{separator}{first}") == [[first]]


def test_an_embedded_image_is_one_broken_address_not_three(run):
    (product,) = run({"image_link": "data:image/png;base64,AAAA"})
    assert (product["primaryImageUrl"], product["secondaryImages"]) == ("data:image/png;base64,AAAA", None)
    assert product["rules"] == ["urls.broken"]


def test_a_list_of_nothing_is_no_list(column):
    assert column("tags", ",", "[]", "a, ,b") == [None, None, ["a", "b"]]
    assert column("primaryImageUrl", ";", "[]") == [None, None]


def test_a_thumbnail_is_the_image_only_where_there_is_no_better_one(run):
    many, only = run({"images": "https://a.de/1", "thumbnail": "https://a.de/t"}, {"thumbnail": "https://a.de/t"})
    assert (many["primaryImageUrl"], many["secondaryImages"]) == ("https://a.de/1", None)
    assert only["primaryImageUrl"] == "https://a.de/t"


def test_of_price_columns_in_several_currencies_the_first_is_the_price(run):
    (product,) = run({"Price (EUR)": "10", "Price (USD)": "12", "UVP EUR": "15"})
    assert (product["price"], product["originalPrice"], product["currency"]) == ("10", "15", "EUR")
    assert product["attributes"] == {"Price (USD)": "12"}


def test_a_code_that_is_none_leaves_room_for_the_next(run):
    both, none = run({"ean": "n/a", "upc": "036000291452"}, {"ean": "n/a", "upc": ""})
    assert (both["gtin"], none["gtin"]) == ("036000291452", "n/a")


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("title", "Titolo, Nome prodotto, Productnaam, Naam"),
        ("description", "Descrizione, Omschrijving, Beschrijving"),
        ("brand", "Marchio, Merk, Fabrikant"),
        ("price", "Prezzo, Prijs, Verkoopprijs, Prezzo (IVA inclusa)"),
        ("_salePrice", "Prezzo scontato, Actieprijs"),
        ("gtin", "Codice a barre, Streepjescode, EANcode"),
        ("availability", "Disponibilità, Beschikbaarheid"),
        ("color", "Colore, Kleur"),
        ("size", "Taglia, Maat"),
        ("material", "Materiale, Materiaal"),
        ("primaryImageUrl", "Immagine principale, Hoofdafbeelding"),
        ("_stock", "Giacenza, Voorraad"),
    ],
)
def test_italian_and_dutch_headers(field, headers):
    assert {field_of(header) for header in headers.split(", ")} == {field}


def test_several_sizes_of_a_list_are_all_kept(run):
    assert [product["size"] for product in run({"size": ["S", "M"]}, {"size": ["M", "M"]})] == ["S, M", "M"]


def test_the_currency_of_a_header_is_that_of_its_own_price(run):
    products = run({"Price (CHF)": "10"}, {"price": "12"}, {"Regular price": "5", "Sale price (CHF)": "4"})
    assert [(product["price"], product["currency"]) for product in products] == [
        ("10", "CHF"),
        ("12", None),
        ("4", "CHF"),
    ]


def test_the_currency_of_a_header_counts_also_where_the_chunk_has_a_currency_column(run):
    products = run({"Price (CHF)": "10"}, {"price": "12", "currency": "EUR"})
    assert [product["currency"] for product in products] == ["CHF", "EUR"]
