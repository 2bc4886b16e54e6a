"""`lint-imports` refuses each import that the architecture page's table does not allow."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise, product
from pathlib import Path
from typing import Any, Final

import pytest

ROOT = Path(__file__).parents[2]
CONFIG: Final[Mapping[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
CONTRACTS: Final[list[dict[str, Any]]] = CONFIG["contracts"]
RULED = {"grpc", "kserve", "kubernetes", "pandas", "sklearn", "skops", "wandb", "xgboost"}
"""Libraries that decide where a member can run."""
NO_HTTP = "HTTP statuses are given at the edge"


def table() -> dict[str, tuple[str, set[str]]]:
    """Each member in the architecture page's table: its package, and what it may import, ours or ruled."""
    page = (ROOT / "docs/architecture.md").read_text()
    rows = re.findall(r"^\| `(\w+)/` \| `(\w+)` \| .* \| (.*) \|$", page, re.MULTILINE)
    return {
        member: (package, set(re.findall(r"\w+", names)) - {"nothing"}) for member, package, names in rows
    }


TABLE = table()
PACKAGES = {member: package for member, (package, _) in TABLE.items()}


def contract(member: str) -> dict[str, Any]:
    """The contract of a row of the table."""
    [own] = [each for each in CONTRACTS if each["name"].split(" may import ")[0] == member]
    return own


def lint(folder: Path, imports: Mapping[str, Iterable[str]]) -> str:
    """What `lint-imports` reports of our packages with nothing in them but the imports of these modules."""
    for name in {*modules(), *imports}:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            package = folder.joinpath(*parts[:depth])
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
    for name, imported in imports.items():
        lines = "".join(f"import {each}\n" for each in imported)
        (folder.joinpath(*name.split(".")) / "__init__.py").write_text(lines)
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = os.environ | {"COLUMNS": "1000"}  # no line of the report is broken
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def modules() -> set[str]:
    """Every module of ours that the contracts name."""
    roots: list[str] = CONFIG["root_packages"]
    named = {
        f"{prefix}{name}"
        for each in CONTRACTS
        for prefix in ("", *(f"{container}." for container in each.get("containers", ())))
        for key in ("source_modules", "forbidden_modules", "layers")
        for layer in each.get(key, ())
        for name in re.findall(r"[\w.]+", layer)
    }
    return {*roots, *(name for name in named if name.split(".")[0] in roots)}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report where each member imports all that its row forbids."""
    imports = {PACKAGES[member]: contract(member)["forbidden_modules"] for member in TABLE}
    return lint(tmp_path_factory.mktemp("broken"), imports)


def test_without_such_an_import_nothing_is_refused(tmp_path: Path) -> None:
    assert f"{len(CONTRACTS)} kept, 0 broken" in lint(tmp_path, {})


@pytest.mark.parametrize("member", TABLE)
def test_each_row_is_a_contract_and_every_import_beyond_it_is_refused(member: str, broken: str) -> None:
    package, allowed = TABLE[member]
    own = contract(member)
    forbidden = set(own["forbidden_modules"])
    others = {other for each, other in PACKAGES.items() if each != member and each not in allowed}
    assert ([package], others | (RULED - allowed)) == (
        own["source_modules"],
        forbidden & {*PACKAGES.values(), *RULED},
    )
    assert f"{own['name']} BROKEN" in broken
    refused = set(re.findall(rf"^{package} is not allowed to import ([\w.]+):", broken, re.MULTILINE))
    assert set() == forbidden - refused


@pytest.mark.parametrize("module", ["fraud_contract.errors", "fraud_registry", "fraud_transformer.decisions"])
def test_an_http_status_away_from_the_edge_is_refused(module: str, tmp_path: Path) -> None:
    assert f"{NO_HTTP} BROKEN" in lint(tmp_path, {module: ["fraud_serving.http_status"]})


def test_a_room_that_imports_one_above_it_is_refused(tmp_path: Path) -> None:
    """Of each member whose rooms are layers: every room, and the one next above it."""
    upward = [
        (f"{container}.{lower}", f"{container}.{higher}")
        for each in CONTRACTS
        for container in each.get("containers", ())
        for highest, lowest in pairwise(each["layers"])
        for higher, lower in product(highest.split(" | "), lowest.split(" | "))
    ]
    imports = {
        lower: [higher for _, higher in pairs]
        for lower, pairs in groupby(sorted(upward), lambda each: each[0])
    }
    report = lint(tmp_path, imports)
    refused = set(re.findall(r"^([\w.]+) is not allowed to import ([\w.]+):", report, re.MULTILINE))
    assert set() == set(upward) - refused
