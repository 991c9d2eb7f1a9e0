HEADER = (
    "Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Image Position,Variant Image\n"
)


def test_lines_of_one_handle_become_one_product(parse):
    parsed = parse(
        HEADER
        + "shirt,Blue Shirt,Acme,Size,S,SH-S,10,https://i.example/1.jpg,1,\n"
        + "shirt,,,,M,SH-M,11,https://i.example/2.jpg,2,https://i.example/m.jpg\n"
        + "shirt,,,,,,,https://i.example/3.jpg,3,\n"
        + "cap,Cap,Acme,Title,Default Title,CAP,5,,,\n"
    )
    assert parsed.ids == ["shirt", "cap"]
    assert parsed.lines == [2, 5]
    shirt = parsed.documents[0]
    assert (shirt["Title"], shirt["Variant Price"], shirt["Vendor"]) == ("Blue Shirt", "10", "Acme")
    assert shirt["images"] == [f"https://i.example/{name}.jpg" for name in ("1", "2", "3", "m")]
    assert shirt["variants"] == [
        {"Option1 Name": "Size", "Option1 Value": "S", "Variant SKU": "SH-S", "Variant Price": "10"},
        {
            "Option1 Name": "Size",
            "Option1 Value": "M",
            "Variant SKU": "SH-M",
            "Variant Price": "11",
            "Variant Image": "https://i.example/m.jpg",
        },
    ]
    assert "images" not in parsed.documents[1]


def test_products_are_folded_across_chunks(parse):
    lines = "".join(f"p{i},Title {i},Acme,Size,S,S-{i},1,,,\n" + f"p{i},,,,M,M-{i},2,,,\n" * (i % 3) for i in range(10))
    parsed = parse(HEADER + lines, chunk_items=2)
    assert parsed.ids == [f"p{i}" for i in range(10)]
    assert [len(d["variants"]) for d in parsed.documents] == [1 + i % 3 for i in range(10)]


def test_the_present_layout_of_shopify_is_known(parse):
    parsed = parse(
        "Title,URL handle,Option1 name,Option1 value,SKU,Price,Product image URL\n"
        "Lamp,lamp,Color,Red,L-R,10,https://i.example/r.jpg\n,lamp,,Blue,L-B,11,https://i.example/b.jpg\n"
    )
    assert parsed.ids == ["lamp"]
    assert [v["SKU"] for v in parsed.documents[0]["variants"]] == ["L-R", "L-B"]
    assert len(parsed.documents[0]["images"]) == 2


def test_what_contradicts_the_first_line_stays_with_the_variant(parse):
    parsed = parse(HEADER + "a,Title,Acme,Size,S,1,1,,,\na,,Other,,M,2,2,,,\n")
    assert parsed.documents[0]["Vendor"] == "Acme"
    assert parsed.documents[0]["variants"][1]["Vendor"] == "Other"


def test_lines_without_a_handle_are_not_lost(parse):
    parsed = parse(HEADER + "a,Title,Acme,Size,S,1,1,,,\n,Loner,Acme,Size,S,9,1,,,\n")
    assert parsed.ids == ["a", "9"]


def test_one_handle_for_ever_does_not_fill_the_memory(parse):
    parsed = parse(HEADER + "".join(f"a,,,,{i},S{i},1,,,\n" for i in range(10)), max_lines_per_product=4)
    assert parsed.ids == ["a", "a~2", "a~3"]
    assert sum(len(d["variants"]) for d in parsed.documents) == 10


def test_woocommerce_variations_know_their_parent(parse):
    parsed = parse(
        "ID,Type,SKU,Name,Parent\n44,variable,tee,Tee,\n76,variation,tee-red,Tee red,tee\n"
        "77,variation,tee-blue,Tee blue,id:44\n78,variation,x,X,unknown-sku\n79,simple,y,Y,\n"
    )
    assert parsed.parents == [None, "44", "44", "unknown-sku", None]
    assert parsed.documents[1]["Type"] == "variation"


def test_item_groups_are_parents(parse):
    assert parse("id,title,item_group_id\n1,a,g1\n2,b,\n").parents == ["g1", None]


def test_parents_are_known_across_entries_with_other_keys(parse):
    parsed = parse(
        '[{"id": 44, "type": "variable", "sku": "tee"}, {"id": 76, "type": "variation", "parent": "tee", "a": 1}]'
    )
    assert parsed.parents == [None, "44"]


def test_one_product_of_much_text_does_not_fill_the_memory(parse):
    parsed = parse(HEADER + "".join(f"a,,,,{i},{'S' * 300}{i},1,,,\n" for i in range(4)), max_document_bytes=800)
    assert parsed.ids == ["a", "a~2"]
    assert sum(len(d["variants"]) for d in parsed.documents) + 2 * parsed.totals.errors == 4
