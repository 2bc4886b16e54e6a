"""Releases whose model says something else than it was made with."""

import json
from pathlib import Path
from typing import Any

from fraud_contract.artifacts.loading import MODEL_DOCUMENT, ModelDocument
from fraud_contract.artifacts.manifest import MANIFEST, seal


def altered(release: Path, **changes: Any) -> None:  # noqa: ANN401 - any field
    """Seal the model anew with another document."""
    model = release / "production_model"
    ModelDocument.read(model / MODEL_DOCUMENT).model_copy(update=changes).write(model / MODEL_DOCUMENT)
    (model / MANIFEST).unlink()
    if "policy" in changes:
        golden = json.loads((model / "golden.json").read_text())
        scores = golden["score"]
        golden["decision"] = [
            (score >= changes["policy"].review) + (score >= changes["policy"].block) for score in scores
        ]
        (model / "golden.json").write_text(json.dumps(golden))
    seal(model, "model")
