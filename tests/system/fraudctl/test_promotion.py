"""Replacing the release in production is a decision that somebody takes knowingly."""

import json
from pathlib import Path

from support.fraudctl import fraudctl
from support.training_output import write_training_output


def in_production(home: Path) -> list[str]:
    listed = json.loads(fraudctl(home, "registry", "list", "-o", "json").stdout)
    return [each["version"] for each in listed if "production" in each["aliases"].split()]


def test_a_release_in_production_is_replaced_only_after_a_comparison_and_a_yes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for mean in (70.0, 71.0):
        output = write_training_output(tmp_path / f"trained-{mean}", mean)
        assert 0 == fraudctl(home, "publish", str(output)).returncode
    first = fraudctl(home, "registry", "promote", "v0")  # nothing is replaced, nobody asked
    assert (0, ["v0"]) == (first.returncode, in_production(home))
    refused = fraudctl(home, "registry", "promote")
    assert (2, ["v0"]) == (refused.returncode, in_production(home))
    assert "version: v0 -> v1" in refused.stderr
    assert "production_model:v0 is in production, and nobody can be asked here" in refused.stderr
    compared = json.loads(fraudctl(home, "registry", "diff", "production", "candidate", "-o", "json").stdout)
    assert {"what": "version", "first": "v0", "second": "v1", "warning": ""} == compared[0]
    accepted = fraudctl(home, "registry", "promote", "--yes")
    assert (0, ["v1"]) == (accepted.returncode, in_production(home))
    assert "version: v0 -> v1" in accepted.stderr
