import grpc
import pytest
from assay.common.v1 import run_pb2
from assay.silver.v1 import product_pb2
from assay.silver.v1 import silver_service_pb2 as pb

from services.silver import components, key_index
from services.silver import links as links_module
from services.silver.likely import search as search_module

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


def test_a_deleted_item_is_nobody_s_canonical_when_it_is_asked_for_itself(fared, catalog, product, items_of):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}, "c": {"gtin": ONE}})
    fared(catalog_id)
    del items_of(catalog_id).items["a"]
    fared(catalog_id, "a")
    assert not product(catalog_id, "b").HasField("duplicate_of")
    assert product(catalog_id, "c").duplicate_of == "b"


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


CAMERA = {"title": "Zorvex compact camera black DSC-W120B", "price": "199.00"}
AGAIN = {"title": "Zorvex DSC-W120/B digital still camera, black", "price": "205.00"}


def test_the_same_thing_in_other_words_is_a_duplicate(fared, catalog, product):
    catalog_id = catalog({"a": CAMERA, "b": {"title": "Pen"}, "c": AGAIN})
    assert links(fared(catalog_id)) == {"c": "a"}
    evidence = product(catalog_id, "c").duplicate_evidence
    assert evidence.strength == product_pb2.DUPLICATE_STRENGTH_LIKELY
    assert evidence.matched_product_id == "a"
    assert 0.5 < evidence.similarity <= 1
    assert "model" in evidence.agree
    assert not evidence.keys
    assert not product(catalog_id, "a").HasField("duplicate_evidence")


def test_a_selection_finds_it_through_the_index(fared, catalog, product, items_of):
    catalog_id = catalog({"a": CAMERA, "b": {"title": "Pen"}})
    fared(catalog_id)
    items_of(catalog_id).put("c", AGAIN)
    assert links(fared(catalog_id, "c")) == {"c": "a"}
    items_of(catalog_id).put("a", {"title": "Notebook"})
    assert links(fared(catalog_id, "a")) == {}
    assert not product(catalog_id, "c").HasField("duplicate_of")


def test_runs_one_by_one_find_what_one_run_finds(fared, catalog, product):
    items = {"a": CAMERA, "b": AGAIN, "c": {"title": "Pen", "gtin": ONE}, "d": {"title": "Biro", "gtin": ONE}}
    items |= {"e": {"title": "Zorvex DSC-W120/B"}, "f": {"title": "Zorvex camera DSC-W130B black"}}
    whole = links(fared(catalog(items)))
    for order in ("abcdef", "fedcba", "cebadf"):
        catalog_id = catalog(items)
        for one in order:
            fared(catalog_id, one)
        marks = {one: product(catalog_id, one).duplicate_of for one in items}
        assert {one: head for one, head in marks.items() if head} == whole
    assert whole["b"] == "a"


def test_certain_alone_leaves_likely_ones_out(fared, catalog, product):
    catalog_id = catalog({"a": CAMERA, "b": AGAIN, "c": {"gtin": ONE}, "d": {"gtin": ONE}})
    assert links(fared(catalog_id, duplicates=pb.DUPLICATES_CERTAIN)) == {"d": "c"}
    assert links(fared(catalog_id)) == {"b": "a", "d": "c"}
    assert links(fared(catalog_id, "b", duplicates=pb.DUPLICATES_CERTAIN)) == {}
    assert not product(catalog_id, "b").HasField("duplicate_of")
    assert links(fared(catalog_id, "b")) == {"b": "a"}


def test_a_likely_duplicate_whose_item_is_gone_is_nobody_s_canonical(fared, catalog, product, items_of):
    catalog_id = catalog({"a": CAMERA, "b": AGAIN, "c": {"title": "Pen"}})
    fared(catalog_id)
    del items_of(catalog_id).items["a"]
    assert links(fared(catalog_id, "b")) == {}
    assert links(fared(catalog_id)) == {}
    items_of(catalog_id).put("a", CAMERA)
    assert links(fared(catalog_id)) in ({"a": "b"}, {"b": "a"})


