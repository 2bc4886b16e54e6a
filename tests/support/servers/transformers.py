"""A transformer process in front of a predictor of the test's."""

from support.artifacts.releases import Folders
from support.processes import Process, Start


def start_transformer(start: Start, folders: Folders, predictor: int, **settings: object) -> Process:
    """A transformer of that release, before the predictor on that port of this machine."""
    return start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"127.0.0.1:{predictor}",
        **settings,
    )
