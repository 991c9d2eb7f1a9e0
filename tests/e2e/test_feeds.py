"""Feeds over the real stack: what a channel fetches, from a file of a supplier to its own format. Gold never runs."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest

G = "{http://base.google.com/ns/1.0}"
HEADER = "id,sku,title,brand,price,original price,currency,description,image_link,product_type,link,availability,gtin\n"
SOUND = "A floor lamp of oiled walnut & linen <dimmable>. It takes an E27 bulb of up to 60 watts."
LAMP = "Home > Lighting > Lamps,https://shop.example.com"
ROWS = [
    f'A,S-1,"Walnut Lamp, 160 cm",Lumina,"129,90",150.00,EUR,"{SOUND}",https://cdn.example.com/a.jpg,{LAMP}/a,auf Lager'
    ",4006381333931",
    f'B,S-2,"Oak Lamp, 150 cm",Lumina,99,,EUR,"{SOUND}",https://cdn.example.com/b.png,{LAMP}/b,En stock,',
    f'C,S-1,"Walnut Lamp, 120 cm",Lumina,89.90,,EUR,"{SOUND}",https://cdn.example.com/c.jpg,{LAMP}/c,out of stock,',
    "D,S-4,Chair,Sella,0,,EUR,,,Home,,in stock,",
]
WORKSPACE = "ws_feeds"


@pytest.fixture(scope="module")
def key(stack):
    """A key that may read feeds and nothing else."""
    return stack.make_key(WORKSPACE, "feed:read")


@pytest.fixture(scope="module")
def shop(stack):
    scopes = ("catalogs:read", "catalogs:write", "products:read", "products:write", "jobs:read", "brands:write")
    return stack.client(stack.make_key(WORKSPACE, *scopes), WORKSPACE)


@pytest.fixture(scope="module")
def catalog_id(shop):
    catalog_id = shop.new_catalog("lamps")
    shop.import_file((HEADER + "\n".join(ROWS)).encode(), catalog_id)
    shop.run("silver", catalog_id, unknownBrands="register", imageChecks="syntax", duplicates="off")
    return catalog_id


@pytest.fixture
def fetch(stack, key, catalog_id):
    """GETs as channels do: with a key in a header of its own."""

    def get(path, headers=None, method="GET", **params):
        headers = {"X-API-Key": key} | (headers or {})
        return stack.http.request(method, f"{stack.url}/api/v1/feeds/{path}", params=params or None, headers=headers)

    return get


def test_google_reads_rss(fetch):
    answer = fetch("google")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml; charset=utf-8")
    assert answer.headers["x-feed-product-count"] == "2"
    assert answer.headers["cache-control"] == "max-age=900"
    assert int(answer.headers["content-length"]) == len(answer.content)
    first, second = ElementTree.fromstring(answer.content).findall("./channel/item")
    told = {name: first.findtext(G + name) for name in ("id", "price", "sale_price", "availability", "gtin", "brand")}
    assert told == {
        "id": "S-1",
        "price": "150.00 EUR",
        "sale_price": "129.90 EUR",
        "availability": "in_stock",
        "gtin": "4006381333931",
        "brand": "Lumina",
    }
    assert (second.findtext(f"{G}id"), second.findtext(f"{G}price")) == ("S-2", "99.00 EUR")
    assert second.findtext(f"{G}identifier_exists") == "no"


def test_meta_reads_csv_and_openai_json(fetch):
    rows = list(csv.DictReader(io.StringIO(fetch("meta").text, newline="")))
    assert [(row["id"], row["availability"], row["price"]) for row in rows] == [
        ("S-1", "in stock", "150.00 EUR"),
        ("S-2", "in stock", "99.00 EUR"),
    ]
    products = fetch("openai").json()
    assert [(one["item_id"], one["is_eligible_search"], one["availability"]) for one in products] == [
        ("S-1", "true", "in_stock"),
        ("S-2", "true", "in_stock"),
    ]


@pytest.mark.parametrize("channel", ["google", "meta", "openai"])
def test_every_channel_as_json_lines(fetch, channel):
    answer = fetch(channel, {"Accept": "application/x-ndjson"}, include="all", limit=3, offset=1)
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line.get("id") or line["item_id"] for line in lines] == ["S-2", "S-1", "S-4"]
    assert answer.headers["x-feed-product-count"] == "3"


def test_what_has_not_changed_is_not_sent(fetch):
    first = fetch("google")
    again = fetch("google", {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "last-modified", "cache-control"):
        assert again.headers[name] == first.headers[name]
    anew = fetch("google", {"If-None-Match": first.headers["etag"], "Cache-Control": "no-cache"})
    assert anew.status_code == 304


def test_head_tells_what_get_would(fetch):
    got, told = fetch("google"), fetch("google", method="HEAD")
    assert (told.status_code, told.content) == (200, b"")
    for name in ("etag", "last-modified", "content-length", "content-type", "x-feed-product-count"):
        assert told.headers[name] == got.headers[name]


def test_a_change_is_seen_once_the_feed_is_made_anew(fetch, shop):
    catalog_id = shop.new_catalog("chairs")
    row = ROWS[1].replace("B,S-2", "E,S-5")
    shop.import_file((HEADER + row).encode(), catalog_id)
    before = fetch("google", catalog_id=catalog_id)
    assert before.headers["x-feed-product-count"] == "0"
    shop.run("silver", catalog_id, unknownBrands="register", imageChecks="syntax")
    assert fetch("google", catalog_id=catalog_id).headers["etag"] == before.headers["etag"]
    after = fetch("google", {"Cache-Control": "no-cache"}, catalog_id=catalog_id)
    assert after.headers["x-feed-product-count"] == "1"
    assert fetch("google", catalog_id=catalog_id).headers["etag"] == after.headers["etag"] != before.headers["etag"]


def test_validate_says_what_keeps_products_out(fetch, catalog_id):
    told = fetch("google/validate", catalog_id=catalog_id).json()
    assert (told["valid"], told["products"], told["ready"]) == (False, 4, 2)
    errors = {one["rule"]: one["productIds"] for one in told["findings"] if one["severity"] == "error"}
    assert errors == {
        "google.id.repeated": ["C"],
        "google.description.missing": ["D"],
        "google.link.missing": ["D"],
        "google.image_link.missing": ["D"],
        "google.price.not_positive": ["D"],
    }


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        ("bing", {}, 404, "NOT_FOUND"),
        ("google", {"Accept": "text/csv"}, 406, "NOT_ACCEPTABLE"),
        ("google?limit=0", {}, 400, "VALIDATION_ERROR"),
        ("google?catalogue=x", {}, 400, "VALIDATION_ERROR"),
        ("google?catalog_id=cat_none", {}, 404, "CATALOG_NOT_FOUND"),
        ("google?workspace_id=ws_demo", {}, 403, "INSUFFICIENT_PERMISSIONS"),
        ("google", {"X-API-Key": "sk_live_none"}, 401, "UNAUTHORIZED"),
        ("google/validate?limit=1", {}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_is_refused(fetch, path, headers, status, code):
    answer = fetch(path, headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_another_tenant_s_catalog_is_not_there(stack, fetch, catalog_id):
    other = {"X-API-Key": stack.make_key("ws_feedsother", "feed:read")}
    answer = fetch("google", other, catalog_id=catalog_id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "CATALOG_NOT_FOUND")
    assert fetch("google", other).headers["x-feed-product-count"] == "0"


def test_a_key_for_feeds_reads_nothing_else(stack, key):
    answer = stack.http.get(f"{stack.url}/api/workspace/{WORKSPACE}/catalogs", headers={"X-API-Key": key})
    assert answer.status_code == 403


def test_the_command_writes_feeds(stack, fetch, key, catalog_id, tmp_path):
    words = ("--catalog", catalog_id, "--key", key, "-w", WORKSPACE)
    target = tmp_path / "google.xml"
    done = stack.run("feed", "google", "-o", target, *words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert target.read_bytes() == fetch("google", catalog_id=catalog_id).content
    done = stack.run("feed", "meta", "--format", "ndjson", "--all", *words)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["S-1", "S-2", "S-1", "S-4"]
    done = stack.run("feed", "validate", "google", *words)
    assert done.returncode == 1
    assert "2 of 4 products are ready for google" in done.stdout
