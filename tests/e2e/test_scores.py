"""What to fix first, over the real stack: scores by filter and order, groups, history, stale scores, reasons, rules."""

import time

import pytest

HEADER = "id,title,brand,price,currency,description,image_link,product_type,link,availability\n"
SOUND = (
    "A floor lamp of oiled walnut with a linen shade. It dims without steps and takes an E27 bulb of up to 60 watts. "
    "It is put together without tools in five minutes."
)
LAMPS = "Garden > Lighting > Lamps,https://shop.example.com"
ROWS = [
    f'A,"Lumina Walnut Floor Lamp, 160 cm",Lumina,129.90,EUR,"{SOUND}",https://cdn.example.com/a.jpg,{LAMPS}/a,in_stock',
    f'B,"Lumina Oak Floor Lamp, 150 cm",Lumina,99.00,EUR,"{SOUND}",,{LAMPS}/b,in_stock',
    "C,Chair,Sella,0,EUR,,,Garden,,in_stock",
]


@pytest.fixture(scope="module")
def scored(stack):
    client = stack.client()
    catalog_id = client.new_catalog()
    client.import_file((HEADER + "\n".join(ROWS)).encode(), catalog_id)
    client.run("silver", catalog_id, unknownBrands="register", imageChecks="syntax")
    client.run("gold", catalog_id)
    return catalog_id


def test_scores_are_filtered_and_sorted(client, scored):
    def ids(**asked):
        return [one["productId"] for one in client.get(f"catalogs/{scored}/scores", **asked).json()["data"]]

    assert ids(sort="points") == ["C", "B", "A"]
    assert ids(sort="score_desc", brand="Lumina") == ["A", "B"]
    assert sorted(ids(gap="images", sort="points")) == ["B", "C"]
    assert ids(category="Garden > Lighting", stale="false") == ["A", "B"]
    assert ids(ready_for="google") == ["A"]
    assert ids(not_ready_for="google") == ["B", "C"]
    assert client.get(f"catalogs/{scored}/scores", gap="colour").status_code == 400


def test_a_score_says_what_to_do_and_can_be_computed_by_hand(client, scored):
    score = client.get(f"catalogs/{scored}/scores/C").json()
    assert score["gaps"][0]["points"] >= score["gaps"][-1]["points"] > 0
    assert all(gap["reason"].startswith(gap["field"]) and gap["advice"].endswith(".") for gap in score["gaps"])
    assert score["score"] == int(100 - sum(gap["points"] for gap in score["gaps"]) + 0.5)
    weights = client.get("settings/pipeline").json()["goldWeights"]
    assert score["score"] == int(sum(score["stages"][stage] * weight for stage, weight in weights.items()) / 100 + 0.5)
    known = {one["reason"] for one in client.get("scoring/reasons").json()["data"]}
    assert {gap["reason"] for gap in score["gaps"]} <= known


def test_summary_groups_and_history(client, scored):
    summary = client.get(f"catalogs/{scored}/summary").json()
    assert [gap["field"] for gap in summary["catalogSummary"]["gapDetails"]] == summary["catalogSummary"]["topGaps"]
    google = summary["channels"][0]
    assert (google["channel"], google["ready"]) == ("google", 1)
    rules = {one["rule"]: one for one in client.get("channels/rules").json()["data"]}
    assert {one["rule"] for one in google["rules"]} <= rules.keys()
    brands = client.get(f"catalogs/{scored}/summary/groups", by="brand").json()["data"]
    assert [(one["name"], one["products"]) for one in brands] == [("Lumina", 2), ("Sella", 1)]
    history = client.get(f"catalogs/{scored}/summary/history").json()["data"]
    assert history[0]["catalogAvgScore"] == summary["catalogAvgScore"]


def test_products_say_whether_they_are_ready(client, scored):
    assert [client.product(scored, one)["feedReady"] for one in "ABC"] == [True, False, False]


def test_other_weights_make_scores_stale_until_scored_again(client, scored):
    weights = {"identity": 30, "taxonomy": 15, "content": 25, "media": 10, "pricing": 10, "attributes": 5, "seo": 5}
    before = client.get("settings/pipeline").json()["goldWeights"]
    assert client.put("settings/pipeline", {"goldWeights": weights}).status_code == 200
    try:
        client.run("gold", scored, scope="selection", productIds=["A"])
        until = time.monotonic() + 30  # Gold remembers a workspace's settings for some seconds
        while (summary := client.get(f"catalogs/{scored}/summary").json())["stale"] != 2:
            assert time.monotonic() < until, summary
            time.sleep(0.2)
        assert summary["scored"] == 3
    finally:
        assert client.put("settings/pipeline", {"goldWeights": before}).status_code == 200
    answer = client.put("settings/pipeline", {"goldWeights": weights | {"seo": 4}})
    assert answer.status_code == 400
    assert "99" in answer.json()["error"]["message"]
