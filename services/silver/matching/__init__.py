"""The search for likely duplicates: `find_likely` takes the products of a catalog and returns pairs with evidence."""

from services.silver.matching.decide import Strictness
from services.silver.matching.engine import PAIR_SCHEMA, PRODUCT_SCHEMA, find_likely

__all__ = ["PAIR_SCHEMA", "PRODUCT_SCHEMA", "Strictness", "find_likely"]
