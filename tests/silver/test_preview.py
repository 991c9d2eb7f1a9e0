"""Previews: results as if, and a catalog that is afterwards what it was before, to the byte."""

import grpc
import pytest
import sqlalchemy as sa
from assay.common.v1 import run_pb2
from assay.silver.v1 import silver_service_pb2 as pb
from assay.workspace.v1 import settings_pb2

from services.silver.options import options_of
from services.silver.previews import Previews
from services.silver.rows import shadow_of
from services.silver.servicers.runs import params_of
from services.silver.tables import SilverTable
from tests.silver.test_options import job

REGISTER = {"unknown_brands": pb.UNKNOWN_BRANDS_REGISTER}
OF_RUNS = {"job_lives", "job_leases", "runs", "run_results", "broken_images", "partition_tallies", "previews"}
"""Tables that keep what runs have found: those of a preview too."""
GTINS = ("4006381333931", "9783161484100")


def items():
    """Twins by barcode and by words, shared brands, changed values, errors; more than a partition of each."""
    made = {
        f"p{n:02}": {"title": f"Walnut table lamp {n}", "brand": "ACME", "price": f"{n},90 €", "sku": f"WL-{n}"}
        for n in range(9)
    }
    made |= {f"t{n}": {"title": f"Twin {n % 2}", "brand": "Globex", "gtin": GTINS[n % 2]} for n in range(4)}
    made |= {
        f"l{n}": {"title": f"Globex Thermo kettle KX-{4400 + n // 2} steel 1.7 L", "brand": "Globex"} for n in range(6)
    }
    # A new brand is spelled as the partition that comes first has it: n1 and n2 are in one.
    made |= {"z1": {"title": "Broken", "brand": "Nobody"}, "n1": {"title": "New", "brand": "Newcomer Ltd"}}
    return made | {"n2": {"title": "New too", "brand": "NEWCOMER"}, "u1": {"title": "U", "image_link": "no url"}}


@pytest.fixture
def content(database):
    """All rows of all tables, but for what runs found."""

    def read():
        with database.read() as connection:
            return {
                name: sorted(map(repr, connection.execute(sa.select(table))))
                for name, table in SilverTable.metadata.tables.items()
                if name not in OF_RUNS
            }

    return read


def told(events):
    return [result for event in events for result in event.results.results]


def kinds(events):
    """What kinds of events there are; progress is told by the clock."""
    found = [event.WhichOneof("event") for event in events]
    return [kind for kind in found if kind != "progress"]


@pytest.mark.parametrize("duplicates", ["OFF", "CERTAIN", "LIKELY"])
@pytest.mark.parametrize("brands", [{}, REGISTER])
def test_a_preview_tells_what_a_run_on_a_fresh_catalog_tells(
    normalize, catalog, *, job_result, content, world, brands, duplicates
):
    options = brands | {"duplicates": f"DUPLICATES_{duplicates}", "image_checks": "IMAGE_CHECKS_SYNTAX"}
    before, registered = content(), dict(world.brands["ws_a"])
    preview = normalize(catalog(items()), **options, preview_mode=True)
    assert content() == before
    assert world.brands["ws_a"] == registered
    real = normalize(catalog(items()), **options)
    assert told(preview) == told(real)
    assert job_result(preview) == job_result(real)
    assert kinds(preview) == kinds(real)
    assert {result.status for result in told(real)} >= {run_pb2.RESULT_STATUS_SUCCESS}
    if duplicates == "LIKELY":
        assert job_result(real)["likelyDuplicates"] > 0


def test_a_preview_of_a_catalog_that_is_in_silver_leaves_every_row(
    normalize, catalog, *, items_of, content, product, read
):
    catalog_id = catalog(items())
    normalize(catalog_id, **REGISTER)
    items_of(catalog_id).put("p01", {"title": "Changed", "brand": "Unheard of", "gtin": GTINS[0]})
    items_of(catalog_id).put("p02", {"title": "Twin 0", "brand": "Globex", "gtin": GTINS[0]})
    del items_of(catalog_id).items["t0"]
    before, shown, listed = content(), product(catalog_id, "t2"), read(catalog_id)
    for ids in ((), ("p01", "t2", "p02", "zz")):
        preview = normalize(catalog_id, *ids, preview_mode=True)
        results = {result.product_id: result for result in told(preview)}
        assert (results["p01"].status, results["p01"].error) == (2, "Brand not found: 'Unheard of'")
        assert (results["p02"].duplicate_of, results["t2"].duplicate_of) == ("", "p02")
        assert content() == before
    assert (product(catalog_id, "t2"), read(catalog_id)) == (shown, listed)
    assert told(normalize(catalog_id)) == told(normalize(catalog_id, preview_mode=True))


