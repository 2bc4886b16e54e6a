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
    first = fraudctl(home, "registry", "promote", "v0", "--reason", "the first")  # nothing is replaced
    assert (0, ["v0"]) == (first.returncode, in_production(home))
    nowhere = fraudctl(home, "registry", "rollback", "--yes")
    assert (3, True) == (nowhere.returncode, "There is no release to go back to" in nowhere.stderr)
    refused = fraudctl(home, "registry", "promote")
    assert (2, ["v0"]) == (refused.returncode, in_production(home))
    assert "version: v0 -> v1" in refused.stderr
    assert "production_model:v0 is in production, and nobody can be asked here" in refused.stderr
    compared = json.loads(fraudctl(home, "registry", "diff", "production", "candidate", "-o", "json").stdout)
    assert {"what": "version", "first": "v0", "second": "v1", "warning": ""} == compared[0]
    accepted = fraudctl(home, "registry", "promote", "--yes")
    assert (0, True) == (accepted.returncode, "version: v0 -> v1" in accepted.stderr)
    back = fraudctl(home, "registry", "rollback", "--yes", "--reason", "too many reviews")
    assert (0, ["v0"]) == (back.returncode, in_production(home))
    rows = json.loads(fraudctl(home, "registry", "history", "-o", "json").stdout)
    expected = [("v0", "rollback", "too many reviews"), ("v1", "promote", ""), ("v0", "promote", "the first")]
    assert expected == [(row["model"], row["how"], row["why"]) for row in rows]
    then = json.loads(fraudctl(home, "registry", "history", "--at", rows[1]["since"], "-o", "json").stdout)
    assert {"v1"} <= {row["model"] for row in then}
