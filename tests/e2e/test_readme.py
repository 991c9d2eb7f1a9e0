"""Every shell line of the README's tour is run, against a fresh stack, in one shell from top to bottom.

A grpcurl line is not run (it is no Python package); it is compared with its `buf curl` twin on the next line, which is.
Ports are those of the test's stack; everything else is as it stands there. What ```text blocks show must come out.
"""

import itertools
import re
import shlex
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORTS = {
    "8080": "ASSAY_HTTP_PORT",
    "50051": "ASSAY_INGEST_PORT",
    "50052": "ASSAY_SILVER_PORT",
    "50053": "ASSAY_GOLD_PORT",
    "50054": "ASSAY_WORKSPACE_PORT",
}


def blocks(language):
    return [text for name, text in BLOCK.findall(README.read_text()) if name == language]


def statements():
    """The commands of all ```sh blocks, continued lines put together, quoted line breaks kept."""
    found = []
    for block in blocks("sh"):
        statement = ""
        for line in block.splitlines():
            statement += line
            if statement.endswith("\\"):
                statement = statement[:-1]
            elif statement.count("'") % 2:
                statement += "\n"
            else:
                found.append(re.sub(r"(?<=\S) {2,}(?=-|\d|h|\|)", " ", statement))
                statement = ""
        assert not statement, f"unfinished: {statement}"
    return found


def rpc_of(statement):
    """(port, method, headers, message) of a grpcurl or buf curl line."""
    words = shlex.split(statement)
    options = {"-H": [], "-d": []}
    for flag, value in itertools.pairwise(words):
        if flag in options:
            options[flag].append(value)
    where = " ".join(words[-2:]) if words[0] == "grpcurl" else words[-1].removeprefix("http://").replace("/", " ", 1)
    return where, options["-H"], options["-d"]


def test_every_grpcurl_line_has_its_buf_twin():
    lines = statements()
    pairs = [(line, lines[at + 1]) for at, line in enumerate(lines) if line.startswith("grpcurl ")]

    assert len(pairs) >= 4
    for grpcurl, twin in pairs:
        assert twin.startswith("buf curl --protocol grpc --http2-prior-knowledge ")
        assert " -plaintext " in grpcurl
        assert rpc_of(grpcurl) == rpc_of(twin)


def test_every_line_of_the_tour_works(make_stack, tmp_path):
    stack = make_stack("var").start()
    for name in ("samples", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    script = ["set -euo pipefail"]
    for statement in statements():
        if not statement.startswith("grpcurl "):
            script += [f"printf '\\n$ %s\\n' {shlex.quote(statement)}", statement]
    text = "\n".join(script)
    for port, setting in PORTS.items():
        text = text.replace(f":{port}", f":{stack.ports[setting]}")
    environment = {name: value for name, value in stack.environment.items() if name != "ASSAY_HOME"}

    done = subprocess.run(
        ["bash"],
        input=text,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
    assert '"error":{' not in done.stdout.replace('"error":{"code":"VALIDATION_ERROR"', "", 1)
    for block in blocks("text"):
        for line in block.splitlines():
            assert line.strip() in done.stdout
    assert stack.stop() == 0


def test_what_the_readme_links_to_is_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text())

    missing = [target for target in targets if not target.startswith("http") and not (ROOT / target).exists()]
    assert missing == []
