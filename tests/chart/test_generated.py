"""What is made of the chart is what the chart would make now."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from helm.manifests import FOLDER, manifests
from helm.readme import README, documented, readme
from helm.render import BIN, CHART, Object
from helm.schema import SCHEMA, schema
from support.chart.pod_security import violations
from support.chart.pods import pods
from support.chart.values import DEFAULTS


def test_the_readme_is_current() -> None:
    assert readme((CHART / "values.yaml").read_text()) == README.read_text(), "run make manifests"


def test_the_readme_names_every_value() -> None:
    described = {each.path for each in documented((CHART / "values.yaml").read_text())}
    missing = [
        path
        for path in _leaves(DEFAULTS, "")
        if not any(path == known or path.startswith(f"{known}.") for known in described)
    ]
    assert [] == missing


def _leaves(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any YAML
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else key)
    else:
        yield path


def test_the_schema_is_current() -> None:
    text = SCHEMA.read_text()
    assert schema(text) == text, "run make manifests"


@pytest.mark.parametrize("name", ["FRAUD_MAX_ROWS", "FRAUD_LOG_FORMAT", "FRAUD_FALLBACK"])
def test_a_setting_that_the_schema_lost_is_put_back(name: str) -> None:
    text = SCHEMA.read_text()
    without = json.loads(text)
    del without["properties"]["releaseDefaults"]["properties"]["transformer"]["properties"]["settings"][
        "properties"
    ][name]
    assert schema(json.dumps(without)) == text


def test_every_value_is_used() -> None:
    templates = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    unused = [
        path for path in _leaves(DEFAULTS, "") if not re.search(rf"\.{path.rpartition('.')[2]}\b", templates)
    ]
    assert [] == [path for path in unused if not re.search(r"FRAUD_|\.(resources|labels)\.", path)]


@pytest.mark.parametrize("helm", ["helm", "helm3"])
@pytest.mark.parametrize("values", sorted((CHART / "ci").iterdir()), ids=lambda path: path.name)
def test_helm_lint_finds_nothing(helm: str, values: Path) -> None:
    done = subprocess.run(
        [BIN / helm, "lint", "--strict", "--quiet", CHART, "--values", values],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def test_a_value_without_a_comment_is_named() -> None:
    with pytest.raises(ValueError, match=r"b has no comment"):
        documented("# About a.\na: 1\nb:\n  c: 2\n")


def test_the_manifests_are_current() -> None:
    written = {
        str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.glob("**/[0-9][0-9]-*.yaml")
    }
    assert manifests() == written, "run make manifests"


def built(overlay: str) -> list[Object]:
    done = subprocess.run(
        [BIN / "kubectl", "kustomize", FOLDER / overlay], capture_output=True, text=True, check=True
    )
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize(("overlay", "releases"), [("stable", 1), ("canary", 2)])
def test_overlays_name_all_images_and_artifacts(overlay: str, releases: int) -> None:
    text = yaml.safe_dump(built(f"overlays/{overlay}"))
    assert 3 * releases == text.count("wandb://example-team/payments/")
    assert 2 * releases + 1 == text.count("image: registry.example.com/fraud/")
    assert 0 == text.count("my-team") + text.count("image: fraud-detector/")


def test_overlays_change_nothing_else() -> None:
    plain, named = (yaml.safe_dump_all(built(each)) for each in ("stable", "overlays/stable"))
    assert plain.replace("fraud-detector/p", "X/p") != named
    for ours, theirs in (
        ("registry.example.com/fraud/", "fraud-detector/"),
        ("example-team/payments/", "my-team/fraud-detector/"),
    ):
        named = named.replace(ours, theirs)
    assert plain == named


def test_the_canary_set_splits_the_traffic_and_is_restricted() -> None:
    objects = built("canary")
    route = next(each for each in objects if each["kind"] == "HTTPRoute")
    assert [[90, 10]] * 3 == [[b["weight"] for b in rule["backendRefs"]] for rule in route["spec"]["rules"]]
    assert 4 == len(pods(objects))
    assert [] == [found for pod in pods(objects) for found in violations(pod)]
