"""The folder of a release: there as a whole, or not at all."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fraud_contract.errors import ArtifactError

_THERE: Final = (errno.ENOTEMPTY, errno.EEXIST)


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
    except OSError as error:
        shutil.rmtree(unfinished)
        if error.errno in _THERE:  # another training to the same folder was faster
            require_free(output)
        # A write to an open file names none; a full disk is to be looked for where it is.
        error.filename = error.filename or str(output)
        raise
    except BaseException:
        shutil.rmtree(unfinished)
        raise
