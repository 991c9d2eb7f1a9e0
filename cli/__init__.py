"""The `assay` command.

Talks to the gateway over REST, to the workspace service over gRPC for operators' work, and starts the processes of the
stack. It imports no service.
"""
