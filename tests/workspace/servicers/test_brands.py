import csv
import re
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from assay.workspace.v1.brand_service_pb2 import (
    CreateBrandRequest,
    DeleteBrandRequest,
    GetBrandRequest,
    ImportBrandsRequest,
    ListBrandsRequest,
    ReadBrandsRequest,
    RegisterBrandsRequest,
    UpdateBrandRequest,
)


class Brands:
    def __init__(self, stubs, internal, tenant):
        self.stub, self.internal, self.tenant = stubs.brands, internal, tenant

    def create(self, name, **fields):
        request = CreateBrandRequest(workspace_id=self.tenant.id, name=name, **fields)
        return self.stub.CreateBrand(request, metadata=self.tenant.auth).brand

    def get(self, brand_id):
        request = GetBrandRequest(workspace_id=self.tenant.id, brand_id=brand_id)
        return self.stub.GetBrand(request, metadata=self.tenant.auth).brand

    def list(self, **fields):
        request = ListBrandsRequest(workspace_id=self.tenant.id, **fields)
        return self.stub.ListBrands(request, metadata=self.tenant.auth)

    def delete(self, brand_id):
        request = DeleteBrandRequest(workspace_id=self.tenant.id, brand_id=brand_id)
        return self.stub.DeleteBrand(request, metadata=self.tenant.auth)

    def read(self, **fields):
        request = ReadBrandsRequest(workspace_id=self.tenant.id, **fields)
        return list(self.stub.ReadBrands(request, metadata=self.tenant.auth))

    def update(self, brand_id, **fields):
        request = UpdateBrandRequest(workspace_id=self.tenant.id, brand_id=brand_id, **fields)
        return self.stub.UpdateBrand(request, metadata=self.tenant.auth).brand

    def load(self, csv):
        request = ImportBrandsRequest(workspace_id=self.tenant.id, csv=csv)
        return self.stub.ImportBrands(request, metadata=self.tenant.auth)

    def register(self, names):
        request = RegisterBrandsRequest(workspace_id=self.tenant.id, names=names)
        return list(self.stub.RegisterBrands(request, metadata=self.internal).brands)


@pytest.fixture
def brands(stubs, internal, tenant):
    return Brands(stubs, internal, tenant)


def test_a_brand_is_kept_as_given(brands, clock):
    brand = brands.create(
        "  Nike ", aliases=["Nike Inc.", "NKE"], logo_url="https://example.com/n.png", description="Shoes"
    )
    assert re.fullmatch(r"brand_[0-9a-f]{16}", brand.id)
    assert (brand.name, brand.slug, list(brand.aliases)) == ("Nike", "nike", ["Nike Inc.", "NKE"])
    assert (brand.logo_url, brand.description) == ("https://example.com/n.png", "Shoes")
    assert brand.created_at.ToMicroseconds() == brand.updated_at.ToMicroseconds() == clock.micros
    assert brands.get(brand.id) == brand


def test_what_is_not_given_is_absent(brands):
    brand = brands.create("Nike")
    assert not brand.HasField("logo_url")
    assert not brand.HasField("description")
    assert list(brand.aliases) == []


@pytest.mark.parametrize("spelling", ["Nike", "NIKE", " nike! ", "N-I-K-E", "Ñíkê"])
def test_a_taken_name_is_refused_in_every_spelling(brands, failure, spelling):
    holder = brands.create("Nike")
    told = failure(lambda: brands.create(spelling))
    assert (told.code, told.reason) == (grpc.StatusCode.ALREADY_EXISTS, "BRAND_EXISTS")
    assert told.metadata == {"brand_id": holder.id}


def test_legal_forms_are_no_part_of_a_name(brands, failure):
    holder = brands.create("Nike Inc.", aliases=["Nike GmbH & Co. KG"])
    assert failure(lambda: brands.create("NIKE")).metadata == {"brand_id": holder.id}
    assert brands.register(["Nike, S.A.", "AG"])[0] == holder
    assert holder.slug == "nike-inc"


def test_an_alias_takes_a_name_and_a_name_takes_an_alias(brands, failure):
    holder = brands.create("Nike", aliases=["Swoosh"])
    assert failure(lambda: brands.create("swoosh")).metadata == {"brand_id": holder.id}
    assert failure(lambda: brands.create("Converse", aliases=["Chucks", "NIKE"])).reason == "BRAND_EXISTS"


def test_a_refused_brand_leaves_nothing_behind(brands, failure):
    brands.create("Nike")
    failure(lambda: brands.create("Converse", aliases=["Nike"]))
    assert brands.create("Converse").slug == "converse"


