"""The search for likely duplicates: products of a catalog in, pairs with evidence out. Knows no database."""

from services.silver.matching.candidates import Pairs
from services.silver.matching.decide import Strictness, chosen, promising
from services.silver.matching.engine import (
    ACCEPTED_SCHEMA,
    PAIR_SCHEMA,
    PRODUCT_SCHEMA,
    accepted,
    all_accepted,
    find_likely,
    read_catalog,
    read_some,
    similarity_of,
)

__all__ = [
    "ACCEPTED_SCHEMA",
    "PAIR_SCHEMA",
    "PRODUCT_SCHEMA",
    "Pairs",
    "Strictness",
    "accepted",
    "all_accepted",
    "chosen",
    "find_likely",
    "promising",
    "read_catalog",
    "read_some",
    "similarity_of",
]
