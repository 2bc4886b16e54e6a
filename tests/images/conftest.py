"""All images, built once for these tests."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.cluster.image_archive import Image
from support.cluster.image_build import IMAGES, built, copied, missing


@pytest.fixture(scope="session")
def space() -> Iterator[Path]:
    """Where all is kept: gigabytes, which pytest's own folders would hold for days."""
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def archives(space: Path) -> Path:
    """The folder of all archives."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    return built(copied(space / "copy" / "checkout"))


@pytest.fixture(scope="session")
def image(archives: Path, space: Path) -> Callable[[str], Image]:
    """An image by its name, unpacked at its first use."""
    unpacked: dict[str, Image] = {}

    def get(name: str) -> Image:
        if name not in unpacked:
            unpacked[name] = Image.unpack(archives / f"{name}.tar", space / name)
        return unpacked[name]

    return get


@pytest.fixture(params=IMAGES)
def each(image: Callable[[str], Image], request: pytest.FixtureRequest) -> Image:
    """Each image in turn."""
    return image(request.param)
