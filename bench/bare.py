"""The same work as one bare script: Polars and SQLite, one process, no services. `python -m bench.bare FILE BRANDS`.

CSV → items (JSON documents, fingerprints) → normalised products with changes, issues and duplicates → scores with gaps
→ the catalog's summary, all of it in SQLite, in chunks. It writes what our services write, to the same depth, simply
and for this one file layout only: no uploads, no jobs, no locks, no other encodings, headers or Shopify lines. Prints
JSON: seconds per phase, counts, peak memory. This is the figure to compare the services with.

The frames are lazy where an expression is used twice: only then does Polars compute it once.
"""

import hashlib
import json
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

CHUNK = 20_000
SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;
CREATE TABLE items (product_id TEXT PRIMARY KEY, sequence INTEGER, document TEXT, fingerprint TEXT,
  created REAL) STRICT;
CREATE TABLE products (product_id TEXT PRIMARY KEY, sequence INTEGER, state TEXT, title TEXT, brand TEXT, category TEXT,
  gtin TEXT, mpn TEXT, color TEXT, document TEXT, attributes TEXT, changes TEXT, issues TEXT, fingerprint TEXT,
  duplicate_of TEXT) STRICT;
CREATE TABLE silver_results (position INTEGER PRIMARY KEY, product_id TEXT, status TEXT, fields_normalized INTEGER,
  duplicate_of TEXT, urls_validated INTEGER, error TEXT) STRICT;
CREATE TABLE scores (product_id TEXT PRIMARY KEY, score INTEGER, stages TEXT, gaps TEXT, missing TEXT,
  points TEXT) STRICT;
CREATE TABLE gold_results (position INTEGER PRIMARY KEY, product_id TEXT, status TEXT, score INTEGER, gaps TEXT,
  missing TEXT) STRICT;
