"""BrandService."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import grpc
from assay.workspace.v1 import brand_service_pb2 as pb
from assay.workspace.v1 import brand_service_pb2_grpc

from services.runtime.paging import page_limit
from services.workspace.brand_list import ERRORS_LIMIT, read_list
from services.workspace.names import SLUG, SLUG_LIMIT_CHARS
from services.workspace.stores.brands import ALIASES_LIMIT, BrandChanges, BrandStore, NewBrand
from services.workspace.validation import DESCRIPTION_LIMIT_CHARS, NAME_LIMIT_CHARS, Checks, position_of
from services.workspace.wire import brand_message, in_messages, page_of

ORDER = ("name_key",)
REGISTER_LIMIT = 10_000


class BrandServicer(brand_service_pb2_grpc.BrandServiceServicer):
    """See the contract, assay/workspace/v1/brand_service.proto."""

    def __init__(self, brands: BrandStore) -> None:
        self._brands = brands

    def CreateBrand(self, request: pb.CreateBrandRequest, _context: grpc.ServicerContext) -> pb.CreateBrandResponse:
        """Registers one brand."""
        return pb.CreateBrandResponse(brand=brand_message(self._brands.create(_checked(request))))

    def GetBrand(self, request: pb.GetBrandRequest, _context: grpc.ServicerContext) -> pb.GetBrandResponse:
        """One brand."""
        return pb.GetBrandResponse(brand=brand_message(self._brands.get(request.workspace_id, request.brand_id)))

    def ListBrands(self, request: pb.ListBrandsRequest, _context: grpc.ServicerContext) -> pb.ListBrandsResponse:
        """Brands by name."""
        limit = page_limit(request.page_size)
        filters = ("brands", request.workspace_id)
        after = position_of(request.page_token, (str,), *filters)
        rows, pagination = page_of(self._brands.page(request.workspace_id, after, limit + 1), limit, ORDER, *filters)
        return pb.ListBrandsResponse(brands=[brand_message(row) for row in rows], pagination=pagination)

    def UpdateBrand(self, request: pb.UpdateBrandRequest, _context: grpc.ServicerContext) -> pb.UpdateBrandResponse:
        """Changes aliases, logo and description."""
        row = self._brands.change(request.workspace_id, request.brand_id, _changes(request))
        return pb.UpdateBrandResponse(brand=brand_message(row))

    def ImportBrands(self, request: pb.ImportBrandsRequest, _context: grpc.ServicerContext) -> pb.ImportBrandsResponse:
        """Registers the brands of a CSV list."""
        lines = read_list(request.csv)
        good = [line for line in lines if not line.fault]
        brands = [NewBrand(request.workspace_id, line.name, aliases=line.aliases) for line in good]
        fared = self._brands.add(request.workspace_id, brands)
        taken = {line.line for line, how in zip(good, fared, strict=True) if how == "alias taken"}
        errors = [
            pb.ImportBrandsError(
                line=line.line,
                name=line.name[:NAME_LIMIT_CHARS],
                message=line.fault or "An alias means another brand already.",
            )
            for line in lines
            if line.fault or line.line in taken
        ]
        return pb.ImportBrandsResponse(
            created=fared.count("created"),
            known=fared.count("known"),
            errors=errors[:ERRORS_LIMIT],
            failed=len(errors),
        )

    def DeleteBrand(self, request: pb.DeleteBrandRequest, _context: grpc.ServicerContext) -> pb.DeleteBrandResponse:
        """Removes one brand."""
        self._brands.delete(request.workspace_id, request.brand_id)
        return pb.DeleteBrandResponse()

    def ReadBrands(
        self, request: pb.ReadBrandsRequest, _context: grpc.ServicerContext
    ) -> Iterator[pb.ReadBrandsResponse]:
        """All brands by name, for linking; nothing but the version when the caller has them already."""
        version = self._brands.version(request.workspace_id)
        chunks = () if version == request.known_version else self._brands.chunks(request.workspace_id)
        for some in in_messages(brand_message(row) for rows in chunks for row in rows):
            yield pb.ReadBrandsResponse(version=version, brands=some)

    def RegisterBrands(
        self, request: pb.RegisterBrandsRequest, _context: grpc.ServicerContext
    ) -> pb.RegisterBrandsResponse:
        """Registers what is not known yet."""
        checks = Checks()
        checks.that(
            len(request.names) <= REGISTER_LIMIT, "names", f"names must have at most {REGISTER_LIMIT:,} entries."
        )
        checks.done()
        names = [checks.name(f"names[{number}]", name) for number, name in enumerate(request.names)]
        checks.done()
        rows = self._brands.register(request.workspace_id, names)
        return pb.RegisterBrandsResponse(brands=[brand_message(row) for row in rows])


def _checked(request: pb.CreateBrandRequest) -> NewBrand:
    checks = Checks()
    name = checks.name("name", request.name)
    if request.slug:
        checks.pattern("slug", request.slug, SLUG, SLUG_LIMIT_CHARS)
    _check_texts(checks, request)
    aliases = _names(checks, "aliases", request.aliases)
    checks.done()
    return NewBrand(
        workspace_id=request.workspace_id,
        name=name,
        slug=request.slug,
        aliases=tuple(dict.fromkeys(aliases)),
        logo_url=request.logo_url if request.HasField("logo_url") else None,
        description=request.description if request.HasField("description") else None,
    )


def _changes(request: pb.UpdateBrandRequest) -> BrandChanges:
    checks = Checks()
    _check_texts(checks, request)
    add = _names(checks, "addAliases", request.add_aliases)
    remove = _names(checks, "removeAliases", request.remove_aliases)
    checks.done()
    return BrandChanges(
        add_aliases=tuple(add),
        remove_aliases=tuple(remove),
        logo_url=request.logo_url if request.HasField("logo_url") else None,
        description=request.description if request.HasField("description") else None,
    )


def _check_texts(checks: Checks, request: pb.CreateBrandRequest | pb.UpdateBrandRequest) -> None:
    if request.HasField("logo_url"):
        checks.url("logo_url", request.logo_url)
    checks.that(
        len(request.description) <= DESCRIPTION_LIMIT_CHARS,
        "description",
        f"description must have at most {DESCRIPTION_LIMIT_CHARS:,} characters.",
    )


def _names(checks: Checks, field: str, names: Sequence[str]) -> list[str]:
    checks.that(len(names) <= ALIASES_LIMIT, field, f"{field} must have at most {ALIASES_LIMIT} entries.")
    return [checks.name(f"{field}[{number}]", name) for number, name in enumerate(names[: ALIASES_LIMIT + 1])]
