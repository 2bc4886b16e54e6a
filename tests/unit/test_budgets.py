"""The budgets that docs/security.md states are those of the code, and none is left out."""

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from fraud_predictor.settings import PredictorSettings
from fraud_serving.settings import ServingSettings
from fraud_transformer.settings import TransformerSettings

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| [^|]+ \| ([\d,.]+) \| `([\w.]+)` \| [^|]+ \|$", re.MULTILINE)
OF_CALLERS, OF_THE_PREDICTOR = PAGE.split("## The predictor")
BOUNDED = re.compile(r"max_|.*_timeout$|deadline$|.*_idle$")


def default(settings: type[ServingSettings], setting: str) -> float:
    return float(settings.model_fields[setting.removeprefix("FRAUD_").lower()].default)


def actual(name: str, settings: type[ServingSettings]) -> float:
    if name.startswith("FRAUD_"):
        return default(settings, name)
    module, _, constant = name.rpartition(".")
    return float(getattr(importlib.import_module(module), constant))


@pytest.mark.parametrize(("stated", "name"), ROW.findall(OF_CALLERS))
def test_a_budget_is_as_stated(stated: str, name: str) -> None:
    assert float(stated.replace(",", "")) == actual(name, TransformerSettings)


@pytest.mark.parametrize(("stated", "name"), ROW.findall(OF_THE_PREDICTOR))
def test_a_budget_of_the_predictor_is_as_stated(stated: str, name: str) -> None:
    assert float(stated.replace(",", "")) == actual(name, PredictorSettings)


def stated(names: Iterable[str]) -> set[str]:
    return {f"FRAUD_{name.upper()}" for name in names if BOUNDED.match(name)}


def test_every_budget_of_the_settings_is_stated() -> None:
    assert stated(TransformerSettings.model_fields) == {
        name for _, name in ROW.findall(OF_CALLERS) if name.startswith("FRAUD_")
    }


@pytest.mark.parametrize(
    "module",
    ["artifacts.manifest", "documents", "features", "trees.model", "trees.tree", "trees.ubjson"],
)
def test_every_budget_of_artifacts_is_stated(module: str) -> None:
    name = f"fraud_contract.{module}"
    source = Path(str(importlib.import_module(name).__file__)).read_text()
    own = {f"{name}.{each}" for each in re.findall(r"^(MAX_\w+): Final", source, re.MULTILINE)}
    assert own <= {stated for _, stated in ROW.findall(PAGE)}