def test_a_product_in_error_is_nobody_s_likely_duplicate(fared, catalog, product, items_of):
    catalog_id = catalog({"a": CAMERA, "b": AGAIN})
    fared(catalog_id)
    items_of(catalog_id).put("a", CAMERA | {"brand": "Nobody"})
    fared(catalog_id, "a")
    assert not product(catalog_id, "b").HasField("duplicate_of")
    items_of(catalog_id).put("a", CAMERA)
    fared(catalog_id, "a")
    assert product(catalog_id, "b").duplicate_of == "a"


def test_the_job_s_result_tells_likely_ones_apart(normalize, catalog, job_result):
    catalog_id = catalog({"a": CAMERA, "b": AGAIN, "c": {"gtin": ONE}, "d": {"gtin": ONE}})
    result = job_result(normalize(catalog_id))
    assert (result["duplicates"], result["likelyDuplicates"]) == (2, 1)
    result = job_result(normalize(catalog_id, "b", "c"))
    assert (result["duplicates"], result["likelyDuplicates"]) == (1, 1)


def test_evidence_of_a_certain_duplicate(fared, catalog, product):
    catalog_id = catalog({"a": {"gtin": ONE, "price": "9.99"}, "b": {"gtin": ONE, "price": "10.99"}})
    fared(catalog_id)
    evidence = product(catalog_id, "b").duplicate_evidence
    assert evidence.strength == product_pb2.DUPLICATE_STRENGTH_CERTAIN
    assert (list(evidence.keys), list(evidence.agree), list(evidence.disagree)) == (["gtin"], ["gtin"], ["price"])
    assert evidence.similarity == 1


def test_the_same_brand_and_stock_number(fared, catalog):
    items = {"a": {"brand": "Acme", "sku": "X-100", "title": "Vase"}, "b": {"brand": "ACME", "sku": "x100"}}
    assert links(fared(catalog(items))) == {"b": "a"}


UNLIKE = ["pen", "lamp", "clock", "mat", "drill", "hose", "bed", "case", "monitor", "knife", "rake"]


def rules_of(product):
    return {issue.rule for issue in product.issues}


def test_a_barcode_on_many_unlike_products_is_an_issue_of_all(normalize, catalog, product, job_result):
    catalog_id = catalog({f"p{number}": {"gtin": ONE, "title": word} for number, word in enumerate(UNLIKE)})
    result = job_result(normalize(catalog_id))
    assert (result["duplicates"], result["issues"]["gtin.shared"]) == (0, 11)
    issue = next(issue for issue in product(catalog_id, "p3").issues if issue.rule == "gtin.shared")
    assert (issue.field, issue.severity) == ("gtin", "error")
    assert issue.message.startswith("11 products")
    assert job_result(normalize(catalog_id, "p2", "p9"))["issues"]["gtin.shared"] == 2


def test_the_issue_goes_with_the_barcode(fared, catalog, product, items_of):
    catalog_id = catalog({f"p{number}": {"gtin": ONE, "title": word} for number, word in enumerate(UNLIKE)})
    fared(catalog_id)
    items_of(catalog_id).put("p0", {"title": "Sold out"})
    fared(catalog_id, "p0")
    assert "gtin.shared" not in rules_of(product(catalog_id, "p0"))
    items_of(catalog_id).put("p1", {"title": "Sold out as well", "gtin": TWO})
    fared(catalog_id)
    assert not any("gtin.shared" in rules_of(product(catalog_id, f"p{number}")) for number in range(11))


def test_a_crowd_of_one_barcode_is_not_even_compared(fared, catalog, product, monkeypatch):
    crowds_begin_at(monkeypatch, 5)
    items = {f"p{number}": {"gtin": ONE, "title": "Pen"} for number in range(6)}
    catalog_id = catalog(items | {"q": {"gtin": TWO}, "r": {"gtin": TWO}})
    assert links(fared(catalog_id)) == {"r": "q"}
    assert "gtin.shared" in rules_of(product(catalog_id, "p5"))
    assert links(fared(catalog_id, "p5", "r")) == {"r": "q"}
    assert "gtin.shared" in rules_of(product(catalog_id, "p5"))


