import pytest


@pytest.mark.parametrize(
    ("source", "material"),
    [
        ("80% Cotton / 20% Polyester", "80% Cotton, 20% Polyester"),
        ("80% Cotton, 20% Polyester", "80% Cotton, 20% Polyester"),
        ("Cotton 80%, Polyester 20%", "80% Cotton, 20% Polyester"),
        ("Cotton: 80%; Polyester: 20%", "80% Cotton, 20% Polyester"),
        ("80 % coton 20 % polyester", "80% coton, 20% polyester"),
        ("99,5% Baumwolle + 0,5% Elasthan", "99.5% Baumwolle, 0.5% Elasthan"),
        ("100 % recycled wool", "100% recycled wool"),
        ("20% polyester, 80% cotton", "20% polyester, 80% cotton"),
        ("100% COTTON", "100% Cotton"),
        ("COTTON; PVC", "Cotton/PVC"),
    ],
)
def test_shares_have_one_spelling_and_keep_their_order(run, source, material):
    (product,) = run({"material": source})
    assert (product["material"], product["rules"]) == (material, [])


@pytest.mark.parametrize(
    "source",
    ["Shell: 100% cotton; Lining: 100% polyester", "60% cotton, 30% wool", "50%", "100%", "Leather", "3% x 9%"],
)
def test_what_does_not_add_up_stays(column, source):
    assert column("material", source) == [source]


def test_the_last_rule_is_named(run):
    (product,) = run({"material": "Cotton 80%, Polyester 20%"})
    assert [change["rule"] for change in product["changes"]] == ["material.percent"]