def test_an_alias_that_spells_the_name_again_is_no_clash(brands):
    brand = brands.create("Häagen-Dazs", aliases=["Haagen Dazs", "Haagen Dazs", "HAAGEN"])
    assert list(brand.aliases) == ["Haagen Dazs", "HAAGEN"]


def test_two_workspaces_may_know_the_same_brand(brands, stubs, internal, other):
    brands.create("Nike", slug="nike")
    assert Brands(stubs, internal, other).create("Nike", slug="nike").slug == "nike"


def test_slugs_are_made_unique(brands):
    names = ("Mi", "Mi 小", "Mi 米", "Mi 2", "Mi 家")
    assert [brands.create(name).slug for name in names] == ["mi", "mi-2", "mi-3", "mi-2-2", "mi-4"]


def test_a_given_slug_must_be_free(brands, failure):
    holder = brands.create("Nike", slug="swoosh")
    told = failure(lambda: brands.create("Converse", slug="swoosh"))
    assert (told.reason, told.metadata) == ("BRAND_EXISTS", {"brand_id": holder.id})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "  \t "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"slug": "Nike"}, "slug"),
        ({"slug": "-a"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "a\n"}, "slug"),
        ({"slug": "a" * 256}, "slug"),
        ({"logo_url": ""}, "logo_url"),
        ({"logo_url": "ftp://example.com/x"}, "logo_url"),
        ({"logo_url": "javascript:alert(1)"}, "logo_url"),
        ({"logo_url": "https://"}, "logo_url"),
        ({"logo_url": "https://[broken"}, "logo_url"),
        ({"logo_url": "https://example.com/a b"}, "logo_url"),
        ({"logo_url": "https://example.com/" + "x" * 2000}, "logo_url"),
        ({"description": "x" * 1001}, "description"),
        ({"aliases": ["ok", ""]}, "aliases[1]"),
        ({"aliases": [f"alias {number}" for number in range(101)]}, "aliases"),
    ],
)
def test_a_brand_must_keep_the_limits(brands, failure, fields, named):
    told = failure(lambda: brands.create(**({"name": "Nike"} | fields)))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [named])


def test_the_limits_themselves_are_allowed(brands):
    brand = brands.create("x" * 255, description="d" * 1000, aliases=[f"alias {number}" for number in range(100)])
    assert (len(brand.name), len(brand.description), len(brand.aliases)) == (255, 1000, 100)


def test_a_deleted_brand_is_gone_with_all_its_names(brands, failure):
    brand = brands.create("Nike", aliases=["Swoosh"])
    brands.delete(brand.id)
    assert failure(lambda: brands.get(brand.id)).reason == "BRAND_NOT_FOUND"
    assert brands.create("swoosh").slug == "swoosh"
    assert brands.create("Nike").slug == "nike"


@pytest.mark.parametrize("brand_id", ["", "brand_0000000000000000", "nike"])
def test_an_unknown_brand_is_not_found(brands, failure, brand_id):
    for ask in (brands.get, brands.delete):
        told = failure(lambda ask=ask: ask(brand_id))
        assert (told.code, told.reason) == (grpc.StatusCode.NOT_FOUND, "BRAND_NOT_FOUND")


def test_a_brand_of_another_workspace_is_not_found(brands, stubs, internal, other, failure):
    theirs = Brands(stubs, internal, other).create("Nike")
    for ask in (brands.get, brands.delete):
        assert failure(lambda ask=ask: ask(theirs.id)).reason == "BRAND_NOT_FOUND"
    assert Brands(stubs, internal, other).get(theirs.id) == theirs


def test_brands_are_listed_by_name_page_by_page(brands, stubs, internal, other):
    Brands(stubs, internal, other).create("Aaa")
    names = ["zara", "Adidas", "émile", "Nike", "Zalando"]
    for name in names:
        brands.create(name)
    found, cursor = [], None
    while cursor != "":
        answer = brands.list(page_size=2, page_token=cursor or "")
        found += [brand.name for brand in answer.brands]
        cursor = answer.pagination.cursor
    assert found == ["Adidas", "émile", "Nike", "Zalando", "zara"]


def test_an_empty_registry_is_an_empty_page_and_one_message_without_brands(brands):
    answer = brands.list()
    assert list(answer.brands) == []
    assert not answer.pagination.has_more
    assert [list(chunk.brands) for chunk in brands.read()] == [[]]


def test_the_bulk_read_comes_in_chunks_and_lacks_nobody(brands, stubs, internal, other):
    Brands(stubs, internal, other).create("Not mine")
    made = {brand.id for brand in brands.register([f"Brand {number}" for number in range(2300)])}
    chunks = brands.read()
    assert [len(chunk.brands) for chunk in chunks] == [1000, 1000, 300]
    assert {brand.id for chunk in chunks for brand in chunk.brands} == made


