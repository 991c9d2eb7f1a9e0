"""HTTP request → message → RPC → JSON answer, as the method's google.api.http rule says."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.context import Context
from gateway.contracts import Binding, Rpc
from gateway.errors import validation_error
from gateway.jsonio import Violation, as_json, decoder_of, dumps
from gateway.requests import JSON, ApiRequest
from gateway.routes import VARIABLE, Handler

WHOLE_BODY = "*"


class Transcoder:
    """One rule of one method."""

    def __init__(self, rpc: Rpc, binding: Binding) -> None:
        self._binding = binding
        self._input = rpc.descriptor.input_type
        self._decoder = decoder_of(self._input)
        self._in_path = frozenset(match[1] for match in VARIABLE.finditer(binding.template))
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
        elsewhere = set(self._input.fields_by_name) if body_field == WHOLE_BODY else {*self._in_path, body_field}
        values |= self._decoder.decode_query(request.query(), violations, without=elsewhere)
        if violations:
            raise validation_error(violations)
        return self._decoder.build({**values, **request.parameters})

    def _from_body(self, body: Any, violations: list[Violation]) -> dict[str, Any]:
        body_field = self._binding.body
        if body_field == WHOLE_BODY:
            return self._decoder.decode(body, violations, without=self._in_path)
        if not body_field:
            if body != {}:
                violations.append(Violation("", "This call takes no body."))
            return {}
        if self._binding.verb == "PATCH" and isinstance(body, dict):
            # What is absent is kept, so null would silently do nothing.
            violations += [Violation(name, "Must not be null.") for name, value in body.items() if value is None]
        decoder = decoder_of(self._input.fields_by_name[body_field].message_type)
        return {body_field: decoder.build(decoder.decode(body, violations))}

    def answer(self, reply: Any) -> Response:
        """The HTTP answer for the RPC's reply."""
        if self.status == 204:
            return Response(status_code=204)
        body = getattr(reply, self._binding.response_body) if self._binding.response_body else reply
        return json_response(as_json(body), self.status)


def unary_handler(context: Context, rpc: Rpc, binding: Binding) -> Handler:
    """The handler of a unary method without a view of its own."""
    transcoder = Transcoder(rpc, binding)

    async def handle(request: ApiRequest) -> Response:
        request.accepted([JSON])
        message = await transcoder.message(request)
        return transcoder.answer(await context.unary(rpc, message, request))

    return handle


def success_status(rpc: Rpc, binding: Binding) -> int:
    """201 for creations, 204 for deletions that answer nothing, else 200."""
    if binding.verb == "POST" and rpc.descriptor.name.startswith("Create"):
        return 201
    if binding.verb == "DELETE" and not rpc.descriptor.output_type.fields:
        return 204
    return 200


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(dumps(value), status, headers, media_type=JSON)
