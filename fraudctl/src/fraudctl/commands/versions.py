"""What is installed."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from fraudctl.output import Row

MEMBERS: Final = (
    "fraud-contract",
    "fraud-serving",
    "fraud-predictor",
    "fraud-transformer",
    "fraud-standalone",
    "fraud-registry",
    "fraud-training",
    "fraud-rollout",
    "fraud-monitor",
    "fraud-local",
    "fraud-simulator",
    "fraudctl",
    "wandb-local",
)
LIBRARIES: Final = ("kserve", "numpy", "scikit-learn", "skops", "wandb", "xgboost-cpu")


def versions() -> Row:
    """Versions by name; `missing` for what is not installed."""
    return {"python": platform.python_version()} | {name: installed(name) for name in (*MEMBERS, *LIBRARIES)}


def installed(name: str) -> str:
    """The version of the installed package `name`, or `missing`."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