def test_a_registry_that_has_not_changed_is_not_read_again(brands):
    (nothing,) = brands.read()
    assert list(nothing.brands) == []
    kept = brands.create("Nike")
    (read,) = brands.read(known_version=nothing.version)
    assert list(read.brands) == [kept]
    (unchanged,) = brands.read(known_version=read.version)
    assert (list(unchanged.brands), unchanged.version) == ([], read.version)
    brands.register(["Nike"])
    assert list(brands.read(known_version=read.version)[0].brands) == []
    brands.register(["Puma"])
    (more,) = brands.read(known_version=read.version)
    assert len(more.brands) == 2
    brands.delete(kept.id)
    assert [brand.name for brand in brands.read(known_version=more.version)[0].brands] == ["Puma"]


def test_large_brands_are_read_in_messages_of_about_a_mebibyte(brands):
    for number in range(30):
        brands.create(f"Brand {number}", aliases=[f"{number}x{alias}" + "ж" * 240 for alias in range(100)])
    chunks = brands.read()
    assert sum(len(chunk.brands) for chunk in chunks) == 30
    assert max(chunk.ByteSize() for chunk in chunks) < 1_200_000


def test_reading_the_brands_of_a_missing_workspace_is_not_found(stubs, internal, failure):
    request = ReadBrandsRequest(workspace_id="ws_missing")
    assert failure(lambda: list(stubs.brands.ReadBrands(request, metadata=internal))).reason == "WORKSPACE_NOT_FOUND"


# Registering many.


def test_registering_answers_one_brand_per_name_in_order(brands):
    nike = brands.create("Nike", aliases=["Swoosh"])
    answer = brands.register(["Puma", "SWOOSH", "puma!", "Nike", " Adidas "])
    assert [brand.name for brand in answer] == ["Puma", "Nike", "Puma", "Nike", "Adidas"]
    assert answer[1] == answer[3] == nike
    assert answer[0] == answer[2]


def test_registering_again_changes_nothing(brands):
    first = brands.register(["Puma", "Adidas"])
    assert brands.register(["ADIDAS", "puma"]) == first[::-1]
    assert len(brands.list().brands) == 2


def test_registering_nothing_is_fine(brands):
    assert brands.register([]) == []


def test_many_who_register_the_same_names_at_once_get_the_same_brands(brands):
    names = [f"Brand {number}" for number in range(200)]

    def register(turn):
        return {brand.name: brand.id for brand in brands.register(names[turn:] + names[:turn])}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(register, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert sum(len(chunk.brands) for chunk in brands.read()) == 200


def test_ten_thousand_names_that_want_the_same_slug(brands):
    answer = brands.register([f"Nike {chr(0x4E00 + number)}" for number in range(10_000)])
    assert len({brand.slug for brand in answer}) == 10_000
    assert answer[0].slug == "nike"
    assert answer[1].slug == "nike-2"


def test_more_than_ten_thousand_names_are_refused(brands, failure):
    told = failure(lambda: brands.register(["x"] * 10_001))
    assert told.fields == ["names"]
    assert "10,000" in told.message


def test_a_bad_name_is_named_and_nothing_is_registered(brands, failure):
    assert failure(lambda: brands.register(["Puma", "", "x" * 256])).fields == ["names[1]", "names[2]"]
    assert list(brands.list().brands) == []


def test_registering_in_a_missing_workspace_is_not_found(stubs, internal, failure):
    request = RegisterBrandsRequest(workspace_id="ws_missing", names=["Puma"])
    assert failure(lambda: stubs.brands.RegisterBrands(request, metadata=internal)).reason == "WORKSPACE_NOT_FOUND"


# Changing one.


def test_aliases_are_added_and_removed(brands, failure, clock):
    brand = brands.create("Nike", aliases=["Swoosh", "NKE"], description="Shoes")
    before = brands.read()[0].version
    clock.micros += 5
    changed = brands.update(brand.id, add_aliases=["Jordan", "NKE"], remove_aliases=["Swoosh", "nobody"])
    assert (list(changed.aliases), changed.description) == (["NKE", "Jordan"], "Shoes")
    assert changed.updated_at.ToMicroseconds() == clock.micros
    assert brands.get(brand.id) == changed
    assert brands.read()[0].version != before
    assert brands.create("Swoosh").slug == "swoosh"
    assert failure(lambda: brands.create("JORDAN")).metadata == {"brand_id": brand.id}


def test_a_removed_alias_that_spells_the_name_leaves_the_name(brands, failure):
    brand = brands.create("Nike", aliases=["NIKE Inc."])
    brands.update(brand.id, remove_aliases=["NIKE Inc."])
    assert failure(lambda: brands.create("nike")).metadata == {"brand_id": brand.id}


def test_logo_and_description_change_without_a_new_registry(brands):
    brand = brands.create("Nike", aliases=["NKE"])
    before = brands.read()[0].version
    changed = brands.update(brand.id, logo_url="https://example.com/n.png", description="Shoes")
    assert (changed.logo_url, changed.description, list(changed.aliases)) == (
        "https://example.com/n.png",
        "Shoes",
        ["NKE"],
    )
    assert brands.read()[0].version == before


def test_an_alias_of_another_brand_is_refused_and_nothing_changes(brands, failure):
    puma, nike = brands.create("Puma"), brands.create("Nike")
    told = failure(lambda: brands.update(nike.id, add_aliases=["Swoosh", "PUMA SE"], description="x"))
    assert (told.reason, told.metadata) == ("BRAND_EXISTS", {"brand_id": puma.id})
    assert brands.get(nike.id) == nike


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"add_aliases": [""]}, "addAliases[0]"),
        ({"add_aliases": [f"a{number}" for number in range(101)]}, "addAliases"),
        ({"add_aliases": [f"a{number}" for number in range(100)]}, "addAliases"),
        ({"remove_aliases": ["x" * 256]}, "removeAliases[0]"),
        ({"logo_url": "nike"}, "logo_url"),
        ({"description": "x" * 1001}, "description"),
    ],
)
def test_changes_must_keep_the_limits(brands, failure, fields, named):
    brand = brands.create("Nike", aliases=["NKE"])
    told = failure(lambda: brands.update(brand.id, **fields))
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [named])


