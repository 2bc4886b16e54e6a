"""The real wandb SDK, speaking to one wandb_local server about one project."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import wandb
from wandb.apis.public import Run as PublicRun

import wandb_local

ENTITY = "acme"
QUIET = {
    "console": "off",
    "x_disable_stats": True,
    "x_disable_meta": True,
    "disable_git": True,
    "disable_code": True,
    "init_timeout": 20,
    "finish_timeout": 20,
    "x_graphql_retry_max": 2,
    "x_file_transfer_retry_max": 2,
}


@dataclass(frozen=True)
class Sdk:
    """The SDK, speaking to one server about one project; its files go below `folder`."""

    server: wandb_local.RunningServer
    project: str
    folder: Path

    def init(self, **given: Any) -> wandb.Run:  # noqa: ANN401 - as wandb.init takes them
        settings = wandb.Settings(base_url=self.server.url, api_key=self.server.api_key, **QUIET)
        return wandb.init(
            entity=ENTITY,
            project=self.project,
            dir=self.folder,
            settings=settings,
            reinit="create_new",
            **given,
        )

    @property
    def api(self) -> wandb.Api:
        return wandb.Api(overrides={"base_url": self.server.url}, api_key=self.server.api_key, timeout=240)

    @property
    def path(self) -> str:
        return f"{ENTITY}/{self.project}"

    def artifact(self, content: str, name: str = "model", **given: Any) -> wandb.Artifact:  # noqa: ANN401 - as Artifact takes them
        folder = self.folder / hashlib.sha256(content.encode()).hexdigest()[:8]
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        (folder / "model.bin").write_bytes(content.encode() * 1000)
        (folder / "sub" / "meta.json").write_text(json.dumps({"content": content}))
        artifact = wandb.Artifact(name, type="model", **given)
        artifact.add_dir(str(folder))
        return artifact

    def log(self, run: wandb.Run, content: str, *aliases: str, **given: Any) -> wandb.Artifact:  # noqa: ANN401 - same
        logged: wandb.Artifact = run.log_artifact(self.artifact(content, **given), aliases=list(aliases))
        logged.wait(timeout=300)
        return logged

    def page(self, path: str) -> str:
        """The HTML of one of the server's pages below the project's entity."""
        return httpx.get(f"{self.server.url}/{ENTITY}/{path}", auth=("api", self.server.api_key)).text

    def run(self, run_id: str) -> PublicRun:
        return self.api.run(f"{self.path}/{run_id}")

    def found(self, reference: str) -> wandb.Artifact:
        found: wandb.Artifact = self.api.artifact(f"{self.path}/model:{reference}")
        return found


Complaints = Callable[[], list[str]]
"""What the server complained about since the last call, warnings and unknown operations."""
