"""ItemSchemaService."""

import grpc
from assay.ingest.v1 import item_schema_service_pb2 as pb
from assay.ingest.v1 import item_schema_service_pb2_grpc

from services.ingest.itemsapi.names import check_scope, fhr_flag
from services.ingest.itemsapi.schemas import check_schema
from services.ingest.store import ItemSchemaStore


class ItemSchemaServicer(item_schema_service_pb2_grpc.ItemSchemaServiceServicer):
    """Item schemas; see the proto for the errors of each call."""

    def __init__(self, schemas: ItemSchemaStore) -> None:
        self._schemas = schemas

    def CreateItemSchema(
        self, request: pb.CreateItemSchemaRequest, _context: grpc.ServicerContext
    ) -> pb.CreateItemSchemaResponse:
        """Adds a schema as its version 1."""
        check_scope(request.workspace_id, request.environment)
        check_schema(request.item_schema, fhr=fhr_flag(request.fhr_validation))
        self._schemas.create(request.workspace_id, request.environment, request.item_schema)
        return pb.CreateItemSchemaResponse()

    def UpdateItemSchema(
        self, request: pb.UpdateItemSchemaRequest, _context: grpc.ServicerContext
    ) -> pb.UpdateItemSchemaResponse:
        """Adds the next version of a schema."""
        check_scope(request.workspace_id, request.environment)
        schema = request.item_schema
        schema.name = schema.name or request.name
        check_schema(schema, fhr=fhr_flag(request.fhr_validation), known_as=request.name)
        version = self._schemas.update(request.workspace_id, request.environment, schema)
        return pb.UpdateItemSchemaResponse(version=version)

    def GetItemSchema(
        self, request: pb.GetItemSchemaRequest, _context: grpc.ServicerContext
    ) -> pb.GetItemSchemaResponse:
        """One version of a schema."""
        check_scope(request.workspace_id, request.environment)
        schema = self._schemas.get(request.workspace_id, request.environment, request.name, request.version)
        return pb.GetItemSchemaResponse(item_schema=schema)

    def ListItemSchemas(
        self, request: pb.ListItemSchemasRequest, _context: grpc.ServicerContext
    ) -> pb.ListItemSchemasResponse:
        """All versions of all schemas."""
        check_scope(request.workspace_id, request.environment)
        return pb.ListItemSchemasResponse(
            item_schemas=self._schemas.list_all(request.workspace_id, request.environment)
        )

    def DeleteItemSchema(
        self, request: pb.DeleteItemSchemaRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteItemSchemaResponse:
        """Removes one version."""
        check_scope(request.workspace_id, request.environment)
        self._schemas.delete(request.workspace_id, request.environment, request.name, request.version)
        return pb.DeleteItemSchemaResponse()
