"""Objects of the chart, as `helm template` gives them."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

CHART: Final = Path(__file__).parent / "fraud-detector"
BIN: Final = Path(__file__).parents[1] / ".cache" / "bin"

Object = dict[str, Any]
"""A Kubernetes object."""


class ChartRefused(Exception):
    """Helm did not render; its message says why."""


def render(
    *values: Path | Mapping[str, Any],
    helm: str = "helm",
    name: str = "fraud",
    namespace: str = "fraud",
    options: Sequence[str] = (),
) -> list[Object]:
    """The objects that these values make.

    Args:
        values: files, or values themselves (one at most); later ones win.
        helm: `helm` or `helm3`.
        name: the Helm release.
        namespace: where it would be installed.
        options: further options of `helm template`.

    Raises:
        ChartRefused: the schema or a check of the chart refuses the values.
    """
    files = [str(each) if isinstance(each, Path) else "-" for each in values]
    # As JSON, which all take alike: YAML's "y" is a word to some, and a truth value to others.
    given = next(
        (json.dumps(each, ensure_ascii=False) for each in values if not isinstance(each, Path)), None
    )
    done = subprocess.run(  # noqa: S603 - our own tools
        [
            *(str(BIN / helm), "template", name, str(CHART), "--namespace", namespace),
            *(part for file in files for part in ("--values", file)),
            *options,
        ],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChartRefused(done.stderr.strip())
    return [each for each in yaml.safe_load_all(done.stdout) if each]