def crowds_begin_at(monkeypatch, products):
    for module in (links_module, components):
        monkeypatch.setattr(module, "CROWD", products - 1)
    monkeypatch.setattr(key_index, "MANY", products - 2)


@pytest.mark.parametrize("selected", [(), ("p0", "p2"), ("p1", "p3")])
def test_a_crowd_s_barcode_joins_nobody_who_is_compared_for_another_reason(fared, catalog, monkeypatch, selected):
    crowds_begin_at(monkeypatch, 5)
    items = {f"p{number}": {"gtin": ONE, "title": "Pen"} for number in range(6)}
    for number, part in enumerate(("M-100", "M-100", "M-200", "M-200")):
        items[f"p{number}"] |= {"brand": "Acme", "mpn": part}
    catalog_id = catalog(items)
    expected = {"p1": "p0", "p3": "p2"}
    assert links(fared(catalog_id)) == expected
    again = links(fared(catalog_id, *selected))
    assert again == {one: head for one, head in expected.items() if not selected or one in selected}


@pytest.mark.parametrize("selected", [(), ("a",)])
def test_an_item_deleted_and_ingested_anew_is_the_later_one(fared, catalog, product, items_of, selected):
    catalog_id = catalog({"a": CAMERA, "b": AGAIN})
    fared(catalog_id)
    items_of(catalog_id).sequences["a"] = 77
    assert links(fared(catalog_id, *selected)) == {"a": "b"}
    assert not product(catalog_id, "b").HasField("duplicate_of")


@pytest.mark.parametrize("selected", [(), ("p0", "q")])
def test_the_issue_comes_with_the_barcode_though_as_many_have_it_as_before(fared, catalog, product, items_of, selected):
    catalog_id = catalog({f"p{number}": {"gtin": ONE, "title": word} for number, word in enumerate(UNLIKE)})
    fared(catalog_id)
    items_of(catalog_id).put("p0", {"title": "Sold out"})
    items_of(catalog_id).put("q", {"title": "Bucket", "gtin": ONE})
    fared(catalog_id, *selected)
    with_issue = {one for one in items_of(catalog_id).items if "gtin.shared" in rules_of(product(catalog_id, one))}
    assert with_issue == {f"p{number}" for number in range(1, 11)} | {"q"}


@pytest.mark.parametrize("selected", [(), ("p0",)])
def test_the_issue_does_not_come_along_to_a_barcode_that_others_have(fared, catalog, product, items_of, selected):
    items = {f"p{number}": {"gtin": ONE, "title": word} for number, word in enumerate(UNLIKE)}
    catalog_id = catalog(items | {"q": {"gtin": TWO, "title": "Rope"}, "r": {"gtin": TWO, "title": "Rope"}})
    fared(catalog_id)
    items_of(catalog_id).put("p0", {"gtin": TWO, "title": "Rope"})
    fared(catalog_id, *selected)
    assert not rules_of(product(catalog_id, "p0")) & {"gtin.shared"}
    assert not rules_of(product(catalog_id, "q")) & {"gtin.shared"}


@pytest.mark.parametrize("selected", [(), ("a",)])
def test_a_number_that_no_index_can_hold_is_refused(fared, refused, catalog, items_of, selected):
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE}})
    items_of(catalog_id).sequences |= {"a": 2**30 - 1, "b": 2**30 - 2}
    assert links(fared(catalog_id)) == {"a": "b"}
    items_of(catalog_id).sequences["a"] = 2**30
    scope = run_pb2.SCOPE_SELECTION if selected else run_pb2.SCOPE_ALL
    request = pb.NormalizeRequest(workspace_id="ws_a", catalog_id=catalog_id, scope=scope, product_ids=selected)
    assert refused("Normalize", request)[:2] == ("FAILED_PRECONDITION", "CATALOG_USED_UP")


