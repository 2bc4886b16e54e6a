"""The folders of a checkout that a run reads and writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

HOME: Final = "FRAUDCTL_HOME"
"""Environment variable: the folder of `.env` and `var/`. Default: the checkout."""
_CHECKOUT: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Workspace:
    """Everything that a run leaves behind is below `root/var`, which git ignores."""

    root: Path

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> Self:
        """The workspace that the environment names, else the checkout this code is in."""
        return cls(Path(environ.get(HOME) or _CHECKOUT).resolve())

    @property
    def dotenv(self) -> Path:
        """The account's settings."""
        return self.root / ".env"

    @property
    def registry(self) -> Path:
        """Data of the embedded registry."""
        return self.root / "var" / "wandb"

    @property
    def cache(self) -> Path:
        """Fetched artifacts by digest."""
        return self.root / "var" / "cache"

    @property
    def trained(self) -> Path:
        """What training wrote, one folder per run."""
        return self.root / "var" / "trained"

    @property
    def datasets(self) -> Path:
        """Labelled payments that releases are judged by."""
        return self.root / "var" / "datasets"

    @property
    def rollouts(self) -> Path:
        """Records and reports, by rollout."""
        return self.root / "var" / "rollouts"

    @property
    def platform(self) -> Path:
        """Releases that run under rollouts, their processes and Envoy's files."""
        return self.root / "var" / "platform"

    @property
    def monitor(self) -> Path:
        """What the monitor knows of the releases that ran here, by release."""
        return self.root / "var" / "monitor"

    @property
    def logs(self) -> Path:
        """What the processes wrote."""
        return self.root / "var" / "log"

    @property
    def lock(self) -> Path:
        """Held by the running `demo` or `serve`."""
        return self.root / "var" / "fraudctl.lock"

    @property
    def production(self) -> Path:
        """The release that was last served, for days without registry."""
        return self.root / "var" / "last_production.json"