def test_a_preview_of_some_products_finds_duplicates_among_them(normalize, catalog):
    catalog_id = catalog(items())
    normalize(catalog_id)
    duplicates = {r.product_id: r.duplicate_of for r in told(normalize(catalog_id, "t3", "t2", preview_mode=True))}
    assert duplicates == {"t3": "", "t2": ""}
    duplicates = {r.product_id: r.duplicate_of for r in told(normalize(catalog_id, "t3", "t1", preview_mode=True))}
    assert duplicates == {"t3": "t1", "t1": ""}


def test_its_results_and_its_job_stay(normalize, catalog, call, world):
    catalog_id = catalog(items())
    events = normalize(catalog_id, preview_mode=True)
    job_id = events[0].started.job_id
    assert world.jobs[job_id].lock_key == catalog_id
    for _ in range(2):
        request = pb.ListNormalizeResultsRequest(workspace_id="ws_a", job_id=job_id, page_size=100)
        assert list(call("ListNormalizeResults", request).results) == told(events)
        images = call("ListBrokenImages", pb.ListBrokenImagesRequest(workspace_id="ws_a", job_id=job_id)).images
        assert [image.product_id for image in images] == ["u1"]
        normalize(catalog_id)


@pytest.mark.parametrize(
    ("setting", "asked", "preview"),
    [
        (None, None, False),
        (True, None, True),
        (False, None, False),
        (True, False, False),
        (False, True, True),
        (None, True, True),
    ],
)
def test_the_request_goes_before_the_settings(setting, asked, preview):
    request = pb.NormalizeRequest(scope=run_pb2.SCOPE_ALL, preview_mode=asked)
    settings = None if setting is None else settings_pb2.PipelineSettings(preview_mode=setting)
    assert options_of(job(settings, **params_of(request))).preview is preview


def test_the_setting_alone_makes_a_preview(normalize, catalog, world, content):
    world.settings["ws_a"] = settings_pb2.PipelineSettings(preview_mode=True)
    catalog_id, before = catalog(items()), content()
    assert len(told(normalize(catalog_id))) == len(items())
    assert content() == before
    normalize(catalog_id, preview_mode=False)
    assert content() != before


def test_a_preview_that_fails_leaves_nothing(normalize, catalog, world, content):
    catalog_id, before = catalog(items()), content()
    reads = []

    def fails():
        reads.append(1)
        if len(reads) > 3:
            raise RuntimeError("ingest is gone")

    world.before_read = fails
    with pytest.raises(grpc.RpcError):
        normalize(catalog_id, preview_mode=True)
    world.before_read = lambda: None
    assert len(reads) > 3
    assert content() == before


def test_what_a_killed_preview_left_is_swept_up_by_the_next_run(database, normalize, catalog, content):
    catalog_id, other = catalog(items()), catalog(items())
    normalize(catalog_id, duplicates="DUPLICATES_LIKELY")
    before = content()
    previews = Previews(database)
    for run in (100_001, 100_002):
        previews.begin(run, "ws_a", catalog_id)
        with database.write() as connection:
            for name in ("products", "key_shards", "key_indexes", "likely_indexes", "likely_postings", "likely_pairs"):
                table = SilverTable.metadata.tables[name]
                rest = [column for column in table.c if column.name != "catalog_id"]
                rows = sa.select(sa.literal(shadow_of(run)), *rest).where(table.c.catalog_id == catalog_id)
                connection.execute(sa.insert(table).from_select(["catalog_id", *rest], rows))
    left = content()
    assert all(len(left[table]) > len(before[table]) for table in ("products", "key_shards", "likely_pairs"))
    normalize(other, "p01", preview_mode=True)
    assert content() == left
    normalize(catalog_id, "p01", preview_mode=True)
    assert content() == before


def test_rows_are_dropped_a_few_at_a_time(normalize, catalog, content, monkeypatch):
    monkeypatch.setattr("services.silver.previews.AT_ONCE", 2)
    catalog_id, before = catalog(items()), content()
    normalize(catalog_id, preview_mode=True)
    assert content() == before


def test_ending_a_preview_again_gives_the_same(database):
    previews = Previews(database)
    previews.begin(7, "ws_a", "cat_1")
    assert previews.result(7, "ws_a", "cat_1") is None
    for _ in range(2):
        previews.end(7, "ws_a", "cat_1", {"processed": 3})
        previews.begin(7, "ws_a", "cat_1")
        assert previews.result(7, "ws_a", "cat_1") == {"processed": 3}
    assert previews.result(7, "ws_b", "cat_1") is None
    previews.sweep(7, "ws_a", "cat_1")
    assert previews.result(7, "ws_a", "cat_1") is not None
    previews.sweep(8, "ws_a", "cat_1")
    assert previews.result(7, "ws_a", "cat_1") is None
