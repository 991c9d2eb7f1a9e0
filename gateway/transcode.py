"""HTTP request → message → RPC → JSON answer, as the method's google.api.http rule says."""

from __future__ import annotations

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from starlette.responses import Response

from gateway.context import Context
from gateway.contracts import Binding, Rpc
from gateway.errors import ApiError, validation_error
from gateway.jsonio import Violation, as_json, decoder_of, dumps, member_as_json
from gateway.requests import JSON, ApiRequest
from gateway.routes import VARIABLE, Handler

WHOLE_BODY = "*"
UPDATE_MASK = "update_mask"
MAX_ENTRIES = 100_000
"""Of an array. The services allow fewer; more than these would keep the gateway from everybody else for seconds."""


class Transcoder:
    """One rule of one method."""

    def __init__(self, rpc: Rpc, binding: Binding) -> None:
        self._binding = binding
        self._input = rpc.descriptor.input_type
        self._decoder = decoder_of(self._input)
        self._in_path = frozenset(match[1] for match in VARIABLE.finditer(binding.template))
        self._is_partial = is_partial(rpc, binding)
        self.status = success_status(rpc, binding)

    async def message(self, request: ApiRequest) -> Any:
        """The RPC's request message. 400 VALIDATION_ERROR with everything that is wrong."""
        body_field = self._binding.body
        violations: list[Violation] = []
        values: dict[str, Any] = {}
        if self._binding.verb != "GET":
            body, repeated = await request.json()
            violations += repeated
            values = self._from_body({} if body is None else body, violations)
        # With body "*" every field belongs to the body, and no query parameter is known.
        elsewhere = {*self._in_path, body_field}
        if body_field == WHOLE_BODY:
            elsewhere = set(self._input.fields_by_name)
        elif self._is_partial:
            elsewhere.add(UPDATE_MASK)
        values |= self._decoder.decode_query(request.query(), violations, without=elsewhere)
        values |= self._decoder.decode_path(request.parameters, violations)
        if violations:
            raise validation_error(violations)
        return self._decoder.build(values)

    def _from_body(self, body: Any, violations: list[Violation]) -> dict[str, Any]:
        body_field = self._binding.body
        if body_field == WHOLE_BODY:
            return self._decoder.decode(body, violations, without=self._in_path)
        if not body_field:
            if body != {}:
                violations.append(Violation("", "This call takes no body."))
            return {}
        field = self._input.fields_by_name[body_field]
        if field.is_repeated:
            if isinstance(body, list) and len(body) > MAX_ENTRIES:
                raise ApiError(413, "TOO_MANY_ITEMS", f"One request has at most {MAX_ENTRIES:,} items.")
            return {body_field: self._decoder.decode_list(field.json_name, body, violations)}
        message, path = field.message_type, ""
        if self._binding.is_items and isinstance(body, dict) and list(body) == [field.json_name]:
            # The documents' tables name the body, their samples send what is in it: both are read.
            body, path = body[field.json_name], field.json_name
        decoder = decoder_of(message)
        members = decoder.decode(body, violations, path=path)
        if self._binding.verb == "PATCH" and not self._is_partial and isinstance(body, dict):
            # What is absent is kept, so null would silently do nothing.
            violations += [Violation(name, "Must not be null.") for name, value in body.items() if value is None]
        if violations:
            return {}
        values = {body_field: decoder.build(members)}
        if self._is_partial:
            values[UPDATE_MASK] = FieldMask(paths=[field.name for field in message.fields if field.json_name in body])
        return values

    def answer(self, reply: Any) -> Response:
        """The HTTP answer for the RPC's reply."""
        if self.status == 204:
            return Response(status_code=204)
        member = self._binding.response_body
        return json_response(member_as_json(reply, member) if member else as_json(reply), self.status)


def unary_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """The handler of a unary method without a view of its own."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        message = await transcoder.message(request)
        return transcoder.answer(await context.unary(rpc, message, request))

    return handle


def is_partial(rpc: Rpc, binding: Binding) -> bool:
    """Whether a body holds what to change and nothing else: the mask beside it is made of its members.

    So an empty list is written too, and null makes a member what it is when nobody wrote it.
    """
    return binding.body not in ("", WHOLE_BODY) and UPDATE_MASK in rpc.descriptor.input_type.fields_by_name


def success_status(rpc: Rpc, binding: Binding) -> int:
    """201 for creations, 204 for deletions that answer nothing, else 200; 200 for all of the batch Items API."""
    if binding.is_items:
        return 200
    if binding.verb == "POST" and rpc.descriptor.name.startswith("Create"):
        return 201
    if binding.verb == "DELETE" and not rpc.descriptor.output_type.fields:
        return 204
    return 200


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(dumps(value), status, headers, media_type=JSON)
