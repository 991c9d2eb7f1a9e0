"""Tables of the Silver service.

Times are microseconds since 1970 in UTC. Product ids sort bytewise on every database.
"""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.runtime.jobs.tables import job_tables

PRODUCT_ID = sa.String(255).with_variant(postgresql.VARCHAR(255, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class SilverTable(SQLModel, registry=registry()):
    """Base of the service's tables: a registry of its own, so that services can share a test process."""


def _partial(name: str, *columns: str) -> sa.Index:
    """An index over the rows that have a value: most products are nobody's duplicate and many have no barcode."""
    condition = sa.text(f"{columns[0]} IS NOT NULL")
    return sa.Index(name, "catalog_id", *columns, sqlite_where=condition, postgresql_where=condition)


class Product(SilverTable, table=True):
    """The newest canonical record of a product.

    A product that has only ever failed has a row too, with an empty `source_fingerprint` and `document`.
    """

    __tablename__ = "products"
    __table_args__: ClassVar[Any] = (
        _partial("ix_products_duplicate_of", "duplicate_of"),
        _partial("ix_products_shared_gtin", "shared_gtin"),
        sa.Index("ix_products_sequence", "catalog_id", "sequence"),
        sa.Index(
            "ix_products_unindexed",
            "catalog_id",
            "workspace_id",
            sqlite_where=sa.text("indexed IS NOT fingerprint AND source_fingerprint <> ''"),
            postgresql_where=sa.text("indexed IS DISTINCT FROM fingerprint AND source_fingerprint <> ''"),
        ),
    )

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    product_id: str = Field(sa_type=PRODUCT_ID, primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    sequence: int = Field(sa_type=sa.BigInteger, description="Order of first ingestion.")
    source_fingerprint: str = Field(sa_type=sa.String(32), description="Of the item this record was made from.")
    fingerprint: str = Field(sa_type=sa.String(32), description="Of document and attributes.")
    brand: str | None = Field(default=None, sa_type=sa.Text)
    gtin14: str | None = Field(default=None, sa_type=sa.String(14))
    brand_mpn_key: str | None = Field(default=None, sa_type=sa.Text)
    document: str = Field(sa_type=sa.Text, description="JSON of the canonical record; nulls and attributes left out.")
    attributes: str = Field(sa_type=sa.Text, description="JSON of the attributes; empty when there are none.")
    changes: str = Field(sa_type=sa.Text, description="JSON list of {field, before, after, rule}.")
    issues: str = Field(sa_type=sa.Text, description="JSON list of {field, rule, severity, message}.")
    duplicate_of: str | None = Field(default=None, sa_type=PRODUCT_ID)
    error: str | None = Field(default=None, sa_type=sa.Text, description="Why the last run could not take it.")
    updated_at: int = Field(sa_type=sa.BigInteger)
    category: str | None = Field(
        default=None, sa_type=sa.Text, description="JSON of state and suggestions; null when there was nothing to link."
    )
    images: str | None = Field(
        default=None, sa_type=sa.Text, description="JSON, see `images.findings.kept_text`; null when nothing is known."
    )
    brand_sku_key: str | None = Field(default=None, sa_type=sa.Text)
    shared_gtin: int | None = Field(default=None, description="Products with its barcode, where they are many unlike.")
    duplicate_evidence: str | None = Field(
        default=None, sa_type=sa.Text, description="JSON of {strength, matched, keys, similarity, agree, disagree}."
    )
    indexed: str | None = Field(
        default=None, sa_type=sa.String(32), description="The fingerprint that the index of likely duplicates knows."
    )


class Run(SilverTable, table=True):
    """One Silver run."""

    __tablename__ = "runs"
    __table_args__: ClassVar[Any] = (
        sa.Index("ix_runs_catalog", "workspace_id", "catalog_id", "number"),
        # A number is never given again: what was of a run that is gone is no other one's.
        {"sqlite_autoincrement": True},
    )

    number: int | None = Field(default=None, sa_type=NUMBER, primary_key=True)
    job_id: str = Field(sa_type=sa.String(36), unique=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    catalog_id: str = Field(sa_type=sa.String(64))


class RunResult(SilverTable, table=True):
    """How one product fared in a run, at its place in the run's order."""

    __tablename__ = "run_results"
    # Rows live in the primary key's own tree: the table is written once instead of twice.
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    run: int = Field(sa_type=NUMBER, primary_key=True)
    position: int = Field(sa_type=sa.BigInteger, primary_key=True)
    product_id: str = Field(sa_type=PRODUCT_ID)
    fields_normalized: int | None = None
    urls_validated: int | None = None
    duplicate_of: str | None = Field(default=None, sa_type=PRODUCT_ID)
    error: str | None = Field(default=None, sa_type=sa.Text)
    suggestions: str | None = Field(default=None, sa_type=sa.Text, description="JSON list of brand names.")


class BrokenImage(SilverTable, table=True):
    """An image URL that a run found broken, beside the result of its product."""

    __tablename__ = "broken_images"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    run: int = Field(sa_type=NUMBER, primary_key=True)
    position: int = Field(sa_type=sa.BigInteger, primary_key=True, description="The product's, as in run_results.")
    number: int = Field(primary_key=True, description="Place among the product's image URLs.")
    product_id: str = Field(sa_type=PRODUCT_ID)
    field: str = Field(sa_type=sa.String(32))
    url: str = Field(sa_type=sa.Text)
    status: int | None = None
    reason: str = Field(sa_type=sa.String(32), description="See `images.facts`.")
    url_number: int = Field(sa_type=sa.BigInteger, description="BLAKE2b-64 of the URL, to count different ones.")


class PartitionTally(SilverTable, table=True):
    """What was changed and found in a partition of a run, counted."""

    __tablename__ = "partition_tallies"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    run: int = Field(sa_type=NUMBER, primary_key=True)
    partition: int = Field(primary_key=True)
    tally: str = Field(sa_type=sa.Text, description="JSON, see `tally`.")


class ImageCheck(SilverTable, table=True):
    """What an address answered when it was last asked. Of no workspace: what is public on the web is so for all."""

    __tablename__ = "image_checks"
    # Rows live in the primary key's own tree: the table is written once instead of twice.
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    url_hash: str = Field(sa_type=sa.String(32), primary_key=True, description="BLAKE2b-128: URLs may hold secrets.")
    reason: str = Field(sa_type=sa.String(32), description="Empty when reachable, see `images.facts`.")
    checked_at: int = Field(sa_type=sa.BigInteger)
    status: int | None = None
    content_type: str | None = Field(default=None, sa_type=sa.String(100))
    width: int | None = Field(default=None, description="Pixels.")
    height: int | None = Field(default=None, description="Pixels.")


class KeyIndexState(SilverTable, table=True):
    """What is known of a catalog's index of identities and brands, see `key_index`."""

    __tablename__ = "key_indexes"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    bits: int = Field(description="Of the numbers of its shards.")
    size: int = Field(sa_type=sa.BigInteger, description="Postings.")
    built: int = Field(sa_type=sa.BigInteger, description="Postings when its shards were cut.")


class KeyShard(SilverTable, table=True):
    """Postings of a shard of that index, sorted numbers of 64 bits, see `shards`."""

    __tablename__ = "key_shards"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    shard: int = Field(sa_type=sa.BigInteger, primary_key=True)
    postings: bytes = Field(sa_type=sa.LargeBinary)


class KeyPart(SilverTable, table=True):
    """Postings of what a partition of a run over the whole catalog wrote, until the run makes the index of them."""

    __tablename__ = "key_parts"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    run: int = Field(sa_type=NUMBER, primary_key=True)
    partition: int = Field(sa_type=sa.BigInteger, primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    size: int = Field(sa_type=sa.BigInteger, description="Postings.")
    postings: bytes = Field(sa_type=sa.LargeBinary)


class Unsettled(SilverTable, table=True):
    """A product whose duplicates are to be looked for by the next run, whatever products that one is over."""

    __tablename__ = "unsettled"
    # Rows live in the primary key's own tree: the table is written once instead of twice.
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger, primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))


class LikelyIndex(SilverTable, table=True):
    """What is known of a catalog's index of likely duplicates; arrays are little-endian numbers."""

    __tablename__ = "likely_indexes"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    strictness: str = Field(sa_type=sa.String(16))
    segments: str = Field(
        sa_type=sa.Text, description="JSON list of [number, bits of its shards, postings, by product, taken away]."
    )
    built: int = Field(sa_type=sa.BigInteger, description="Postings when it was made of the whole catalog.")
    words: bytes = Field(
        sa_type=sa.LargeBinary, description="Words that are not rare, 32 bits each, and of how many products each is."
    )
    codes: bytes = Field(sa_type=sa.LargeBinary, description="The same of model codes that are the products' own.")
    readings: bytes = Field(sa_type=sa.LargeBinary, description="The same of other readings of the products' texts.")
    looks: bytes = Field(sa_type=sa.LargeBinary, description="The same of looks: title, brand, size and colour.")


class LikelyPostings(SilverTable, table=True):
    """Postings of a shard of a segment of the index, sorted numbers of 64 bits, see `matching.postings`."""

    __tablename__ = "likely_postings"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    slot: int = Field(
        sa_type=sa.BigInteger, primary_key=True, description="Segment above, shard in the lowest 20 bits."
    )
    postings: bytes = Field(sa_type=sa.LargeBinary)


class LikelyPair(SilverTable, table=True):
    """Two products that have the points to be one, once for each of them, by their `sequence`."""

    __tablename__ = "likely_pairs"
    # Rows live in the primary key's own tree: the table is written once instead of twice.
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger, primary_key=True)
    other: int = Field(sa_type=sa.BigInteger, primary_key=True)
    points: float
    coded: bool = Field(description="Whether they share a model code.")
    chosen: bool = Field(description="Whether neither has a better partner or too many.")
    agree: str = Field(sa_type=sa.Text, description="Names with commas between them.")
    disagree: str = Field(sa_type=sa.Text, description="Names with commas between them.")


class LikelyGone(SilverTable, table=True):
    """A product whose record is no longer compared, but may be in the index of likely duplicates."""

    __tablename__ = "likely_gone"
    # Rows live in the primary key's own tree: the table is written once instead of twice.
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger, primary_key=True)


class Preview(SilverTable, table=True):
    """A run that is to change nothing, see `previews`."""

    __tablename__ = "previews"

    catalog_id: str = Field(sa_type=sa.String(64), primary_key=True)
    run: int = Field(sa_type=NUMBER, primary_key=True)
    workspace_id: str = Field(sa_type=sa.String(64))
    result: str | None = Field(default=None, sa_type=sa.Text, description="JSON, once the run is through.")


def table_of(model: type[SilverTable]) -> sa.Table:
    """The SQLAlchemy table behind a model."""
    table = model.metadata.tables[str(model.__tablename__)]
    assert isinstance(table, sa.Table)  # noqa: S101 - narrows for the type checker
    return table


PRODUCTS, RUNS, RESULTS = (table_of(model) for model in (Product, Run, RunResult))
BROKEN_IMAGES, TALLIES, IMAGE_CHECKS = (table_of(model) for model in (BrokenImage, PartitionTally, ImageCheck))
LIKELY_INDEXES, LIKELY_POSTINGS, LIKELY_PAIRS, LIKELY_GONE = (
    table_of(model) for model in (LikelyIndex, LikelyPostings, LikelyPair, LikelyGone)
)
KEY_INDEXES, KEY_SHARDS, KEY_PARTS = (table_of(model) for model in (KeyIndexState, KeyShard, KeyPart))
PREVIEWS = table_of(Preview)
UNSETTLED = table_of(Unsettled)
job_tables(SilverTable.metadata)
