"""What is in deploy/ speaks of settings, commands and files that there are."""

import re
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
import typer
import yaml

from cli.main import app
from gateway.settings import GatewaySettings
from services.gold.settings import GoldSettings
from services.ingest.settings import IngestSettings
from services.silver.settings import SilverSettings
from services.workspace.settings import WorkspaceSettings

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SETTINGS = {
    "gateway": GatewaySettings,
    "workspace": WorkspaceSettings,
    "ingest": IngestSettings,
    "silver": SilverSettings,
    "gold": GoldSettings,
}
EXAMPLE = dict(
    line.split("=", 1)
    for line in (DEPLOY / "secrets.env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OBJECTS = [
    found
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for found in yaml.safe_load_all(path.read_text())
    if found
]
DEPLOYMENTS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}


def of_kind(kind):
    return [one for one in OBJECTS if one["kind"] == kind]


def processes():
    """(where, words of `assay`, environment) of each process of ours."""
    for name, service in COMPOSE["services"].items():
        if service["image"].startswith("assay:"):
            yield f"compose {name}", service["command"], EXAMPLE | service["environment"]
    (plain,), (secret,) = of_kind("ConfigMap"), of_kind("Secret")
    for name, one in DEPLOYMENTS.items():
        (container,) = one["spec"]["template"]["spec"]["containers"]
        yield f"kubernetes {name}", container["args"], plain["data"] | secret["stringData"]


PROCESSES = {where: (words, environment) for where, words, environment in processes()}


@pytest.mark.parametrize("where", PROCESSES)
def test_every_process_can_be_started_so(where, monkeypatch, tmp_path):
    words, environment = PROCESSES[where]
    group = typer.main.get_command(app)
    command = group.get_command(None, words[0])
    parsed = command.make_context(words[0], list(words[1:])).params
    assert parsed["what"] in SETTINGS
    # Every process is told all of these settings, and refuses those it does not know and values that are none.
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    settings = SETTINGS[parsed["what"]](home=tmp_path)
    assert settings.address_of("workspace").endswith(":50054")
    named = {f"ASSAY_{name.upper()}" for kind in SETTINGS.values() for name in kind.model_fields}
    assert {name for name in environment if name.startswith("ASSAY_")} <= named


def test_both_have_all_processes():
    roles = {f"{service}-{role}" for service in ("ingest", "silver", "gold") for role in ("api", "worker")}
    assert set(DEPLOYMENTS) == roles | {"workspace", "gateway"}
    assert {where.removeprefix("compose ") for where in PROCESSES if where.startswith("compose")} == set(DEPLOYMENTS)


def test_probes_and_services_go_to_the_ports_that_are_listened_on(tmp_path):
    for one in DEPLOYMENTS.values():
        (container,) = one["spec"]["template"]["spec"]["containers"]
        kind = SETTINGS[container["args"][1]]
        fields = kind(home=tmp_path)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        probes = [container[f"{name}Probe"] for name in ("startup", "readiness", "liveness")]
        if kind is GatewaySettings:
            assert ports == {"http": fields.http_port}
            assert {probe["httpGet"]["path"] for probe in probes} == {"/healthz"}
        else:
            assert ports == {"grpc": fields.port, "metrics": fields.metrics_port}
            assert {probe["grpc"]["port"] for probe in probes} == {fields.port}
    for name, service in COMPOSE["services"].items():
        if service["image"].startswith("assay:") and name != "gateway":
            assert int(service["healthcheck"]["test"][-1]) == SETTINGS[service["command"][1]](home=tmp_path).port


def test_selectors_find_what_they_are_for():
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in DEPLOYMENTS.values()]
    for one in DEPLOYMENTS.values():
        wanted = one["spec"]["selector"]["matchLabels"]
        assert [wanted.items() <= found.items() for found in labels].count(True) == 1
    for kind, field in (("Service", "selector"), ("PodDisruptionBudget", "selector")):
        for one in of_kind(kind):
            wanted = one["spec"][field].get("matchLabels", one["spec"][field])
            assert [wanted.items() <= found.items() for found in labels].count(True) == 1, one["metadata"]["name"]
    assert {one["metadata"]["name"] for one in of_kind("PodDisruptionBudget")} == set(DEPLOYMENTS)
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("HorizontalPodAutoscaler")}
    assert scaled == {name for name, one in DEPLOYMENTS.items() if "replicas" not in one["spec"]}


def test_whoever_is_stopped_has_the_time_it_needs(tmp_path):
    """The drain of calls, that of jobs (30 s, and 2 more), and the pause before both."""
    needed = max(kind(home=tmp_path).drain_seconds for kind in SETTINGS.values()) + 5 + 32
    for one in DEPLOYMENTS.values():
        assert one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > needed
    for name in DEPLOYMENTS:
        assert int(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s")) > needed


def test_everything_in_compose_is_limited_watched_and_started_again():
    for name, service in COMPOSE["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["restart"] in ("unless-stopped", "on-failure"), name
        assert "healthcheck" in service or name == "bucket", name


def test_what_the_image_is_made_of_is_there():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = [
        word for words in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE) for word in words.split()[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    assert set(copied) == allowed


def test_the_probe_tells_a_port_that_serves_from_one_that_does_not():
    from concurrent.futures import ThreadPoolExecutor

    from grpc_health.v1 import health, health_pb2, health_pb2_grpc

    servicer = health.HealthServicer()
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    def probe():
        return subprocess.run([sys.executable, DEPLOY / "probe.py", str(port)], timeout=60, check=False).returncode

    assert probe() == 0
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert probe() == 1
    server.stop(None).wait()
    assert probe() == 1


def test_no_secret_is_in_the_repository():
    for name, value in EXAMPLE.items():
        if "ACCESS_KEY_ID" not in name:
            assert "change-me" in value, name
    (secret,) = of_kind("Secret")
    assert [name for name, value in secret["stringData"].items() if "change-me" not in value] == []
    assert "/deploy/secrets.env" in (ROOT / ".gitignore").read_text().splitlines()
