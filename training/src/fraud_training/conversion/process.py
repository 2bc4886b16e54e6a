"""Conversion in a process of its own: nothing of what a pickle does reaches this one."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.errors import ArtifactError, NotCompilable, UsageError
from fraud_training.release.folder import require_free

DEADLINE: Final = 900.0
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""Variables that the process gets; keys, proxies and settings are not among them."""
_MOST_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class ConvertedRelease:
    """A release that was made of pickles."""

    folder: Path
    model_digest: str
    preprocessor_digest: str
    warnings: tuple[str, ...]
    """What the libraries said of pickles of other versions."""


def convert_pickles(model: Path, preprocessor: Path | None, output: Path) -> ConvertedRelease:
    """Unpickle, convert, prove and write to the new folder `output`.

    Raises:
        UsageError: a file is not there.
        NotCompilable: what the pickles hold cannot be served; the message names it.
        ArtifactError: `output` exists, or the process failed.
    """
    require_free(output)
    files = [path.resolve() for path in (model, preprocessor) if path is not None]
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path} is not there.")
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes: it is no pickled model.")
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as scratch:
        unfinished = Path(scratch).resolve() / "release"
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        command = [sys.executable, "-m", "fraud_training.conversion"]
        places = [str(files[0]), str(unfinished), *map(str, files[1:])]
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                [*command, *places],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                cwd=scratch,
                env={**kept, "HOME": scratch, "TMPDIR": scratch},
                timeout=DEADLINE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ArtifactError(f"The conversion took more than {DEADLINE:g} s and was ended.") from None
        converted = _answer(done, output)
        unfinished.rename(output)
    return converted


def _answer(done: "subprocess.CompletedProcess[str]", output: Path) -> ConvertedRelease:
    said = done.stdout.strip().splitlines()
    try:
        answer = json.loads(said[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1][:300]
        raise ArtifactError(
            f"The process that unpickles ended unexpectedly (exit {done.returncode}): {last}"
        ) from None
    if "error" in answer:
        raise NotCompilable(answer["error"])
    return ConvertedRelease(
        output, answer["model"], answer["preprocessor"], tuple(answer.get("warnings", ()))
    )
