"""A built image: its configuration, the bytes of its layers, its root as files."""

import gzip
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Image:
    """An image as `docker save` writes it."""

    name: str
    folder: Path
    """The archive's own files: configuration and layers."""
    root: Path
    """All layers, one upon the other."""

    @classmethod
    def unpack(cls, archive: Path, folder: Path) -> "Image":
        """The image in `archive`, unpacked below `folder`; by root, so with the image's owners."""
        image = cls(archive.stem, folder / "archive", folder / "root")
        image.root.mkdir(parents=True)
        with tarfile.open(archive) as files:
            files.extractall(image.folder, filter="data")
        for layer in image.layers:
            with tarfile.open(layer) as files:
                files.extractall(image.root, filter="tar", numeric_owner=True)
        return image

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Tags, and the names of configuration and layers."""
        (manifest,) = json.loads((self.folder / "manifest.json").read_text())
        return dict(manifest)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What `docker inspect` shows as `Config`."""
        return dict(json.loads((self.folder / self.manifest["Config"]).read_text())["config"])

    @property
    def layers(self) -> list[Path]:
        """The layers' archives, lowest first."""
        return [self.folder / name for name in self.manifest["Layers"]]

    @property
    def environ(self) -> dict[str, str]:
        """What a container's process finds in its environment."""
        return dict(each.split("=", 1) for each in self.settings["Env"])

    def members(self) -> Iterator[tarfile.TarInfo]:
        """Every entry of every layer, those that a later layer hides included."""
        for layer in self.layers:
            with tarfile.open(layer) as files:
                yield from files

    def holds(self, secret: bytes) -> bool:
        """Whether any file of the archive has these bytes: a layer, its history, the configuration."""
        return any(secret in _content(path) for path in self.folder.rglob("*") if path.is_file())

    @property
    def packages(self) -> Path:
        """Where its Python packages are."""
        (found,) = (self.root / "app" / "lib").glob("python3.*/site-packages")
        return found


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw.startswith(_GZIP) else raw
