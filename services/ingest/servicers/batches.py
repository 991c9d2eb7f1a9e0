"""BatchImportService: batches and the items in them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import orjson
from assay.ingest.v1 import batch_import_service_pb2 as pb
from assay.ingest.v1 import batch_import_service_pb2_grpc
from google.protobuf import json_format

from services.ingest.ingestion_job import ingestion_spec
from services.ingest.items_errors import CatalogBusy, TooManyItems, number_of
from services.ingest.itemsapi.ingesting import Wanted, wanted_of
from services.ingest.itemsapi.names import check_environment, check_scope, check_tenant
from services.ingest.itemsapi.operations import ItemFault, Kind, Operation, checked
from services.ingest.servicers.ingestions import STATUSES, ingestion_message
from services.ingest.servicers.requests import timestamp
from services.ingest.store import BatchStore, CatalogVersionStore, IngestionStore
from services.ingest.store.batches import Batch
from services.ingest.store.clock import now_micros
from services.ingest.store.ingestions import NewIngestion
from services.runtime.errors import ValidationError
from services.runtime.jobs import LocalEngine, Run

ENDING_SECONDS = 5.0
"""How long a new ingestion waits for the record of the one before to end, whose result is told a moment earlier."""
PAUSE_SECONDS = 0.1
_KIND_OF_PART = {"put": Kind.PUT, "patch": Kind.PATCH, "delete": Kind.DELETE}


class BatchImportServicer(batch_import_service_pb2_grpc.BatchImportServiceServicer):
    """See the proto for the errors of each call."""

    def __init__(
        self,
        batches: BatchStore,
        ingestions: IngestionStore,
        versions: CatalogVersionStore,
        engine: LocalEngine,
        *,
        max_items: int,
    ) -> None:
        """`max_items`: of one request, or one message of a stream."""
        self._batches = batches
        self._ingestions = ingestions
        self._versions = versions
        self._engine = engine
        self._max_items = max_items

    def CreateBatchImport(
        self, request: pb.CreateBatchImportRequest, _context: grpc.ServicerContext
    ) -> pb.CreateBatchImportResponse:
        """An empty batch."""
        check_scope(request.workspace_id, request.environment)
        return pb.CreateBatchImportResponse(id=self._batches.create(request.workspace_id, request.environment).id)

    def ListBatchImports(
        self, request: pb.ListBatchImportsRequest, _context: grpc.ServicerContext
    ) -> pb.ListBatchImportsResponse:
        """Those that may be used."""
        check_scope(request.workspace_id, request.environment)
        found = self._batches.page(request.workspace_id, request.environment)
        return pb.ListBatchImportsResponse(
            batch_imports=[pb.BatchImport(id=one.id, created_at=timestamp(one.created_at)) for one in found]
        )

    def AddItems(self, request: pb.AddItemsRequest, _context: grpc.ServicerContext) -> pb.AddItemsResponse:
        """Items as they are."""
        return pb.AddItemsResponse(results=self._take(self._batch_of(request), request.items, Kind.PUT))

    def PatchItems(self, request: pb.PatchItemsRequest, _context: grpc.ServicerContext) -> pb.PatchItemsResponse:
        """Changes of items."""
        return pb.PatchItemsResponse(results=self._take(self._batch_of(request), request.items, Kind.PATCH))

    def DeleteItems(self, request: pb.DeleteItemsRequest, _context: grpc.ServicerContext) -> pb.DeleteItemsResponse:
        """Items that are to go."""
        return pb.DeleteItemsResponse(results=self._take(self._batch_of(request), request.items, Kind.DELETE))

    def StreamItems(
        self, request_iterator: Iterator[pb.StreamItemsRequest], _context: grpc.ServicerContext
    ) -> Iterator[pb.StreamItemsResponse]:
        """Any number of items; each message is kept before it is answered."""
        first = next(request_iterator, None)
        if first is None or first.WhichOneof("part") != "start":
            raise ValidationError.of("start", "The first message must be start.")
        batch = self._batch_of(first.start)
        for message in request_iterator:
            part = message.WhichOneof("part")
            if part not in _KIND_OF_PART:
                raise ValidationError.of("start", "After start, only put, patch and delete may be sent.")
            results = self._take(batch, getattr(message, part).items, _KIND_OF_PART[part])
            yield pb.StreamItemsResponse(results=results)

    def CreateIngestion(
        self, request: pb.CreateIngestionRequest, _context: grpc.ServicerContext
    ) -> pb.CreateIngestionResponse:
        """Starts a job, and does not wait for it."""
        check_scope(request.workspace_id, request.environment)
        wanted = wanted_of(request.configuration)
        catalog = self._versions.get(request.workspace_id, request.environment, wanted.catalog_version)
        batch_id = request.configuration.batch_import_id or str(wanted.catalog_version)
        batch = self._batches.get(request.workspace_id, request.environment, batch_id)
        ingestion_id = str(uuid.uuid4())
        told = json_format.MessageToDict(request.configuration)
        new = NewIngestion(
            ingestion_id,
            request.workspace_id,
            request.environment,
            batch.number,
            batch.id,
            catalog["id"],
            orjson.dumps(told).decode(),
        )
        if (running := self._ingestions.running(catalog["id"])) is not None:
            raise CatalogBusy(running)
        self._ingestions.add(new)
        try:
            run = self._open(new, wanted, batch)
        except BaseException:
            self._ingestions.remove(ingestion_id)
            raise
        self._engine.schedule(run)
        return pb.CreateIngestionResponse(id=ingestion_id)

    def GetIngestion(self, request: pb.GetIngestionRequest, _context: grpc.ServicerContext) -> pb.GetIngestionResponse:
        """How one is doing."""
        check_scope(request.workspace_id, request.environment)
        record = self._ingestions.get(request.workspace_id, request.environment, request.id)
        return pb.GetIngestionResponse(ingestion=ingestion_message(record))

    def ListIngestions(
        self, request: pb.ListIngestionsRequest, _context: grpc.ServicerContext
    ) -> pb.ListIngestionsResponse:
        """The latest first."""
        check_tenant(request.workspace_id)
        for environment in request.environments:
            check_environment(environment)
        since = 0
        if request.HasField("lookback_duration"):
            if request.lookback_duration < 0:
                raise ValidationError.of("lookback_duration", "lookback_duration must not be negative.")
            since = max(0, now_micros() - request.lookback_duration * 1_000)
        if request.status and request.status not in STATUSES:
            raise ValidationError.of("status", "status must be RUNNING, SUCCESS, FAILURE or ERROR.")
        status = STATUSES.get(request.status)
        found = self._ingestions.page(request.workspace_id, list(request.environments), since, status)
        return pb.ListIngestionsResponse(ingestions=map(ingestion_message, found))

    def DeleteIngestion(
        self, request: pb.DeleteIngestionRequest, _context: grpc.ServicerContext
    ) -> pb.DeleteIngestionResponse:
        """The record and the batch go."""
        check_scope(request.workspace_id, request.environment)
        self._ingestions.delete(request.workspace_id, request.environment, request.id)
        return pb.DeleteIngestionResponse()

    def _batch_of(self, request: Any) -> Batch:
        check_scope(request.workspace_id, request.environment)
        if not request.batch_id:
            raise ValidationError.of("batch_id", "batch_id is required.")
        return self._batches.get(request.workspace_id, request.environment, request.batch_id)

    def _take(self, batch: Batch, items: Sequence[Any], kind: Kind) -> list[pb.ItemResult]:
        """Keeps what can be kept; one result an item, in order."""
        if len(items) > self._max_items:
            raise TooManyItems(self._max_items)
        now = now_micros()
        results: list[pb.ItemResult] = []
        operations: list[Operation] = []
        for item in items:
            result = pb.ItemResult(id=_key(item))
            try:
                operations.append(checked(item, kind, now))
            except ItemFault as fault:
                result.code, result.message = number_of(fault.category), f"{fault.category}: {fault.message}"
            results.append(result)
        self._batches.append(batch, operations)
        return results

    def _open(self, new: NewIngestion, wanted: Wanted, batch: Batch) -> Run:
        """The engine refuses a second ingestion of a catalog. But one that has ended still holds its lock for a moment,
        and whoever was told of its end may ask for the next.
        """
        spec = ingestion_spec(new.workspace_id, new.catalog_id, wanted.terms(batch.number, batch.arrived))
        end = time.monotonic() + ENDING_SECONDS
        while True:
            try:
                return self._engine.open(spec, new.id)
            except grpc.RpcError as error:
                is_held = isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.ABORTED
                others = self._ingestions.running(new.catalog_id, but=new.id)
                if not is_held or others is not None or time.monotonic() > end:
                    raise
                time.sleep(PAUSE_SECONDS)


def _key(item: Any) -> pb.ItemKey:
    return pb.ItemKey(id=item.id, type=item.type, context=item.context if item.HasField("context") else None)
