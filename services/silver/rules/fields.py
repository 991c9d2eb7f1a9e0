"""The canonical product: names and kinds of its fields, in the order of the house plan, section 8."""

from typing import Final

DECIMALS: Final = ("price", "originalPrice")
"""Fields that hold a plain decimal as text ("19.99"), never a float."""

LISTS: Final = ("secondaryImages", "tags")
"""Fields that hold a list of texts. Inside the rules a list is one text with `ITEM_BREAK` between its items."""

FIELDS: Final = (
    "sku",
    "gtin",
    "mpn",
    "brand",
    "brandId",
    "title",
    "description",
    "shortDescription",
    "categoryPath",
    "categoryId",
    "price",
    "originalPrice",
    "currency",
    "availability",
    "condition",
    "primaryImageUrl",
    "secondaryImages",
    "url",
    "color",
    "size",
    "material",
    "gender",
    "ageGroup",
    "pattern",
    "parentId",
    "metaTitle",
    "metaDescription",
    "tags",
)
"""Every canonical field but `attributes`, which holds what maps nowhere."""

REFERENCES: Final = ("brandId", "categoryId", "parentId")
"""Ids that link a product to something else. Setting a link changes no value of the source, so it never counts."""

ITEM_BREAK: Final = "\n"
"""Separates list items inside the rules; a line break can be part of no URL and no tag."""