@pytest.mark.parametrize("selected", [(), ("p3",)])
def test_a_product_in_error_is_in_no_crowd(fared, catalog, product, items_of, *, monkeypatch, selected):
    crowds_begin_at(monkeypatch, 5)
    pen = {"gtin": ONE, "title": "Pen"}
    catalog_id = catalog({f"p{number}": pen for number in range(5)})
    assert links(fared(catalog_id)) == {}
    items_of(catalog_id).put("p3", pen | {"brand": "Nobody"})
    fared(catalog_id, *selected)
    heads = {one: product(catalog_id, one).duplicate_of for one in ("p0", "p1", "p2", "p4")}
    assert heads == {"p0": "", "p1": "p0", "p2": "p0", "p4": "p0"}
    assert "gtin.shared" not in rules_of(product(catalog_id, "p4"))
    items_of(catalog_id).put("p3", pen)
    fared(catalog_id, *selected)
    assert "gtin.shared" in rules_of(product(catalog_id, "p3"))


@pytest.mark.sqlite_only("what it asks of the database the tests around it ask of both, and it makes 36 runs")
@pytest.mark.parametrize("whole", [True, False])
def test_a_product_in_error_is_nobody_s_likely_rival(fared, catalog, product, items_of, whole):
    best = {"title": "Zorvex DSC-W120B black camera", "price": "300"}
    for rivals in ((CAMERA, AGAIN, best), (AGAIN, best, CAMERA), (best, CAMERA, AGAIN)):
        for failing, head, other in (("a", "b", "c"), ("b", "a", "c"), ("c", "a", "b")):
            items = dict(zip("abc", rivals, strict=True))
            catalog_id = catalog(items)
            as_they_were = links(fared(catalog_id))
            items_of(catalog_id).put(failing, items[failing] | {"brand": "Nobody"})
            fared(catalog_id, *(() if whole else (failing,)))
            alone = catalog({one: items[one] for one in (head, other)})
            expected = links(fared(alone))
            assert product(catalog_id, other).duplicate_of == expected.get(other, "")
            items_of(catalog_id).put(failing, items[failing])
            fared(catalog_id, *(() if whole else (failing,)))
            now = {one: product(catalog_id, one).duplicate_of for one in items}
            assert {one: head for one, head in now.items() if head} == as_they_were


@pytest.fixture
def told(product, items_of):
    """What each product of a catalog repeats, and whether its barcode identifies nothing."""

    def of(catalog_id):
        shown = {one: product(catalog_id, one) for one in items_of(catalog_id).items}
        return {one: (it.duplicate_of, "gtin.shared" in rules_of(it)) for one, it in shown.items()}

    return of


@pytest.fixture
def one_run(catalog, fared, items_of, told):
    """What one run over the items that a catalog has now would tell."""

    def of(catalog_id):
        here, fresh = items_of(catalog_id), catalog({})
        other = items_of(fresh)
        other.items, other.sequences = dict(here.items), dict(here.sequences)
        fared(fresh)
        return told(fresh)

    return of


@pytest.mark.parametrize("change", ["changed", "deleted", "ingested anew"])
def test_those_who_were_too_many_with_a_product_that_went_away(fared, catalog, items_of, *, told, one_run, change):
    catalog_id = catalog({f"p{number}": {"gtin": ONE, "title": word} for number, word in enumerate(UNLIKE)})
    fared(catalog_id)
    items = items_of(catalog_id)
    if change == "deleted":
        del items.items["p0"]
    else:
        items.put("p0", {"title": "Sold out"})
        items.sequences["p0"] = 99 if change == "ingested anew" else 1
    fared(catalog_id, "p0")
    assert told(catalog_id) == one_run(catalog_id)


