"""What people do in W&B without this software."""

import subprocess
import sys
from pathlib import Path

from fraud_registry.access.account import Account
from fraud_registry.worker.sandbox import environment, sandbox

_LOG = """
import sys, wandb
project, name, kind, *aliases = sys.argv[1:]
with wandb.init(project=project) as run:
    artifact = wandb.Artifact(name, type=kind)
    with artifact.new_file("model.pkl") as file:
        file.write("the original service's")
    run.log_artifact(artifact, aliases=aliases).wait()
"""
_LOG_FOLDER = """
import sys, wandb
project, name, kind, folder = sys.argv[1:]
with wandb.init(project=project) as run:
    artifact = wandb.Artifact(name, type=kind)
    artifact.add_dir(folder)
    run.log_artifact(artifact).wait()
"""
_DOWNLOAD = """
import sys, wandb
run, folder = sys.argv[1:]
for file in wandb.Api().run(run).files():
    file.download(folder)
"""
_DELETE = """
import sys, wandb
wandb.Api().artifact(sys.argv[1]).delete(delete_aliases=True)
"""


def log_by_hand(account: Account, name: str, kind: str, *aliases: str) -> None:
    """A version that holds `model.pkl` and nothing else, as the original service's guide had it."""
    _with_the_sdk(account, _LOG, account.project, name, kind, *aliases)


def log_folder(account: Account, name: str, kind: str, folder: Path) -> None:
    """A version that holds the files of `folder`."""
    _with_the_sdk(account, _LOG_FOLDER, account.project, name, kind, str(folder))


def download_run(account: Account, run: str, folder: Path) -> None:
    """All files of the run `entity/project/id`, below `folder`."""
    _with_the_sdk(account, _DOWNLOAD, run, str(folder))


def delete(account: Account, version: str) -> None:
    """Delete `name:vN` of the embedded registry, with its aliases."""
    _with_the_sdk(account, _DELETE, f"local/{account.project}/{version}")


def _with_the_sdk(account: Account, script: str, *arguments: str) -> None:
    with sandbox() as folder:
        made = environment(account, folder)
        subprocess.run([sys.executable, "-c", script, *arguments], env=made, cwd=folder, check=True)
