"""How an interpreter was built, as its `sysconfig` remembers it."""

import json
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_VARIABLES: Final = ("CONFIG_ARGS", "PY_CFLAGS_NODIST", "PGO_PROF_USE_FLAG", "AR")
_ASK: Final = f"""
import json, sys, sysconfig
if not (3, 12) <= sys.version_info < (3, 14):
    sys.exit("KServe runs on Python 3.12 and 3.13")
print(json.dumps(dict(zip({_VARIABLES}, sysconfig.get_config_vars(*{_VARIABLES})))))
"""
_PATIENCE: Final = 60.0
_PROFILED: Final = ("--enable-optimizations", "-fprofile-use")
_LINKED: Final = ("--with-lto", "-flto")


@dataclass(frozen=True)
class Build:
    """Which of the two optimisations that count it has; the images' interpreter has both."""

    profiled: bool
    """The compiler knew by a profile which code is hot."""
    linked: bool
    """It optimised across source files, while linking."""

    @property
    def optimised(self) -> bool:
        """Whether it has both."""
        return self.profiled and self.linked

    @classmethod
    def of(cls, variables: Mapping[str, str | None]) -> Self:
        """By variables of `sysconfig`; those that are not known are None."""
        arguments = " ".join(str(variables[each]) for each in ("CONFIG_ARGS", "PY_CFLAGS_NODIST"))
        # Debian's rules take both optimisations' flags out of what extensions would inherit. What is left of
        # them is an empty variable that is never empty elsewhere, and the archiver that goes with the second.
        cleaned = variables["PGO_PROF_USE_FLAG"] == "" and str(variables["AR"]).endswith("gcc-ar")
        return cls(
            profiled=cleaned or any(each in arguments for each in _PROFILED),
            linked=cleaned or any(each in arguments for each in _LINKED),
        )

    @classmethod
    def ours(cls) -> Self:
        """That of the interpreter which runs this."""
        return cls.of(dict(zip(_VARIABLES, sysconfig.get_config_vars(*_VARIABLES), strict=True)))

    @classmethod
    def ask(cls, python: Path) -> Self | None:
        """That of another one; None where it does not start, or is of a version that KServe does not take."""
        try:
            asked = subprocess.run(  # noqa: S603 - an interpreter of this machine, found or named by its user
                [python, "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=_PATIENCE
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return cls.of(json.loads(asked.stdout))

    def __str__(self) -> str:
        """In words; without a profile the figures understate all services, and not all alike."""
        link = f"{'with' if self.linked else 'without'} link-time optimisation"
        if self.profiled:
            return f"built with profile-guided optimisation, {link}"
        return f"**built without profile-guided optimisation**, {link}"
