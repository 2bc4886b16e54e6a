"""What each member installs is what its image may hold."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent.name for path in ROOT.glob("*/pyproject.toml"))
LEARNING = {"matplotlib", "pyarrow", "scikit-learn", "skops"}
FORBIDDEN = {
    "contract": LEARNING | {"kserve", "kubernetes", "pandas", "wandb", "xgboost", "xgboost-cpu"},
    "predictor": LEARNING | {"wandb", "xgboost", "nvidia-nccl-cu12"},
    "transformer": LEARNING | {"wandb", "xgboost", "xgboost-cpu"},
    "standalone": LEARNING | {"wandb", "xgboost"},
    "registry": LEARNING | {"kserve", "kubernetes", "pandas", "xgboost", "xgboost-cpu"},
    "wandb_local": LEARNING | {"kserve", "numpy", "pandas", "pydantic", "wandb", "xgboost-cpu"},
}


def pinned(name: str) -> dict[str, str]:
    """Version by distribution of a requirement file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize(("member", "names"), FORBIDDEN.items(), ids=FORBIDDEN.keys())
def test_nothing_is_installed_that_the_image_must_not_hold(member: str, names: set[str]) -> None:
    assert set() == names & pinned(member).keys()


@pytest.mark.parametrize("member", MEMBERS)
def test_every_member_has_the_developers_versions(member: str) -> None:
    developers = pinned("dev")
    own = pinned(member)
    assert own or member == "simulator"  # which imports nothing
    assert {} == {name: version for name, version in own.items() if developers.get(name) != version}


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_a_requirement_file_has_hashes_and_no_addresses(path: Path) -> None:
    text = path.read_text()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert not re.search(r"https?://|--index-url|--find-links", text)


def test_no_tool_makes_every_import_of_kserve_slow() -> None:
    """It imports kubernetes, kubernetes-validate, jsonschema, and what checks the formats of strings."""
    assert set() == {"rfc3987-syntax"} & pinned("dev").keys()
