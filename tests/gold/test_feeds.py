"""Feeds: every format read back by a reader of that format, what is in them, and how long they are kept."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from assay.gold.v1 import feed_service_pb2 as pb
from assay.gold.v1 import score_pb2

from tests.gold.conftest import GOOD

GOOGLE, META, OPENAI = score_pb2.CHANNEL_GOOGLE, score_pb2.CHANNEL_META, score_pb2.CHANNEL_OPENAI
G = "{http://base.google.com/ns/1.0}"
NASTY = 'Lamp <b>&amp; "quoted", =SUM(A1)\n\x00\x0b end]]>'
PREORDER = {"availability": "preorder", "attributes": '{"availability date":"2027-01-31"}'}
SEVERAL = {
    "p1": {"sku": "S-1"},
    "p2": {"sku": None, "originalPrice": "150", "mpn": "M-2", "parentId": "group-1"},
    "p3": {"title": None},
    "p4": None,
}


@pytest.fixture
def feed(call):
    """A feed: what is told of it, and its bytes."""

    def read(catalog_id, channel=GOOGLE, **asked):
        request = pb.ReadFeedRequest(workspace_id="ws_a", catalog_id=catalog_id, channel=channel, **asked)
        first, *pieces, last = call("ReadFeed", request)
        assert last.WhichOneof("event") == "end"
        content = b"".join(piece.data for piece in pieces)
        if not first.info.not_modified:
            assert first.info.size == len(content)
        return first.info, content

    return read


def lines(content):
    return [json.loads(line) for line in content.splitlines()]


def items(content):
    return ElementTree.fromstring(content).findall("./channel/item")


def test_google_s_feed_is_rss_with_its_namespace(feed, catalog):
    told, content = feed(catalog(SEVERAL))
    assert (told.content_type, told.product_count) == ("application/xml; charset=utf-8", 2)
    first, second = items(content)
    values = {child.tag.removeprefix(G): child.text for child in second}
    assert first.findtext(f"{G}id") == "S-1"
    assert values == {
        "id": "p2",
        "title": GOOD["title"],
        "description": GOOD["description"],
        "link": GOOD["url"],
        "image_link": GOOD["primaryImageUrl"],
        "additional_image_link": GOOD["secondaryImages"][-1],
        "availability": "in_stock",
        "price": "150.00 EUR",
        "sale_price": "129.90 EUR",
        "brand": "Lumina",
        "gtin": GOOD["gtin"],
        "mpn": "M-2",
        "condition": "new",
        "product_type": GOOD["categoryPath"],
        "item_group_id": "group-1",
        "color": "walnut",
        "size": "160 cm",
        "material": "wood",
    }
    assert [one.text for one in second.findall(f"{G}additional_image_link")] == GOOD["secondaryImages"]
    assert first.findtext(f"{G}price") == "129.90 EUR"


def test_meta_s_feed_is_csv_in_its_spelling(feed, catalog):
    told, content = feed(catalog(SEVERAL), META)
    assert told.content_type.startswith("text/csv")
    first, second = csv.DictReader(io.StringIO(content.decode()))
    assert (first["id"], second["id"]) == ("S-1", "p2")
    assert (second["availability"], second["price"], second["sale_price"]) == ("in stock", "150.00 EUR", "129.90 EUR")
    assert second["additional_image_link"] == ",".join(GOOD["secondaryImages"])
    assert second["gender"] == ""


def test_openai_s_feed_is_a_json_array(feed, catalog):
    told, content = feed(catalog(SEVERAL | {"p5": PREORDER}), OPENAI)
    assert told.content_type == "application/json"
    first, _, third = json.loads(content)
    assert (first["item_id"], first["is_eligible_search"], first["price"]) == ("S-1", "true", "129.90 EUR")
    assert (third["availability"], third["availability_date"]) == ("pre_order", "2027-01-31")
    assert "sale_price" not in first


@pytest.mark.parametrize("channel", [GOOGLE, META, OPENAI])
def test_every_channel_comes_as_json_lines(feed, catalog, channel):
    told, content = feed(catalog(SEVERAL), channel, format=pb.FEED_FORMAT_NDJSON)
    assert told.content_type == "application/x-ndjson"
    assert [line.get("id") or line["item_id"] for line in lines(content)] == ["S-1", "p2"]
    assert told.product_count == 2


@pytest.mark.parametrize("channel", [GOOGLE, META, OPENAI])
@pytest.mark.parametrize("catalog_products", [{}, {"raw": None}])
def test_an_empty_feed_is_well_formed(feed, catalog, channel, catalog_products):
    told, content = feed(catalog(catalog_products), channel)
    assert told.product_count == 0
    if channel == GOOGLE:
        assert items(content) == []
    elif channel == META:
        assert list(csv.DictReader(io.StringIO(content.decode()))) == []
    else:
        assert json.loads(content) == []


def test_whatever_a_product_says_is_text(feed, catalog):
    nasty = {"title": NASTY, "description": NASTY * 4, "brand": "=1+1", "color": "+red", "size": "@L", "material": "-x"}
    catalog_id = catalog({"p": nasty})
    expected = NASTY.replace("\x00", "").replace("\x0b", "")
    (item,) = items(feed(catalog_id, GOOGLE, include_all=True)[1])
    assert item.findtext(f"{G}title") == expected
    (row,) = csv.DictReader(io.StringIO(feed(catalog_id, META, include_all=True)[1].decode(), newline=""))
    assert (row["title"], row["brand"], row["color"]) == (expected, "'=1+1", "'+red")
    assert (row["size"], row["material"]) == ("'@L", "'-x")
    (product,) = json.loads(feed(catalog_id, OPENAI, include_all=True)[1])
    assert (product["title"], product["brand"]) == (expected, "=1+1")


def test_an_id_goes_into_a_feed_once(feed, call, catalog):
    names = [f"p{number:02}" for number in range(9)]
    shared = {name: {"sku": f"S-{place % 7}", "color": name} for place, name in enumerate(names)}
    catalog_id = catalog(shared | {"p00": {"sku": "S-0", "title": None}, "p90": {"sku": "S-0", "color": "last"}})
    told, content = feed(catalog_id, format=pb.FEED_FORMAT_NDJSON)
    # The first one is not ready itself, so that its id is free for the next one.
    assert [line["color"] for line in lines(content)] == [*names[1:8]]
    assert told.product_count == 7
    answer = call("ValidateFeed", pb.ValidateFeedRequest(workspace_id="ws_a", catalog_id=catalog_id, channel=GOOGLE))
    errors = {found.rule: list(found.product_ids) for found in answer.findings if found.severity == 1}
    assert errors == {"google.title.missing": ["p00"], "google.id.repeated": ["p08", "p90"]}
    assert (answer.products, answer.ready) == (10, 7)
    assert feed(catalog_id, include_all=True)[0].product_count == 10


def test_addresses_of_further_images_with_commas(feed, catalog):
    images = ["https://cdn.example.com/a,b.jpg", "https://cdn.example.com/c.jpg?x=1&y=2", "x" * 1930, "y" * 20]
    catalog_id = catalog({"p": {"secondaryImages": [*images, None, images[0]]}})
    (row,) = csv.DictReader(io.StringIO(feed(catalog_id, META)[1].decode()))
    assert row["additional_image_link"] == "https://cdn.example.com/a%2Cb.jpg,https://cdn.example.com/c.jpg?x=1&y=2"
    (product,) = json.loads(feed(catalog_id, OPENAI)[1])
    assert product["additional_image_urls"].split(",")[1:] == images[1:]
    (item,) = items(feed(catalog_id)[1])
    assert [one.text for one in item.findall(f"{G}additional_image_link")] == images


def test_all_products_on_demand(feed, catalog):
    catalog_id = catalog(SEVERAL)
    assert [line["id"] for line in lines(feed(catalog_id, format=pb.FEED_FORMAT_NDJSON, include_all=True)[1])] == [
        "S-1",
        "p2",
        "LAMP-0042",
    ]


@pytest.mark.parametrize(
    ("offset", "limit", "places"),
    [(0, 0, range(11)), (0, 3, range(3)), (3, 5, range(3, 8)), (9, 5, range(9, 11)), (11, 1, ()), (5, 0, range(5, 11))],
)
def test_a_part_of_a_feed(feed, catalog, offset, limit, places):
    names = [f"p{number:02}" for number in range(11)]
    catalog_id = catalog({name: {"sku": name} for name in names})
    told, content = feed(catalog_id, format=pb.FEED_FORMAT_NDJSON, offset=offset, limit=limit)
    assert [line["id"] for line in lines(content)] == [names[place] for place in places]
    assert told.product_count == len(places)


def test_without_a_catalog_all_of_the_workspace(call, catalog, world):
    for number in range(5):
        catalog({"p": {"sku": f"of-{number}"}}, workspace="ws_b")
    request = pb.ReadFeedRequest(workspace_id="ws_b", channel=GOOGLE, format=pb.FEED_FORMAT_NDJSON, no_cache=True)
    content = b"".join(event.data for event in call("ReadFeed", request, "token-b"))
    told = {line["id"] for line in lines(content)}
    assert {f"of-{number}" for number in range(5)} <= told
    assert "S-1" not in told


def test_a_feed_is_kept_until_it_is_to_be_made_anew(feed, catalog, world):
    catalog_id = catalog({"p": {}})
    first, content = feed(catalog_id)
    reads = world.reads
    world.catalogs["ws_a", catalog_id]["p"]["title"] = "Another floor lamp of oiled walnut"
    assert feed(catalog_id) == (first, content)
    assert world.reads == reads
    anew, other = feed(catalog_id, no_cache=True)
    assert anew.etag != first.etag
    assert b"Another floor lamp" in other
    assert feed(catalog_id)[0] == anew


def test_the_same_content_keeps_its_tag_and_its_time(feed, catalog):
    catalog_id = catalog({"p": {}})
    first, _ = feed(catalog_id)
    assert feed(catalog_id, no_cache=True)[0] == first


@pytest.mark.parametrize("shape", ["{}", '"other", {}', "W/{}", "*"])
def test_what_the_caller_has_is_not_sent(feed, catalog, shape):
    catalog_id = catalog({"p": {}})
    etag = feed(catalog_id)[0].etag
    told, content = feed(catalog_id, if_none_match=shape.format(etag))
    assert (told.not_modified, content) == (True, b"")
    assert not feed(catalog_id, if_none_match='"other"')[0].not_modified


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, ["channel"]),
        ({"channel": 9}, ["channel"]),
        ({"channel": GOOGLE, "format": pb.FEED_FORMAT_CSV}, ["format"]),
        ({"channel": META, "format": pb.FEED_FORMAT_RSS}, ["format"]),
        ({"channel": OPENAI, "format": 9}, ["format"]),
        ({"channel": GOOGLE, "limit": -1, "offset": -1}, ["limit", "offset"]),
    ],
)
def test_bad_requests_name_the_field(refused, catalog, asked, fields):
    request = pb.ReadFeedRequest(workspace_id="ws_a", catalog_id=catalog({}), **asked)
    assert refused("ReadFeed", request) == ("INVALID_ARGUMENT", "VALIDATION_ERROR", fields)


def test_a_feed_whose_making_fails_leaves_nothing(refused, feed, catalog, world, app):
    def breaks():
        raise RuntimeError("secret of Silver")

    catalog_id = catalog({"p": {}})
    world.before_read = breaks
    request = pb.ReadFeedRequest(workspace_id="ws_a", catalog_id=catalog_id, channel=GOOGLE)
    files = set(app.settings.home.rglob("*.feed"))
    assert refused("ReadFeed", request)[0] == "INTERNAL"
    assert set(app.settings.home.rglob("*.feed")) == files
    world.before_read = lambda: None
    assert feed(catalog_id)[0].product_count == 1


def test_validate_counts_by_rule(call, catalog):
    catalog_id = catalog(SEVERAL | {"p5": {"title": "x" * 151, "price": "0"}})
    answer = call("ValidateFeed", pb.ValidateFeedRequest(workspace_id="ws_a", catalog_id=catalog_id, channel=GOOGLE))
    assert (answer.valid, answer.products, answer.ready) == (False, 4, 2)
    errors = {
        found.rule: (found.products, list(found.product_ids))
        for found in answer.findings
        if found.severity == score_pb2.RULE_SEVERITY_ERROR
    }
    assert errors == {
        "google.title.missing": (1, ["p3"]),
        "google.title.too_long": (1, ["p5"]),
        "google.price.not_positive": (1, ["p5"]),
    }


def test_rules_are_listed_with_their_sources(call):
    rules = call("ListChannelRules", pb.ListChannelRulesRequest(workspace_id="ws_a")).rules
    assert len({rule.rule for rule in rules}) == len(rules) > 80
    assert all(rule.source.startswith("https://") and rule.message.endswith(".") for rule in rules)
    too_long = next(rule for rule in rules if rule.rule == "google.title.too_long")
    assert (too_long.limit, too_long.attribute, too_long.severity) == (150, "title", score_pb2.RULE_SEVERITY_ERROR)
