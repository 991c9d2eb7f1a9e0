import io

import pytest
from rich.console import Console

from cli.report import bad_rows, bar, gold_report, import_report, silver_report
from cli.runs import Ended, GoldTally, SilverTally

WIDTH = 80


def printed(what):
    console = Console(file=io.StringIO(), width=WIDTH, force_terminal=False)
    console.print(what)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= WIDTH
    return text


@pytest.fixture
def gold():
    tally = GoldTally()
    gaps = ["images", "secondaryImages", "shortDescription", "gtin", "metaDescription", "attributes"]
    tally.add(
        [
            {"productId": f"APP-{n}", "status": "success", "score": n, "gaps": gaps, "missingFields": gaps[1:]}
            for n in range(1000, 1007)
        ]
    )
    tally.add([{"productId": "x", "status": "error", "error": "Product not in Silver stage — run Silver first"}] * 3)
    distribution = {"excellent": 512, "good": 34, "warning": 1, "poor": 0}
    summary = {"avgScore": 71.4, "scoreDistribution": distribution, "topGaps": gaps}
    return Ended({"id": "j", "result": {}}, tally, {"catalogSummary": summary})


def test_a_bar_is_seen_for_everything_above_zero():
    assert bar(0) == ""
    assert bar(0.0001) == "▏"
    assert bar(0.5, 10) == "█████"
    assert bar(1, 10) == "██████████"


def test_gold_shows_average_bands_gaps_and_the_worst(gold):
    text = printed(gold_report(gold, {"APP-1000": "Fernhollow Polo Shirt Brisa 66 with recycled lining"}))

    assert "71.4 of 100" in text
    assert "3 × Product not in Silver stage" in text
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert "512" in lines["excellent"] and "94%" in lines["excellent"] and "█" in lines["excellent"]
    assert "▏" in lines["warning"] and "█" not in lines["poor"]
    assert "7" in lines["secondaryImages"]
    assert "APP-1000" in lines["1000"] and "Fernhollow Polo" in lines["1000"]
    assert lines["1000"].rstrip().endswith("images, secondaryImages +4")
    assert "0 products have none, 7 one that cannot be used" in text


def test_gold_without_products_has_no_average():
    summary = {"avgScore": None, "scoreDistribution": dict.fromkeys(("excellent", "good", "warning", "poor"), 0)}
    ended = Ended({"id": "j"}, GoldTally(), {"catalogSummary": summary | {"topGaps": []}})

    assert "- of 100" in printed(gold_report(ended))


def test_silver_shows_the_commonest_errors_only():
    tally = SilverTally()
    for number in range(9):
        error = {"productId": "x", "status": "error", "error": f"Brand not found: 'Brand {number}' " + "x" * 100}
        tally.add([error] * (10 - number))
    text = printed(silver_report(Ended({"id": "j"}, tally)))

    assert "10 × Brand not found: 'Brand 0'" in text
    assert "and 4 more kinds" in text


def test_silver_shows_the_commonest_rules_and_the_first_broken_images():
    tally = SilverTally()
    tally.add(
        [{"status": "success", "fieldsNormalized": 9, "duplicateOf": None, "urlsValidated": 12, "productId": "x"}]
    )
    images = [
        {"url": "https://images.example.com/" + "long" * 40, "status": 404, "reason": "status"},
        {"url": "https://nowhere.example/a.jpg", "status": None, "reason": "dns"},
        *[
            {"url": f"https://images.example.com/{number}.jpg", "status": 500, "reason": "status"}
            for number in range(9)
        ],
    ]
    result = {
        "changes": {f"rule.number_{number}": number + 1 for number in range(9)} | {"text.whitespace": 1_204},
        "issues": {"gtin.check_digit": 3},
        "productsWithIssues": 2,
        "brokenUrls": 11,
        "brokenImages": images,
    }
    text = printed(silver_report(Ended({"id": "j", "result": result}, tally)))

    assert "text.whitespace 1,204, rule.number_8 9" in text
    assert "and 6 more rules" in text
    assert "in 2 products: gtin.check_digit 3" in text
    assert "12 checked, 11 broken" in text
    assert "status 404  https://images.example.com/long" in text
    assert "dns  https://nowhere.example/a.jpg" in text
    assert "/1.jpg" not in text


def test_import_counts_and_bad_rows_fit():
    result = {"total": 5, "created": 1_234_567, "updated": 0, "unchanged": 3, "errors": 2}
    row = {"line": 17, "column": "a column\x1b with a very long name", "message": "wrong " * 30, "severity": "error"}

    assert "1,234,567" in printed(import_report(result))
    text = printed(bad_rows([row], more=True))
    assert "17" in text and "…" in text and "\x1b" not in text
