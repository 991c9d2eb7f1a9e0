"""Short ways to write schemas, trees and catalogs in tests."""

from assay.ingest.v1 import catalog_version_service_pb2 as versions
from assay.ingest.v1 import category_tree_service_pb2 as trees
from assay.ingest.v1 import item_schema_service_pb2 as pb


def attribute(name, type_="TEXT", of=None, *, members=(), **more):
    """`of`: the listSubType."""
    number = pb.AttributeType.Value(f"ATTRIBUTE_TYPE_{type_}")
    if of:
        more["list_sub_type"] = pb.AttributeType.Value(f"ATTRIBUTE_TYPE_{of}")
    return pb.AttributeDefinition(name=name, type=number, attributes=members, **more)


def schema(name="product", *attributes, nested=(), **more):
    """An item schema; texts become attributes of type TEXT."""
    attributes = [attribute(one) if isinstance(one, str) else one for one in attributes]
    return pb.ItemSchema(name=name, attributes=attributes, nested_item_schemas=nested, **more)


def tree(name="root", *categories, **more):
    """A category tree; texts become categories without children."""
    return trees.CategoryTree(name=name, children=[category(one) for one in categories], **more)


def category(name, *children, **more):
    """A text, or what is a category already."""
    if isinstance(name, trees.Category):
        return name
    return trees.Category(name=name, children=[category(child) for child in children], **more)


def catalog(schemas=(), categories=(), **more):
    """Names, or (name, version) of schemas and trees."""

    def named(references):
        pairs = [(one, 1) if isinstance(one, str) else one for one in references]
        return [versions.VersionedName(name=name, version=version) for name, version in pairs]

    return versions.CatalogVersion(
        catalog_item_schemas=named(schemas), catalog_category_trees=named(categories), **more
    )


def localized(**names):
    """fr_FR="…" and so on."""
    return [pb.LocalizedName(locale=locale, name=name) for locale, name in names.items()]