@pytest.mark.parametrize("begin", [5, 6])
def test_a_crowd_that_comes_about_or_ends(fared, catalog, items_of, *, told, one_run, monkeypatch, begin):
    crowds_begin_at(monkeypatch, 6)
    catalog_id = catalog({f"p{number}": {"gtin": ONE, "title": "Pen"} for number in range(begin)})
    fared(catalog_id)
    items_of(catalog_id).put("p5", {"gtin": ONE if begin == 5 else TWO, "title": "Pen"})
    fared(catalog_id, "p5")
    assert told(catalog_id) == one_run(catalog_id)
    assert told(catalog_id)["p4"] == (("", True) if begin == 5 else ("p0", False))


@pytest.mark.parametrize("change", ["deleted", "ingested anew"])
def test_a_bridge_that_is_gone_parts_its_group(fared, catalog, items_of, *, told, one_run, change):
    part = {"brand": "Acme", "mpn": "M-100"}
    catalog_id = catalog({"a": {"gtin": ONE}, "b": {"gtin": ONE} | part, "c": part})
    assert links(fared(catalog_id)) == {"b": "a", "c": "a"}
    if change == "deleted":
        del items_of(catalog_id).items["b"]
    else:
        items_of(catalog_id).put("b", {"title": "Pen"})
        items_of(catalog_id).sequences["b"] = 99
    fared(catalog_id, "b")
    assert told(catalog_id) == one_run(catalog_id)
    assert told(catalog_id)["c"] == ("", False)


@pytest.mark.parametrize("settings", [{}, {"duplicates": pb.DUPLICATES_CERTAIN}, {"duplicates": pb.DUPLICATES_OFF}])
def test_a_likely_rival_that_is_gone_gives_way(fared, catalog, items_of, *, told, one_run, settings):
    rivals = [{"title": "Zorvex DSC-W120B black camera", "price": "300"}, AGAIN, CAMERA]
    for gone, left in (("a", "b"), ("b", "c"), ("c", "b")):
        catalog_id = catalog(dict(zip("abc", rivals, strict=True)) | {"d": {"title": "Pen"}})
        fared(catalog_id)
        del items_of(catalog_id).items[gone]
        fared(catalog_id, gone, **settings)
        fared(catalog_id, "d")
        if "duplicates" not in settings:
            assert told(catalog_id) == one_run(catalog_id)
        fared(catalog_id, left)
        assert told(catalog_id) == one_run(catalog_id)


def test_what_a_run_that_broke_off_has_found_is_linked_by_the_next(fared, catalog, items_of, *, told, monkeypatch):
    catalog_id = catalog({"a": CAMERA, "b": {"title": "Pen"}, "d": {"title": "Lamp"}})
    fared(catalog_id)
    items_of(catalog_id).put("c", AGAIN)
    with monkeypatch.context() as patch, pytest.raises(grpc.RpcError):
        patch.setattr(links_module.Links, "mark", broken_off)
        fared(catalog_id, "c")
    assert told(catalog_id)["c"] == ("", False)
    fared(catalog_id, "d")
    assert told(catalog_id)["c"] == ("a", False)


def broken_off(*_):
    raise RuntimeError("killed")


@pytest.mark.parametrize("few", [2, 2_000])
def test_all_are_linked_when_a_run_over_some_makes_the_index(fared, catalog, told, monkeypatch, few):
    monkeypatch.setattr(search_module, "FEW", few)
    models = [f"DSC-W{number}20B" for number in range(1, 5)]
    first = {f"a{model}": {"title": f"Zorvex compact camera black {model}"} for model in models}
    again = {f"b{model}": {"title": f"Zorvex {model} digital still camera, black"} for model in models}
    catalog_id = catalog(first | again)
    fared(catalog_id, duplicates=pb.DUPLICATES_CERTAIN)
    fared(catalog_id, "aDSC-W120B")
    by_some = told(catalog_id)
    fared(catalog_id)
    assert by_some == told(catalog_id)
    assert by_some["bDSC-W420B"] == ("aDSC-W420B", False)