"""
SOURCE = {
    "sku": "id",
    "title": "title",
    "description": "description",
    "brand": "brand",
    "categoryPath": "category",
    "price": "price",
    "currency": "currency",
    "availability": "availability",
    "gtin": "gtin",
    "mpn": "mpn",
    "primaryImageUrl": "image_link",
    "secondaryImages": "additional_image_link",
    "url": "link",
    "color": "color",
}
"""Canonical field → source header."""
FIELDS = list(SOURCE)
RULES = {
    "sku": "text",
    "title": "text", "description": "html", "brand": "brand", "categoryPath": "category", "price": "price",
    "currency": "currency", "availability": "availability", "gtin": "gtin", "mpn": "text", "color": "text",
    "primaryImageUrl": "url", "secondaryImages": "url", "url": "url",
}  # fmt: skip
AVAILABILITY = {
    "in stock": "in_stock", "in_stock": "in_stock", "instock": "in_stock", "auf lager": "in_stock",
    "en stock": "in_stock", "out of stock": "out_of_stock", "out_of_stock": "out_of_stock",
    "outofstock": "out_of_stock", "preorder": "preorder",
}  # fmt: skip
ENTITIES = {"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&euro;": "€"}
MARKUP = r"<[a-zA-Z/][^>]*>"
URL = r"^https?://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?::\d+)?(?:/[^\s]*)?$"
RESTRICTED = r"^(?:2|02|04|05|977|98[0-4]|99|952)"
CODES = {"€": "EUR", "$": "USD", "£": "GBP"}


def squeeze(text: pl.Expr) -> pl.Expr:
    """NFKC, one space between words, none around them; empty becomes null."""
    cleaned = text.str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(cleaned != "").then(cleaned)


def unmarked(text: pl.Expr) -> pl.Expr:
    """Tags and entities taken out."""
    return text.str.replace_all(MARKUP, " ").str.replace_many(list(ENTITIES), list(ENTITIES.values()))


def unshouted(text: pl.Expr) -> pl.Expr:
    """All capitals become title case."""
    shouting = (text == text.str.to_uppercase()) & (text != text.str.to_lowercase()) & (text.str.len_chars() > 10)
    return pl.when(shouting).then(text.str.to_titlecase()).otherwise(text)


def amount(text: pl.Expr) -> pl.Expr:
    """The decimal number of a price in any notation, as plain text; null when there is none."""
    bare = text.str.replace_all(r"[^0-9.,]", "")
    comma = bare.str.contains(r",\d{1,2}$")
    plain = (
        pl.when(comma)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .otherwise(bare.str.replace_all(",", "", literal=True))
    )
    return pl.when(plain.str.contains(r"^\d+(\.\d+)?$")).then(plain)


def code(price: pl.Expr, currency: pl.Expr) -> pl.Expr:
    """ISO 4217 code from the column, else from the price."""
    inside = price.str.extract(r"([A-Za-z]{3}|[€$£])", 1)
    found = pl.coalesce(currency, inside).str.strip_chars()
    return found.replace(CODES).str.to_uppercase()


def gtin(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """(digits without apostrophes and spaces, whether length and check digit are right)."""
    digits = text.str.replace_all(r"['\s-]", "")
    numeric = digits.str.contains(r"^(?:\d{8}|\d{12,14})$")
    number = pl.when(numeric).then(digits).cast(pl.Int64, strict=False)
    total = pl.sum_horizontal([number // 10**place % 10 * (1 if place % 2 == 0 else 3) for place in range(14)])
    return digits, numeric.fill_null(False) & (total % 10 == 0)


def listed(entries: list[pl.Expr]) -> pl.Expr:
    """Per row a JSON list of the entries that are not null; entries are JSON texts."""
    return pl.concat_str(pl.lit("["), pl.concat_str(entries, separator=",", ignore_nulls=True), pl.lit("]"))


def quoted(text: pl.Expr) -> pl.Expr:
    """A JSON string."""
    return pl.struct(v=text).struct.json_encode().str.slice(5).str.strip_suffix("}")


def normalise(items: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Silver for a chunk: canonical columns, changes, issues, error."""
    schema = pl.Struct(dict.fromkeys(SOURCE.values(), pl.String))
    source = items.lazy().select(
        "product_id", "sequence", "fingerprint", pl.col("document").str.json_decode(schema).alias("d")
    )
    frame = source.unnest("d").rename({header: f"_{field}" for field, header in SOURCE.items()})
    raw = {field: pl.col(f"_{field}") for field in FIELDS}
    digits, valid = gtin(raw["gtin"])
    path = squeeze(raw["categoryPath"]).str.replace_all(r"\s*[>|/»]\s*", " > ")
    images = raw["secondaryImages"].str.split(",").list.eval(pl.element().str.strip_chars())
    frame = frame.with_columns(
        sku=squeeze(raw["sku"]),
        title=unshouted(squeeze(unmarked(raw["title"]))),
        description=squeeze(unmarked(raw["description"])),
        _key=squeeze(raw["brand"]).str.to_lowercase(),
        categoryPath=unshouted(path),
        price=amount(raw["price"]),
        currency=code(raw["price"], raw["currency"]),
        availability=squeeze(raw["availability"]).str.to_lowercase().replace_strict(AVAILABILITY, default=None),
        gtin=digits,
        _valid=valid,
        mpn=squeeze(raw["mpn"]),
        color=squeeze(raw["color"]).str.to_lowercase(),
        primaryImageUrl=raw["primaryImageUrl"].str.strip_chars(),
        secondaryImages=images,
        url=raw["url"].str.strip_chars(),
    ).join(linked.lazy(), on="_key", how="left", maintain_order="left")
    frame = frame.with_columns(
        error=pl.when(pl.col("brandId").is_null() & pl.col("_key").is_not_null()).then(
            pl.format("Brand not found: '{}'", squeeze(raw["brand"]))
        ),
        urls=pl.col("primaryImageUrl").is_not_null().cast(pl.Int32) + pl.col("secondaryImages").list.len().fill_null(0),
    )
    after = {field: pl.col(field) for field in FIELDS} | {"secondaryImages": pl.col("secondaryImages").list.join(",")}
    changed = {field: after[field].ne_missing(raw[field]) for field in FIELDS}
    changes = [
        pl.when(changed[field]).then(
            pl.concat_str(
                pl.lit(f'{{"field":"{field}","before":'), quoted(raw[field]), pl.lit(',"after":'), quoted(after[field]),
                pl.lit(f',"rule":"{RULES[field]}"}}'),
            )
        )
        for field in FIELDS
    ]  # fmt: skip
    bad_url = {f: pl.col(f).is_not_null() & ~pl.col(f).str.contains(URL) for f in ("primaryImageUrl", "url")}
    bad_list = ~pl.col("secondaryImages").list.eval(pl.element().str.contains(URL)).list.all()
    tests = (
        ("gtin", "gtin", "GTIN is not usable", pl.col("gtin").is_not_null() & ~pl.col("_valid")),
        ("primaryImageUrl", "url", "URL is not well-formed", bad_url["primaryImageUrl"]),
        ("secondaryImages", "url", "URL is not well-formed", bad_list),
        ("url", "url", "URL is not well-formed", bad_url["url"]),
        ("price", "price", "Price is not a number", raw["price"].is_not_null() & pl.col("price").is_null()),
        ("price", "price", "Price is 0", pl.col("price").str.contains(r"^[0.]+$")),
        ("availability", "availability", "Unknown availability",
         raw["availability"].is_not_null() & pl.col("availability").is_null()),
    )  # fmt: skip
    issues = [
        pl.when(wrong).then(
            pl.lit(json.dumps({"field": field, "rule": rule, "severity": "warning", "message": message}))
        )
        for field, rule, message, wrong in tests
    ]
    return frame.with_columns(
        changes=listed(changes),
        issues=listed(issues),
        changed=pl.sum_horizontal([one.cast(pl.Int32) for one in changed.values()]),
        document=pl.struct(*FIELDS, "brandId").struct.json_encode().str.replace_all(r',"\w+":null', ""),
        gtinKey=pl.when("_valid").then(pl.col("gtin").str.zfill(14)),
    ).collect()


