"""What runs the fleet in containers: its syntax, and that it names what there is."""

import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
import yaml

from .workers import EXAMPLES

DEPLOY = EXAMPLES / "fleet" / "deploy"
MANIFESTS = [DEPLOY / "no_queue.yaml", DEPLOY / "worker.yaml"]


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text("utf-8")))


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Each pod that a manifest describes, and whose it is."""
    every = [one for file in MANIFESTS for one in documents(file.name)]
    return [(one["metadata"]["name"], one["spec"]["template"]["spec"]) for one in every]


def containers() -> list[tuple[str, dict[str, Any]]]:
    return [(name, one) for name, pod in pods() for one in pod["containers"]]


@cache
def options() -> set[str]:
    """The options that the command has."""
    command = [sys.executable, "-m", "nemo_sdk", "worker", "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"--[a-z-]+", shown))


def test_there_are_manifests() -> None:
    """Those of the worker and of no queue."""
    assert [name for name, _ in pods()] == ["films-no-queue", "films-set-up", "films-worker"]


@pytest.mark.parametrize("version", ["1.25", "1.37"])
@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_manifests_are_what_kubernetes_knows(file: Any, version: str) -> None:
    """Each word of them, in the oldest and the newest version whose schemas are at hand."""
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is heavy")
    for one in documents(file.name):
        assert validator.validate(one, version, strict=True)


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_deployments_find_their_pods(file: Any) -> None:
    """The labels that a deployment looks for are those that it gives."""
    for one in documents(file.name):
        assert one["apiVersion"] == {"Job": "batch/v1", "Deployment": "apps/v1"}[one["kind"]]
        if one["kind"] == "Deployment":
            labels = one["spec"]["template"]["metadata"]["labels"]
            assert one["spec"]["selector"]["matchLabels"] == labels


@pytest.mark.parametrize(("name", "container"), containers())
def test_containers_are_whole(name: str, container: dict[str, Any]) -> None:
    """Secrets come from a secret, volumes are there, and who runs on has probes and limits."""
    pod = dict(pods())[name]
    assert [list(one) for one in container["envFrom"]] == [["secretRef"]]
    assert not [one for one in container.get("env", ()) if "TOKEN" in one["name"]]
    mounted = {one["name"] for one in container.get("volumeMounts", ())}
    assert mounted == {one["name"] for one in pod.get("volumes", ())}
    if pod.get("restartPolicy") != "Never":
        assert container["resources"]["limits"]["memory"]
        probes = [container[probe] for probe in container if probe.endswith("Probe")]
        assert len(probes) == 2
        assert all(probe["exec"]["command"] for probe in probes)


def test_the_worker_is_called_as_it_can_be() -> None:
    """Each option is one of the command's, and films get their time before the pod is killed."""
    (worker,) = [one for name, one in containers() if name == "films-worker"]
    every = [one.get("args", []) for _, one in containers()]
    every += [worker[probe]["exec"]["command"] for probe in ("startupProbe", "readinessProbe")]
    assert {one for args in every for one in args if one.startswith("--")} <= options()
    drain = float(worker["args"][worker["args"].index("--drain") + 1])
    assert dict(pods())["films-worker"]["terminationGracePeriodSeconds"] > drain


def test_the_compose_file_is_whole() -> None:
    """Options are the command's, services and volumes are there, secrets come from outside."""
    (compose,) = documents("compose.yaml")
    services = compose["services"]
    for one in services.values():
        assert {word for word in one.get("command", ()) if word.startswith("--")} <= options()
        assert set(one.get("depends_on", ())) <= set(services)
        mounted = {volume.partition(":")[0] for volume in one.get("volumes", ())}
        assert mounted <= set(compose["volumes"])
        secrets = [one["environment"].get(name) for name in ("NEMO_TOKEN", "PGPASSWORD")]
        assert all(secret.startswith("${") for secret in secrets if secret is not None)
        assert set(one["environment"]) <= known_variables()
    command = services["worker"]["command"]
    grace = float(services["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace > float(command[command.index("--drain") + 1])


@pytest.mark.parametrize(("name", "container"), containers())
def test_containers_set_what_is_read(name: str, container: dict[str, Any]) -> None:
    """A variable that nobody reads would be a mistake of spelling."""
    read = known_variables() | {"FILMS", "AT_ONCE", "ALIVE", "DATABASE"}
    assert {one["name"] for one in container.get("env", ())} <= read, name


def known_variables() -> set[str]:
    """Variables of the documentation, of libpq, and of the image of PostgreSQL."""
    told = (EXAMPLES.parent / "docs" / "configuration.md").read_text("utf-8")
    return set(re.findall(r"`(NEMO_[A-Z_]+)`", told)) | {
        *("PGPASSWORD", "POSTGRES_USER", "POSTGRES_PASSWORD")
    }


def test_the_image_starts_the_worker() -> None:
    """As process 1, and with nothing secret in it."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    words = {line.split()[0] for line in text.splitlines() if line and line[0] not in "# "}
    assert words <= {"FROM", "RUN", "USER", "WORKDIR", "ENV", "ENTRYPOINT", "CMD"}
    assert 'ENTRYPOINT ["nemo-sdk", "worker"]' in text
    assert set(re.findall(r'"(--[a-z-]+)"', text)) <= options()
    assert not re.search(r"TOKEN|PASSWORD|SECRET", text)