def test_a_brand_of_another_workspace_is_not_changed(brands, stubs, internal, other, failure):
    theirs = Brands(stubs, internal, other)
    brand = theirs.create("Nike")
    assert failure(lambda: brands.update(brand.id, add_aliases=["NKE"])).reason == "BRAND_NOT_FOUND"
    assert theirs.get(brand.id) == brand


# Importing a list.


def test_a_list_is_registered_and_importing_it_again_changes_nothing(brands):
    text = "\ufeffAliases;ignored,NAME,aliases\r\nx,Nike Inc.,Swoosh | NKE\r\ny,Puma,\r\nz,PUMA SE,\r\n,,\r\n"
    answer = brands.load(text)
    assert (answer.created, answer.known, answer.failed) == (2, 1, 0)
    assert [(brand.name, list(brand.aliases)) for brand in brands.list().brands] == [
        ("Nike Inc.", ["Swoosh", "NKE"]),
        ("Puma", []),
    ]
    version = brands.read()[0].version
    again = brands.load(text)
    assert (again.created, again.known, brands.read()[0].version) == (0, 3, version)


def test_lines_at_fault_are_told_and_the_others_taken(brands):
    brands.create("Converse", aliases=["Chucks"])
    long = "x" * 300
    answer = brands.load(f'name,aliases\n"Two\nlines",\n{long},\nNike,Chucks\nPuma,{"y" * 256}\nVans,\n')
    assert (answer.created, answer.failed) == (1, 4)
    assert [(error.line, error.name[:5], error.message) for error in answer.errors] == [
        (2, "Two\nl", "name must not contain control characters."),
        (4, "xxxxx", "name must have 1-255 characters."),
        (5, "Nike", "An alias means another brand already."),
        (6, "Puma", "aliases must have 1-255 characters."),
    ]
    assert max(len(error.name) for error in answer.errors) == 255


def test_of_many_errors_the_first_thousand_are_told(brands):
    answer = brands.load("name\n" + f"{'x' * 256}\n" * 1001)
    assert (len(answer.errors), answer.failed) == (1000, 1001)


@pytest.mark.parametrize(
    "text",
    [
        *("", "brand\nNike\n", "name\n" + "n\n" * 10_001, "name\n" + "é" * 600_000, f"name\n{'x' * 200_000}\n"),
    ],
)
@pytest.mark.parametrize("field_size", [131_072, 10_000_000])  # of the process, which others may have raised
def test_a_list_that_cannot_be_taken_is_refused(brands, failure, text, field_size):
    before = csv.field_size_limit(field_size)
    try:
        told = failure(lambda: brands.load(text))
    finally:
        csv.field_size_limit(before)
    assert (told.code, told.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["csv"])
    assert list(brands.list().brands) == []


def test_a_list_reaches_its_own_workspace_only(brands, stubs, internal, other, failure):
    brands.load("name\nNike\n")
    assert list(Brands(stubs, internal, other).list().brands) == []
    request = ImportBrandsRequest(workspace_id=other.id, csv="name\nPuma\n")
    told = failure(lambda: stubs.brands.ImportBrands(request, metadata=brands.tenant.auth))
    assert told.code in {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND}
