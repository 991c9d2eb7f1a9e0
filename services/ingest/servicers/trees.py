"""CategoryTreeService."""

import grpc
from assay.ingest.v1 import category_tree_service_pb2 as pb
from assay.ingest.v1 import category_tree_service_pb2_grpc

from services.ingest.itemsapi.names import check_scope, fhr_flag
from services.ingest.itemsapi.trees import check_tree, matches
from services.ingest.store import CategoryTreeStore


class CategoryTreeServicer(category_tree_service_pb2_grpc.CategoryTreeServiceServicer):
    """Category trees; see the proto for the errors of each call."""

    def __init__(self, trees: CategoryTreeStore) -> None:
        self._trees = trees

    def CreateCategoryTree(
        self, request: pb.CreateCategoryTreeRequest, _context: grpc.ServicerContext
    ) -> pb.CreateCategoryTreeResponse:
        """Adds a tree as its version 1."""
        check_scope(request.workspace_id, request.environment)
        check_tree(request.category_tree, fhr=fhr_flag(request.fhr_validation))
        self._trees.create(request.workspace_id, request.environment, request.category_tree)
        return pb.CreateCategoryTreeResponse(version=1)

    def UpdateCategoryTree(
        self, request: pb.UpdateCategoryTreeRequest, _context: grpc.ServicerContext
    ) -> pb.UpdateCategoryTreeResponse:
        """Adds the next version of a tree."""
        check_scope(request.workspace_id, request.environment)
        tree = request.category_tree
        tree.name = tree.name or request.name
        check_tree(tree, fhr=fhr_flag(request.fhr_validation), known_as=request.name)
        version = self._trees.update(request.workspace_id, request.environment, tree)
        return pb.UpdateCategoryTreeResponse(version=version)

    def GetCategoryTree(
        self, request: pb.GetCategoryTreeRequest, _context: grpc.ServicerContext
    ) -> pb.GetCategoryTreeResponse:
        """One version of a tree."""
        check_scope(request.workspace_id, request.environment)
        tree = self._trees.get(request.workspace_id, request.environment, request.name, request.version)
        return pb.GetCategoryTreeResponse(category_tree=tree)

    def ListCategoryTrees(
        self, request: pb.ListCategoryTreesRequest, _context: grpc.ServicerContext
    ) -> pb.ListCategoryTreesResponse:
        """Names and versions of all trees, or of those that a pattern finds."""
        check_scope(request.workspace_id, request.environment)
        return pb.ListCategoryTreesResponse(
            category_trees=[
                pb.CategoryTree(
                    name=name, version=version, tenant=request.workspace_id, environment=request.environment
                )
                for name, version in self._trees.list_names(request.workspace_id, request.environment)
                if matches(request.name_search_pattern, name)
            ]
        )

    def DeleteCategoryTree(
        self, request: pb.DeleteCategoryTreeRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteCategoryTreeResponse:
        """Removes one version."""
        check_scope(request.workspace_id, request.environment)
        self._trees.delete(request.workspace_id, request.environment, request.name, request.version)
        return pb.DeleteCategoryTreeResponse()
