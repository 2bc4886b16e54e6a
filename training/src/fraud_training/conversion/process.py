"""Conversion in a process of its own: nothing of what a pickle does reaches this one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.errors import ArtifactError, NotCompilable, UsageError
from fraud_training.conversion.isolation import isolating
from fraud_training.release.folder import require_free

DEADLINE: Final = 900.0
"""Seconds; a conversion takes some ten."""
_LAST: Final = 1 << 16
"""Bytes that are read of what it said, from the end."""
_NOT_ISOLATED: Final = (
    "this system allows no namespaces (`unshare`), so whatever was in the pickles could have reached the "
    "network, and what it may have started need not have ended"
)
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
    """What the libraries said of pickles of other versions, and whether the process was not isolated."""


@dataclass(frozen=True)
class _Ended:
    """How the process ended, and the end of what it said."""

    code: int
    output: str
    errors: str


def convert_pickles(
    model: Path, preprocessor: Path | None, output: Path, deadline: float = DEADLINE
) -> ConvertedRelease:
    """Unpickle, convert, prove and write to the new folder `output`, within `deadline` seconds.

    Raises:
        UsageError: a file is not there.
        NotCompilable: what the pickles hold cannot be served; the message names it.
        ArtifactError: `output` exists, or the process failed or took too long.
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
        isolated = isolating()
        command = [*isolated, sys.executable, "-m", "fraud_training.conversion"]
        places = [str(files[0]), str(unfinished), *map(str, files[1:])]
        environ = {**kept, "HOME": scratch, "TMPDIR": scratch}
        done = _run([*command, *places], Path(scratch), environ, deadline)
        converted = _answer(done, output, () if isolated else (_NOT_ISOLATED,))
        unfinished.rename(output)
    return converted


def _run(command: Sequence[str], folder: Path, environ: Mapping[str, str], deadline: float) -> _Ended:
    """Its end, at the deadline if not before; all that is left of its group ends with it.

    It writes to files: a pipe would stay open as long as anything that it started, and fill this process.
    """
    said = folder / "stdout", folder / "stderr"
    with said[0].open("wb") as out, said[1].open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        try:
            code = process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise ArtifactError(f"The conversion took more than {deadline:g} s and was ended.") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return _Ended(code, *map(_end_of, said))


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LAST))
        return file.read(_LAST).decode(errors="replace")


def _answer(done: _Ended, output: Path, warnings: tuple[str, ...]) -> ConvertedRelease:
    said = done.output.strip().splitlines()
    try:
        answer = json.loads(said[-1])
    except (IndexError, ValueError):
        last = (done.errors.strip().splitlines() or ["no message"])[-1][:300]
        raise ArtifactError(
            f"The process that unpickles ended unexpectedly (exit {done.code}): {last}"
        ) from None
    if "error" in answer:
        raise NotCompilable(answer["error"])
    return ConvertedRelease(
        output, answer["model"], answer["preprocessor"], (*answer.get("warnings", ()), *warnings)
    )
