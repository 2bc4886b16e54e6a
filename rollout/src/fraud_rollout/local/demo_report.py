"""What a demo tells at its end."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fraud_registry.references import Pin, Published
from fraud_rollout.local.endpoint import Endpoint
from fraud_rollout.local.example import curl
from fraud_rollout.local.registry import Registry
from fraud_rollout.simulator import report
from fraud_rollout.simulator.figures import Summary
from fraud_rollout.simulator.style import Style

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease


@dataclass(frozen=True)
class DemoReport:
    """Everything that a demo did, for the person who watched it."""

    endpoint: Endpoint
    registry: Registry
    published: Published
    trained: "TrainedRelease"
    traffic: Summary
    answer: str

    def text(self, style: Style) -> str:
        """The report, without the last line's end."""
        blocks = (
            ("What is served", self._release()),
            ("How it decided held-back traffic", report.as_text(self.traffic, style)),
            ("Try it", f"{curl(self.endpoint.url)}\n{self.answer}"),
            ("Look around", self._places()),
        )
        return "\n\n".join(f"{style.bold(title)}\n{text}" for title, text in blocks)

    def _release(self) -> str:
        lines = (
            ("model", self.published.model, self.trained.model_digest),
            ("preprocessor", self.published.preprocessor, self.trained.preprocessor_digest),
        )
        return "\n".join(_artifact(*line) for line in lines)

    def _places(self) -> str:
        places = {
            "health": f"{self.endpoint.url}/health",
            "metrics": f"{self.endpoint.admin_url}/metrics",
            "gRPC": f"{self.endpoint.near}:{self.endpoint.grpc} (inference.GRPCInferenceService)",
            "registry": self.registry.account.base_url,
            "training run": self.published.run_url,
            "model card": str(self.trained.folder / "production_model" / "MODEL_CARD.md"),
            "more traffic": f"BASE_URL={self.endpoint.url} python3 test_script.py --num_requests 1000",
        }
        return "\n".join(f"{name.ljust(14)}{place}" for name, place in places.items())


def _artifact(label: str, pin: Pin, digest: str) -> str:
    return f"{label.ljust(14)}{pin.uri}   sha256 {digest[:12]}"
