"""The REST shim: HTTP and JSON in front of the gRPC services, with routes and shapes read from their descriptors."""
