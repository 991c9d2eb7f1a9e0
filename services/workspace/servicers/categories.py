"""CategoryService."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from assay.workspace.v1 import category_service_pb2 as pb
from assay.workspace.v1 import category_service_pb2_grpc

from services.runtime.paging import page_limit
from services.workspace.stores.categories import CategoryStore
from services.workspace.tree import Node, whole_tree
from services.workspace.validation import Checks, position_of
from services.workspace.wire import category_message, in_messages, page_of

ORDER = ("position",)
TREE_BYTES = 4 * 1024 * 1024


class CategoryServicer(category_service_pb2_grpc.CategoryServiceServicer):
    """See the contract, assay/workspace/v1/category_service.proto."""

    def __init__(self, categories: CategoryStore) -> None:
        self._categories = categories

    def ReplaceCategoryTree(
        self, request: pb.ReplaceCategoryTreeRequest, _context: grpc.ServicerContext
    ) -> pb.ReplaceCategoryTreeResponse:
        """Replaces the tree as a whole."""
        checks = Checks()
        checks.that(
            request.ByteSize() <= TREE_BYTES, "categories", f"categories must have at most {TREE_BYTES:,} bytes."
        )
        checks.done()
        tree = whole_tree([Node(given.path, given.id, tuple(given.synonyms)) for given in request.categories])
        self._categories.replace(request.workspace_id, tree)
        return pb.ReplaceCategoryTreeResponse(categories=len(tree))

    def ListCategories(
        self, request: pb.ListCategoriesRequest, _context: grpc.ServicerContext
    ) -> pb.ListCategoriesResponse:
        """The tree, page by page."""
        limit = page_limit(request.page_size)
        filters = ("categories", request.workspace_id)
        (after,) = position_of(request.page_token, (int,), *filters) or (-1,)
        rows = self._categories.page(request.workspace_id, int(after), limit + 1)
        rows, pagination = page_of(rows, limit, ORDER, *filters)
        return pb.ListCategoriesResponse(categories=[category_message(row) for row in rows], pagination=pagination)

    def ReadCategories(
        self, request: pb.ReadCategoriesRequest, _context: grpc.ServicerContext
    ) -> Iterator[pb.ReadCategoriesResponse]:
        """The whole tree, for linking; nothing but the version when the caller has it already."""
        version = self._categories.version(request.workspace_id)
        if version == request.known_version:
            yield pb.ReadCategoriesResponse(version=version)
            return
        version, chunks = self._categories.tree(request.workspace_id)
        for some in in_messages(category_message(row) for rows in chunks for row in rows):
            yield pb.ReadCategoriesResponse(version=version, categories=some)