def duplicates(keys: pl.DataFrame) -> pl.DataFrame:
    """Exact duplicates over the catalog: product_id, duplicate_of (the product that was first ingested)."""
    keys = keys.sort("sequence")
    first = pl.col("sequence").min()
    few = pl.len() <= 20  # one made-up code on a whole delivery is no identity
    keys = keys.with_columns(
        pl.when(pl.col("gtinKey").is_not_null() & few.over("gtinKey")).then(first.over("gtinKey")).alias("_by_gtin"),
        pl.when(pl.col("brandId").is_not_null() & pl.col("mpn").is_not_null())
        .then(first.over("brandId", "mpn", "color"))
        .alias("_by_mpn"),
    ).with_columns(of=pl.min_horizontal("_by_gtin", "_by_mpn", "sequence"))
    while True:  # a chain points at its one canonical product
        heads = keys.select(of="sequence", _next="of")
        joined = keys.join(heads, on="of", how="left").with_columns(of=pl.coalesce("_next", "of")).drop("_next")
        if joined["of"].equals(keys["of"]):
            break
        keys = joined
    named = keys.select(of="sequence", duplicate_of="product_id")
    return keys.filter(pl.col("of") != pl.col("sequence")).join(named, on="of").select("product_id", "duplicate_of")


def length(field: str, low: int, high: int) -> pl.Expr:
    """1 within the limits, ½ outside, 0 when absent."""
    count = pl.col(field).str.len_chars()
    return pl.when(count.is_null()).then(0.0).when(count.is_between(low, high)).then(1.0).otherwise(0.5)


def present(field: str) -> pl.Expr:
    """1 when there is a value, else 0."""
    return pl.col(field).is_not_null().cast(pl.Float64)


