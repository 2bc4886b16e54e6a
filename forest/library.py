"""Compiles forest.c while the package is built; without a compiler the package is built without it."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

_FLAGS: Final = (
    "-std=c11", "-O3", "-Wall", "-Wextra", "-shared", "-fPIC",
    "-ffp-contract=off",  # sums are rounded as XGBoost rounds them
    "-fno-tree-vectorize",  # which makes of the walks beside each other something slower
    "-fopenmp-simd",  # but for the loops that ask for it
)  # fmt: skip


class CompiledForest(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the shared library to the package. For any processor of the kind: wheels are run elsewhere."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile with the compiler that CC names, by default cc."""
        del version
        folder = Path(self.root, "src", "fraud_forest")
        library = folder / "forest.so"
        library.unlink(missing_ok=True)  # no older one is left where there is no compiler any more
        compiler = shlex.split(os.environ.get("CC") or "cc")
        try:
            subprocess.run([*compiler, *_FLAGS, "-o", library, folder / "forest.c", "-lm"], check=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"fraud_forest is built without its library: {error}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(platform_tags())}"  # it knows nothing of Python
