"""What a demo reports at its end."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fraud_local.endpoint import Endpoint
from fraud_local.registry import Registry
from fraud_registry.references import Pin, Published
from fraud_simulator import report
from fraud_simulator.figures import Summary
from fraud_simulator.style import Style
from fraudctl.flows.demo.example import curl

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease


_LABEL: Final = 14
"""Width of the first column."""


@dataclass(frozen=True)
class DemoReport:
    """Everything that a demo did, for the person who watched it."""

    endpoint: Endpoint
    registry: Registry
    published: Published
    trained: "TrainedRelease"
    traffic: Summary
    answer: str

    def results(self, style: Style) -> str:
        """What was made, how it decided, what one request answers; without the last line's end."""
        blocks = (
            ("What was served", self._release()),
            ("How it decided held-back traffic", report.as_text(self.traffic, style)),
            ("One request", f"{curl(self.endpoint.url)}\n{self.answer}"),
        )
        return "\n\n".join(f"{style.bold(title)}\n{text}" for title, text in blocks)

    def places(self, style: Style) -> str:
        """Where to look while it is being served."""
        url = self.endpoint.url
        places = {
            "docs": f"{url}/docs",
            "health": f"{url}/health",
            "metrics": f"{self.endpoint.admin_url}/metrics",
            "gRPC": f"{self.endpoint.near}:{self.endpoint.grpc}, inference.GRPCInferenceService",
            "more traffic": f"BASE_URL={url} python3 test_script.py --num_requests 1000",
            "model card": str(self.trained.folder / "production_model" / "MODEL_CARD.md"),
            "training run": self.published.run_url,
            **self._password(),
        }
        lines = (f"{name.ljust(_LABEL)}{place}" for name, place in places.items())
        return "\n".join((style.bold("Look around"), *lines))

    def _password(self) -> dict[str, str]:
        """The embedded registry's pages ask for its key."""
        return {"": f"(any user name; password: {self.registry.key_file})"} if self.registry.key_file else {}

    def _release(self) -> str:
        lines = (
            ("model", self.published.model, self.trained.model_digest),
            ("preprocessor", self.published.preprocessor, self.trained.preprocessor_digest),
        )
        release = json.loads(self.answer)["release"]
        return "\n".join((f"{'release'.ljust(_LABEL)}{release}", *(_artifact(*line) for line in lines)))


def _artifact(label: str, pin: Pin, digest: str) -> str:
    return f"{label.ljust(_LABEL)}{pin.uri}   sha256 {digest[:12]}"
