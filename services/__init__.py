"""The gRPC services of Assay and the runtime they share."""
