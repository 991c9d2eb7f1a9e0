"""Builds gen/ from protos/: messages, type stubs, gRPC stubs, one descriptor set, and the imports buf needs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import grpc_tools
from google.api import annotations_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"
INCLUDED = ("google/api/annotations.proto", "google/api/http.proto")


def main() -> int:
    """Writes a fresh tree beside the old one and swaps it in, so that a failed build leaves the old one usable."""
    fresh = GEN.with_name("gen.new")
    shutil.rmtree(fresh, ignore_errors=True)
    include = fresh / "include"
    common = Path(annotations_pb2.__file__).parents[2]
    for name in INCLUDED:
        target = include / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(common / name, target)
    bundled = Path(grpc_tools.__file__).parent / "_proto"
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    code = protoc.main(
        [
            "protoc",
            f"-I{PROTOS}",
            f"-I{include}",
            f"-I{bundled}",
            f"--python_out={fresh}",
            f"--pyi_out={fresh}",
            f"--grpc_python_out={fresh}",
            # The comments, which the gateway's OpenAPI document carries as descriptions.
            f"--descriptor_set_out={fresh / 'assay.binpb'}",
            "--include_source_info",
            *sources,
        ]
    )
    if code:
        shutil.rmtree(fresh, ignore_errors=True)
        return int(code)
    old = GEN.with_name("gen.old")
    shutil.rmtree(old, ignore_errors=True)
    if GEN.exists():
        GEN.rename(old)
    fresh.rename(GEN)
    shutil.rmtree(old, ignore_errors=True)
    (GEN / ".built").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
