"""The OpenAPI 3.1 document, made from the descriptors once when the gateway starts."""

from gateway.openapi.routes import openapi_routes

__all__ = ["openapi_routes"]
