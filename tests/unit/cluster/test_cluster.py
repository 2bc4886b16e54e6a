"""What can be said of clusters and images without making any."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted(
    path
    for folder in ("cluster", "images")
    for path in (ROOT / folder).iterdir()
    if path.is_file() and path.read_text().startswith(("#!/usr/bin/env bash", "#!/bin/sh"))
)
DOCKERFILES = sorted([ROOT / "Dockerfile", *ROOT.glob("*/Dockerfile")])
VERSIONS = dict(
    re.findall(r"^([A-Z_]+)=(.+)$", (ROOT / "cluster" / "versions.env").read_text(), re.MULTILINE)
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_one(script: Path) -> None:
    shell = "sh" if script.read_text().startswith("#!/bin/sh") else "bash"
    assert "" == subprocess.run([shell, "-n", script], capture_output=True, text=True, check=True).stderr


def test_versions_are_pinned_and_stand_in_one_place() -> None:
    assert {"KIND", "KIND_NODE", "CERT_MANAGER", "ENVOY_GATEWAY", "GATEWAY_API", "KSERVE"} == VERSIONS.keys()
    assert re.fullmatch(r"kindest/node:v[\d.]+@sha256:[0-9a-f]{64}", VERSIONS["KIND_NODE"])
    others = [
        path.read_text() for path in (ROOT / "cluster").glob("*") if path.is_file() and path.suffix != ".env"
    ]
    others.append((ROOT / "kind-config.yaml").read_text())
    assert [] == [value for value in VERSIONS.values() for text in others if value in text]
    assert (
        VERSIONS.keys() == set(re.findall(r"\$\{?([A-Z]+(?:_[A-Z]+)*)\b", "".join(others))) & VERSIONS.keys()
    )


def test_kind_maps_the_port_of_the_gateway() -> None:
    kind = yaml.safe_load((ROOT / "kind-config.yaml").read_text())
    (mapping,) = kind["nodes"][0]["extraPortMappings"]
    proxy = next(
        document
        for document in yaml.safe_load_all((ROOT / "cluster" / "gateway.yaml").read_text())
        if document["kind"] == "EnvoyProxy"
    )
    service = proxy["spec"]["provider"]["kubernetes"]["envoyService"]
    (port,) = service["patch"]["value"]["spec"]["ports"]
    assert port["nodePort"] == mapping["containerPort"]
    assert ("127.0.0.1", 9090) == (mapping["listenAddress"], mapping["hostPort"])


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_builds_on_the_given_base_and_ends_on_nothing(dockerfile: Path) -> None:
    text = dockerfile.read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert "ARG PYTHON_IMAGE=python:3.13-slim-trixie" in text
    assert {"${PYTHON_IMAGE}", "packages", "scratch"} == set(bases)
    assert "scratch" == bases[-1]
    assert not re.search(r"https?://|--index-url|--mount|apt-get|curl", text)
