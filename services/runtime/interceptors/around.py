"""One interceptor for many concerns: each is a context manager around the call, iteration of its stream included."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

import grpc

from services.runtime.context import Call, serving

REQUEST_ID = "x-request-id"
REQUEST_ID_LIMIT = 128
TRIGGERED_BY = "x-triggered-by"


class Around(Protocol):
    """A concern of every RPC."""

    def around(self, call: Call, context: grpc.ServicerContext) -> AbstractContextManager[None]:
        """Entered before the handler runs and left after its last message."""

    def inspect(self, call: Call, message: Any) -> None:
        """Sees the request (of a client stream: its first message) before the handler does; may raise."""


class AroundInterceptor(grpc.ServerInterceptor):
    """Wraps handlers of our own services. Those of gRPC itself (health, reflection) stay as they are: health's
    `Watch` is a callback handler that must not be wrapped.
    """

    def __init__(self, arounds: Sequence[Around]) -> None:
        self._arounds = tuple(arounds)

    def intercept_service(self, continuation: Callable[..., Any], handler_call_details: Any) -> Any:
        """Returns the handler with every concern around it."""
        handler = continuation(handler_call_details)
        method: str = handler_call_details.method
        if handler is None or method.startswith("/grpc."):
            return handler
        metadata = dict(handler_call_details.invocation_metadata or ())
        request_id = str(metadata.get(REQUEST_ID, ""))
        if not request_id or len(request_id) > REQUEST_ID_LIMIT or not request_id.isprintable():
            request_id = f"req_{uuid.uuid4().hex}"
        return self._wrap(handler, method, request_id, str(metadata.get(TRIGGERED_BY, "")))

    def _wrap(self, handler: Any, method: str, request_id: str, triggered_by: str) -> Any:
        def requests_of(call: Call, request: Any) -> Any:
            if handler.request_streaming:
                return self._inspected(call, request)
            self._inspect(call, request)
            return request

        def respond(request: Any, context: grpc.ServicerContext) -> Any:
            call = Call(method, request_id, triggered_by=triggered_by)
            with self._entered(call, context):
                behavior = handler.stream_unary if handler.request_streaming else handler.unary_unary
                return behavior(requests_of(call, request), context)

        def respond_stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            call = Call(method, request_id, triggered_by=triggered_by)
            with self._entered(call, context):
                behavior = handler.stream_stream if handler.request_streaming else handler.unary_stream
                yield from behavior(requests_of(call, request), context)

        factory = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        return factory(
            respond_stream if handler.response_streaming else respond,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _entered(self, call: Call, context: grpc.ServicerContext) -> ExitStack:
        with ExitStack() as entering:
            entering.enter_context(serving(call))
            for around in self._arounds:
                entering.enter_context(around.around(call, context))
            return entering.pop_all()

    def _inspect(self, call: Call, message: Any) -> None:
        for around in self._arounds:
            around.inspect(call, message)

    def _inspected(self, call: Call, messages: Iterator[Any]) -> Iterator[Any]:
        for number, message in enumerate(messages):
            if number == 0:
                self._inspect(call, message)
            yield message


def code_of(context: Any) -> grpc.StatusCode | None:
    """The status code an RPC was given so far (the type stubs of grpc do not know that it can be asked)."""
    code = context.code()
    return code if isinstance(code, grpc.StatusCode) else None
