"""Releases in folders, as a rollout takes them."""

from pathlib import Path

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_local.folders import Folders
from fraudctl.flows.found_release import FoundRelease


def found_in(folder: Path) -> FoundRelease:
    """The release in a folder that training wrote."""
    return FoundRelease.load(Folders(folder / PRODUCTION_MODEL, folder / PREPROCESSOR))