def rubric() -> dict[str, tuple[str, float, pl.Expr]]:
    """Field → (stage, weight in points, quality 0–1), in the order in which ties are broken."""
    digits, valid = gtin(pl.col("gtin"))
    restricted = digits.str.zfill(13).str.contains(RESTRICTED)
    depth = pl.col("categoryPath").str.count_matches(">", literal=True) + 1
    title, description = pl.col("title"), pl.col("description")
    filler = r"(?i)lorem ipsum|^product \d+$|placeholder"
    fine = (title != title.str.to_uppercase()) & ~title.str.contains(filler) & ~title.str.contains(MARKUP)
    honest = description.ne_missing(title) & ~description.str.contains(filler) & ~description.str.contains(MARKUP)
    price = pl.col("price").cast(pl.Float64, strict=False)
    more = pl.col("secondaryImages").list.len().fill_null(0)
    absent = pl.lit(0.0)
    expected = pl.sum_horizontal([present("color"), absent, absent]) / 3
    return {
        "sku": ("identity", 6.0, present("sku")),
        "gtin": ("identity", 8.0, (valid & ~restricted).cast(pl.Float64)),
        "brand": ("identity", 6.0, present("brandId") / 2 + present("brand") / 2),
        "categoryPath": ("taxonomy", 15.0, pl.when(depth >= 3).then(1.0).when(depth == 2).then(0.7).otherwise(0.4)),
        "title": ("content", 10.0, length("title", 30, 150) * (0.5 + fine.cast(pl.Float64) / 2)),
        "description": ("content", 11.25, length("description", 160, 5000) * (0.5 + honest.cast(pl.Float64) / 2)),
        "shortDescription": ("content", 3.75, absent),
        "images": ("media", 10.0, pl.col("primaryImageUrl").str.contains(URL).cast(pl.Float64)),
        "secondaryImages": ("media", 10.0, more.replace_strict({0: 0.0, 1: 0.5, 2: 0.75}, default=1.0)),
        "price": ("pricing", 6.0, (price > 0).cast(pl.Float64)),
        "currency": ("pricing", 2.0, pl.col("currency").str.contains("^[A-Z]{3}$").cast(pl.Float64)),
        "availability": ("pricing", 2.0, present("availability")),
        "attributes": ("attributes", 5.0, expected),
        "url": ("seo", 2.0, pl.col("url").str.contains(URL).cast(pl.Float64)),
        "metaTitle": ("seo", 1.5, absent),
        "metaDescription": ("seo", 1.5, absent),
    }


STAGES = ("identity", "taxonomy", "content", "media", "pricing", "attributes", "seo")
ABSENT = {
    "shortDescription": None, "metaTitle": None, "metaDescription": None, "images": "primaryImageUrl",
    "attributes": "color",
}  # fmt: skip
"""Rubric fields that go by another column; None: the file has no such column."""


def score(products: pl.DataFrame) -> pl.DataFrame:
    """Gold for a chunk: score, stages, gaps (most points lost first), missing fields, points lost."""
    kinds = dict.fromkeys((*FIELDS, "brandId"), pl.String) | {"secondaryImages": pl.List(pl.String)}
    frame = (
        products.lazy()
        .with_columns(pl.col("document").str.json_decode(pl.Struct(kinds)).alias("d"))
        .drop("document")
        .unnest("d")
    )
    fields = rubric()
    frame = frame.with_columns(
        **{
            f"_{field}": (weight * (1 - quality.fill_null(0.0))).round(4)
            for field, (_, weight, quality) in fields.items()
        }
    )
    names = list(fields)
    codes = [
        pl.when(pl.col(f"_{field}") > 0).then((pl.col(f"_{field}") * 10_000).cast(pl.Int64) * 100 + 99 - place)
        for place, field in enumerate(names)
    ]
    sources = {field: ABSENT.get(field, field) for field in names}
    missing = [
        pl.when(pl.lit(True) if source is None else pl.col(source).is_null()).then(pl.lit(json.dumps(field)))
        for field, source in sources.items()
    ]
    named = pl.element() % 100
    ordered = pl.concat_list(codes).list.drop_nulls().list.sort(descending=True)
    gaps = ordered.list.eval(named.replace_strict({99 - place: f'"{field}"' for place, field in enumerate(names)}))
    totals = {stage: sum(weight for where, weight, _ in fields.values() if where == stage) for stage in STAGES}
    stages = [
        (100 - pl.sum_horizontal([f"_{f}" for f in names if fields[f][0] == stage]) / totals[stage] * 100).alias(stage)
        for stage in STAGES
    ]
    lost = pl.sum_horizontal([f"_{field}" for field in names])
    return frame.select(
        "product_id",
        "sequence",
        "state",
        score=(100 - lost + 0.5).floor().cast(pl.Int64),
        stages=pl.struct(stages).struct.json_encode(),
        gaps=pl.concat_str(pl.lit("["), gaps.list.join(","), pl.lit("]")),
        missing=listed(missing),
        points=pl.struct([pl.col(f"_{field}").alias(field) for field in names]).struct.json_encode(),
    ).collect()


