"""ImportService."""

import uuid
from collections.abc import Iterator

import grpc
from assay.common.v1 import page_pb2
from assay.ingest.v1 import import_service_pb2, import_service_pb2_grpc

from services.ingest.errors import UploadIncomplete
from services.ingest.files import JobFiles, Upload
from services.ingest.import_job import JOB_NAME, QUEUE, import_spec
from services.ingest.parsing import FormatHint, RowProblem
from services.ingest.servicers.requests import check_workspace_id
from services.ingest.store import CatalogStore, ImportStore
from services.ingest.store.imports import ErrorPosition, NewImport
from services.runtime.context import current_call
from services.runtime.errors import ValidationError
from services.runtime.jobs import LocalEngine
from services.runtime.log import logger
from services.runtime.paging import decode_token, encode_token, next_start, page_limit

MAX_PART_BYTES = 4 * 1024 * 1024
MAX_FILE_NAME_CHARS = 255
MAX_ERRORS_PAGE = 1_000
HINTS = {
    import_service_pb2.IMPORT_FORMAT_UNSPECIFIED: FormatHint.AUTO,
    import_service_pb2.IMPORT_FORMAT_CSV: FormatHint.CSV,
    import_service_pb2.IMPORT_FORMAT_JSON: FormatHint.JSON,
}


class ImportServicer(import_service_pb2_grpc.ImportServiceServicer):
    """Files of products; see the proto for the errors of each call."""

    def __init__(
        self,
        catalogs: CatalogStore,
        imports: ImportStore,
        files: JobFiles,
        engine: LocalEngine,
        *,
        max_upload_bytes: int,
    ) -> None:
        self._catalogs = catalogs
        self._imports = imports
        self._files = files
        self._engine = engine
        self._max_upload_bytes = max_upload_bytes

    def ImportProducts(
        self,
        request_iterator: Iterator[import_service_pb2.ImportProductsRequest],
        _context: grpc.ServicerContext,
    ) -> import_service_pb2.ImportProductsResponse:
        """Receives a file and schedules its import."""
        parts = _parts(request_iterator)
        first = next(parts, None)
        if first is None or first.WhichOneof("part") != "start":
            raise ValidationError.of("start", "The first message must be start.")
        start = first.start
        check_workspace_id(start.workspace_id)
        if len(start.file_name) > MAX_FILE_NAME_CHARS:
            raise ValidationError.of("fileName", f"fileName must have at most {MAX_FILE_NAME_CHARS} characters.")
        if start.format not in HINTS:
            raise ValidationError.of("format", "format must be csv or json.")
        if start.catalog_id:  # an unknown catalog is told before the file is sent
            self._catalogs.get(start.workspace_id, start.catalog_id)
        job_id = str(uuid.uuid4())
        with self._files.receive(self._max_upload_bytes) as upload:
            try:
                commit = _receive(parts, upload)
            except UploadIncomplete:
                # One line for both: whether a client that leaves looks gone or finished is a race within gRPC.
                call = current_call()
                logger().info("upload incomplete", request_id=call.request_id if call else None, bytes=upload.size)
                raise
            upload.check(commit.size, commit.sha256)
            self._files.keep(upload, job_id)
        try:
            self._open(job_id, start, commit)
        except BaseException:
            self._files.remove(job_id)
            raise
        return import_service_pb2.ImportProductsResponse(
            job_id=job_id,
            background_job_id=job_id,
            queue=QUEUE,
            job_name=JOB_NAME,
            status="queued",
            notify_email=start.notify_email,
        )

    def ListImportErrors(
        self, request: import_service_pb2.ListImportErrorsRequest, _context: grpc.ServicerContext
    ) -> import_service_pb2.ListImportErrorsResponse:
        """A page of the rows that could not be taken, or were with a warning."""
        limit = page_limit(request.page_size, MAX_ERRORS_PAGE)
        bound = ("import-errors", request.workspace_id, request.job_id)
        after = ErrorPosition(*(decode_token(request.page_token, 2, *bound) or (-1, -1)))
        active = request.while_active
        found = self._imports.problems(request.workspace_id, request.job_id, after, limit + 1, gapless=active)
        start = next_start([position for position, _ in found], limit, after, growing=active)
        page = page_pb2.Pagination(limit=limit, has_more=start is not None)
        if start is not None:
            page.cursor = encode_token([start.partition, start.position], *bound)
        return import_service_pb2.ListImportErrorsResponse(
            errors=[_error_message(problem) for _, problem in found[:limit]], pagination=page
        )

    def _open(
        self, job_id: str, start: import_service_pb2.ImportStart, commit: import_service_pb2.ImportCommit
    ) -> None:
        catalog_id = start.catalog_id or self._catalogs.get_or_create_default(start.workspace_id)["id"]
        self._imports.add(
            NewImport(job_id, start.workspace_id, catalog_id, start.file_name, commit.size, commit.sha256.lower())
        )
        spec = import_spec(start.workspace_id, catalog_id, HINTS[start.format], notify_email=start.notify_email)
        try:
            run = self._engine.open(spec, job_id)
        except BaseException:
            self._imports.remove(job_id)
            raise
        self._engine.schedule(run)


def _parts(
    requests: Iterator[import_service_pb2.ImportProductsRequest],
) -> Iterator[import_service_pb2.ImportProductsRequest]:
    """The messages as they come. gRPC tells a client that is gone by an RpcError, as it does a failed neighbour."""
    try:
        yield from requests
    except grpc.RpcError:
        raise UploadIncomplete("The client broke the upload off; nothing was imported.") from None


def _receive(
    parts: Iterator[import_service_pb2.ImportProductsRequest], upload: Upload
) -> import_service_pb2.ImportCommit:
    """Writes the data messages up to the commit, which must be the last message."""
    for part in parts:
        kind = part.WhichOneof("part")
        if kind == "data":
            if len(part.data) > MAX_PART_BYTES:
                raise ValidationError.of("data", f"One data message holds at most {MAX_PART_BYTES:,} bytes.")
            upload.write(part.data)
        elif kind == "commit":
            if next(parts, None) is not None:
                raise ValidationError.of("commit", "Nothing may follow the commit.")
            return part.commit
        else:
            raise ValidationError.of("start", "After start, only data and commit may be sent.")
    raise UploadIncomplete("The upload ended without a commit; nothing was imported.")


def _error_message(problem: RowProblem) -> import_service_pb2.ImportRowError:
    return import_service_pb2.ImportRowError(
        line=problem.line,
        column=problem.column,
        reason=problem.reason,
        message=problem.message,
        severity=problem.severity,
    )
