import pytest

FEEDS = "/api/v1/feeds"
CATALOGS = "/api/workspace/ws_demo/catalogs"
CONTENT = "<rss>Ü</rss>".encode()
FINDINGS = [
    {
        "rule": "google.title.missing",
        "severity": "error",
        "attribute": "title",
        "message": "title is missing.",
        "products": 1200,
        "productIds": ["a", "b", "c", "d"],
    },
    {
        "rule": "google.title.shouting",
        "severity": "warning",
        "attribute": "title",
        "message": "title is all in capitals.",
        "products": 2,
        "productIds": ["e"],
    },
]


@pytest.fixture
def stack(server, monkeypatch):
    monkeypatch.setenv("ASSAY_URL", server.url)
    monkeypatch.setenv("ASSAY_API_KEY", "sk_live_x")
    catalogs = [{"id": "cat_1", "name": "spring", "slug": "spring", "product_count": 1, "is_default": True}]
    server.on("GET", CATALOGS, server.answer(body={"data": catalogs, "pagination": {"has_more": False}}))
    for channel in ("google", "meta", "openai"):
        headers = {"X-Feed-Product-Count": "2"}
        server.on("GET", f"{FEEDS}/{channel}", server.answer(content=CONTENT, headers=headers))
    return server


@pytest.mark.parametrize(
    ("words", "query", "accept"),
    [
        (["google"], {}, "application/xml"),
        (
            ["meta", "--all", "--limit", "5", "--offset", "2"],
            {"limit": "5", "offset": "2", "include": "all"},
            "text/csv",
        ),
        (["openai", "--catalog", "spring"], {"catalog_id": "cat_1"}, "application/json"),
        (["google", "--format", "ndjson", "-c", "cat_7"], {"catalog_id": "cat_7"}, "application/x-ndjson"),
    ],
)
def test_a_feed_goes_to_standard_output(assay, stack, words, query, accept):
    code, out, err = assay("feed", *words)
    assert (code, out, err) == (0, CONTENT.decode(), f"✓ 2 products for {words[0]}\n")
    (seen,) = stack.requests("GET", f"{FEEDS}/{words[0]}")
    assert seen.query == {"workspace_id": "ws_demo"} | query
    assert seen.headers["Accept"] == accept
    assert "Cache-Control" not in seen.headers


def test_a_feed_goes_into_a_file(assay, stack, tmp_path):
    target = tmp_path / "feed.xml"
    target.write_text("the former one, which was longer than what comes")
    code, out, _ = assay("feed", "google", "-o", target, "--fresh")
    assert (code, out, target.read_bytes()) == (0, "", CONTENT)
    assert list(target.parent.iterdir()) == [target]
    assert stack.requests("GET", f"{FEEDS}/google")[0].headers["Cache-Control"] == "no-cache"


def test_a_feed_that_breaks_off_leaves_the_former_file(assay, stack, tmp_path):
    stack.on("GET", f"{FEEDS}/google", stack.answer(content=CONTENT, headers={"Content-Length": "99"}))
    target = tmp_path / "feed.xml"
    target.write_text("former")
    code, out, err = assay("feed", "google", "-o", target)
    assert (code, out, target.read_text()) == (3, "", "former")
    assert "broke" in err
    assert list(target.parent.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_named(assay, stack, tmp_path):
    code, _, err = assay("feed", "google", "-o", tmp_path / "nowhere" / "feed.xml")
    assert code == 2
    assert "nowhere" in err


def test_findings_are_told_and_end_with_1(assay, stack):
    told = {"valid": False, "products": 3000, "ready": 1800, "findings": FINDINGS}
    stack.on("GET", f"{FEEDS}/google/validate", stack.answer(body=told))
    code, out, _ = assay("feed", "validate", "google", "--catalog", "cat_1")
    assert code == 1
    assert "1,800 of 3,000 products are ready for google" in out
    for word in ("google.title.missing", "1,200", "a, b, c", "google.title.shouting"):
        assert word in out
    assert stack.requests("GET", f"{FEEDS}/google/validate")[0].query["catalog_id"] == "cat_1"


def test_nothing_found_ends_with_0(assay, stack):
    told = {"valid": True, "products": 3, "ready": 3, "findings": []}
    stack.on("GET", f"{FEEDS}/meta/validate", stack.answer(body=told))
    assert assay("feed", "validate", "meta")[:2] == (0, "3 of 3 products are ready for meta\n")
    code, out, _ = assay("feed", "validate", "meta", "--json")
    assert (code, out) == (0, '{"valid": true, "products": 3, "ready": 3, "findings": []}\n')


@pytest.mark.parametrize("words", [["bing"], ["google", "--limit", "0"], ["validate"], ["validate", "bing"]])
def test_wrong_usage_ends_with_2(assay, words):
    code, out, _ = assay("feed", *words)
    assert (code, out) == (2, "")