def insert(database: sqlite3.Connection, table: str, frame: pl.DataFrame) -> None:
    """Append the frame's rows; its columns are the table's first columns in order."""
    places = ",".join("?" * frame.width)
    columns = ",".join(frame.columns)
    database.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})", frame.iter_rows())


def read(database: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """The table in order of ingestion, chunk by chunk."""
    last = -1
    query = f"SELECT {','.join(columns)} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT {CHUNK}"
    while rows := database.execute(query.replace("SELECT ", "SELECT rowid, "), (last,)).fetchall():
        last = rows[-1][0]
        yield pl.DataFrame(rows, schema=("_row", *columns), orient="row").drop("_row")


def import_file(database: sqlite3.Connection, path: Path) -> dict[str, int]:
    """CSV to items: one JSON document per line, empty cells dropped, unchanged items left alone."""
    counts = {"total": 0, "created": 0, "updated": 0, "unchanged": 0}
    for frame in pl.scan_csv(path, infer_schema=False).collect_batches(chunk_size=CHUNK):
        names, ids = frame.columns, frame["id"].to_list()
        known = dict(
            database.execute(
                "SELECT product_id, fingerprint FROM items WHERE product_id IN (SELECT value FROM json_each(?))",
                (orjson.dumps(ids).decode(),),
            )
        )
        rows = []
        for place, values in enumerate(frame.iter_rows()):
            document = orjson.dumps({name: value for name, value in zip(names, values, strict=True) if value})
            fingerprint = hashlib.blake2b(document, digest_size=16).hexdigest()
            if known.get(ids[place]) != fingerprint:
                rows.append((ids[place], counts["total"] + place, document.decode(), fingerprint, time.time()))
        database.executemany(
            "INSERT INTO items VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET document=excluded.document,"
            " fingerprint=excluded.fingerprint",
            rows,
        )
        database.commit()
        counts["total"] += frame.height
        counts["created"] += frame.height - len(known)
        counts["unchanged"] += frame.height - len(rows)
    counts["updated"] = counts["total"] - counts["created"] - counts["unchanged"]
    return counts


def run_silver(database: sqlite3.Connection, brands: Path) -> dict[str, int]:
    """Items to products and results, then duplicates over the whole catalog."""
    linked = pl.read_csv(brands, infer_schema=False).select(
        _key=pl.col("name").str.to_lowercase(), brand="name", brandId=pl.format("br_{}", pl.int_range(pl.len()))
    )
    keys: list[pl.DataFrame] = []
    failed = 0
    for items in read(database, "items", ("product_id", "sequence", "document", "fingerprint")):
        frame = normalise(items, linked)
        ok = pl.col("error").is_null()
        failed += frame["error"].count()
        columns = ("product_id", "sequence", "title", "brand", "gtin", "mpn", "color", "document", "changes", "issues")
        state = pl.when(ok).then(pl.lit("silver")).otherwise(pl.lit("bronze"))
        kept = [pl.when(ok).then(name).alias(name) if place > 1 else pl.col(name) for place, name in enumerate(columns)]
        insert(
            database,
            "products",
            frame.select(*kept, "fingerprint", state=state, category="categoryPath", attributes=pl.lit("{}")),
        )
        results = {"position": "sequence", "fields_normalized": "changed", "urls_validated": "urls"}
        status = pl.when(ok).then(pl.lit("success")).otherwise(pl.lit("error"))
        insert(database, "silver_results", frame.select("product_id", "error", status=status, **results))
        database.commit()
        keys.append(frame.filter(ok).select("product_id", "sequence", "gtinKey", "brandId", "mpn", "color"))
    found = (
        duplicates(pl.concat(keys))
        if keys
        else pl.DataFrame(schema={"product_id": pl.String, "duplicate_of": pl.String})
    )
    pairs = found.select("duplicate_of", "product_id").rows()
    database.executemany("UPDATE products SET duplicate_of=? WHERE product_id=?", pairs)
    query = "UPDATE silver_results SET duplicate_of=? WHERE position=(SELECT sequence FROM items WHERE product_id=?)"
    database.executemany(query, pairs)
    database.commit()
    return {"errors": failed, "duplicates": found.height}


def run_gold(database: sqlite3.Connection) -> dict[str, Any]:
    """Products to scores and results, then the catalog's summary."""
    bands = {"excellent": 0, "good": 0, "warning": 0, "poor": 0}
    gaps: dict[str, int] = {}
    total = scored = 0
    for frame in read(database, "products", ("product_id", "sequence", "state", "document")):
        waiting = frame.filter(pl.col("state") == "bronze")
        status = {"position": "sequence", "status": pl.lit("error")}
        insert(database, "gold_results", waiting.select("product_id", **status))
        done = score(frame.filter(pl.col("state") == "silver"))
        insert(database, "scores", done.drop("sequence", "state"))
        results = done.select("product_id", "score", "gaps", "missing", position="sequence", status=pl.lit("success"))
        insert(database, "gold_results", results)
        database.commit()
        total, scored = total + int(done["score"].sum()), scored + done.height
        edges = (("excellent", 85, 101), ("good", 65, 85), ("warning", 40, 65), ("poor", 0, 40))
        for band, low, high in edges:
            bands[band] += int(done["score"].is_between(low, high, closed="left").sum())
        every = done["gaps"].str.json_decode(pl.List(pl.String)).explode().drop_nulls()
        for field, count in every.value_counts().iter_rows():
            gaps[field] = gaps.get(field, 0) + count
    top = sorted(gaps, key=lambda field: -gaps[field])[:10]
    return {"avgScore": round(total / max(scored, 1), 1), "scoreDistribution": bands, "topGaps": top}


def run(path: Path, brands: Path, folder: Path) -> dict[str, Any]:
    """The whole job on a new database in the folder: counts, seconds per phase, peak memory in MiB."""
    database = sqlite3.connect(folder / "bare.db")
    database.executescript(SCHEMA)
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}

    def phase(name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        started, used = time.perf_counter(), time.process_time()
        result = work()
        seconds[name], cpu[name] = time.perf_counter() - started, time.process_time() - used
        return result

    counts = phase("import", lambda: import_file(database, path))
    silver = phase("silver", lambda: run_silver(database, brands))
    gold = phase("gold", lambda: run_gold(database))
    database.close()
    for times in (seconds, cpu):
        times["total"] = sum(times.values())
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return {
        "products": counts["total"],
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "cpu_seconds": {name: round(value, 2) for name, value in cpu.items()},
        "peak_mib": round(int(peak[1]) / 1024) if peak else None,
        "import": counts,
        "silver": silver,
        "gold": gold,
    }


def main() -> None:
    """Run on the given files and print JSON."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), Path(folder))))


if __name__ == "__main__":
    main()
