"""The folder of a release: there as a whole, or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fraud_contract.errors import ArtifactError


def require_free(output: Path) -> None:
    """Raise `ArtifactError` if something is at `output` already."""
    if output.exists():
        raise ArtifactError(f"{output} exists. Name a folder that does not, or remove it first.")


@contextmanager
def release_folder(output: Path) -> Iterator[Path]:
    """A folder beside `output` to write to, which becomes `output` at the end, or is gone."""
    require_free(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755)  # mkdtemp's 0700 would hide the release from a server's user
        unfinished.rename(output)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
