"""Building all images from a copy of the checkout that holds secrets where people keep them.

They are kept as the checkout's own: the cluster runs what was looked into, and nothing is built twice.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
IMAGES: Final = ("predictor", "transformer", "storage-initializer", "monitor", "wandb-local", "all-in-one")
SECRET: Final = "seeded-secret-5f0c1d2b8a7e4937a1"
"""In the builder's environment, and in files that people have lying in a checkout."""
_SEEDED: Final = (".env", "training/.env", "registry/src/.env.local", "var/wandb/api-key")
_TESTBED: Final = ROOT.parent / "shared"
_KEPT: Final = ROOT / "var" / "images"


def missing() -> str | None:
    """Why no images can be built and run here; None if they can."""
    if os.geteuid() != 0:
        return "images are unpacked with their owners and run in namespaces, which takes root"
    if not (_TESTBED / "cluster" / "build-image").exists() and not _docker_runs():
        return "neither Docker nor the test bed is here"
    return None


def _docker_runs() -> bool:
    return bool(
        shutil.which("docker")
        and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    )


def copied(folder: Path) -> Path:
    """A copy of the checkout as `folder`, with secrets in it; a test bed is beside the copy, too."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for place in _SEEDED:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(f"WANDB_API_KEY={SECRET}\n")
    if _TESTBED.exists():
        (folder.parent / "shared").symlink_to(_TESTBED)
    return folder


def built(checkout: Path) -> Path:
    """The folder of the archives of all images, `var/images` of the checkout that was copied."""
    git = {"GIT_DIR": str(ROOT / ".git"), "GIT_WORK_TREE": str(checkout)}
    environ = os.environ | git | {"WANDB_API_KEY": SECRET}
    subprocess.run([checkout / "images" / "build", *IMAGES], env=environ, check=True, timeout=1200)
    _KEPT.mkdir(parents=True, exist_ok=True)
    for image in IMAGES:
        shutil.move(checkout / "var" / "images" / f"{image}.tar", _KEPT / f"{image}.tar")
    return _KEPT
