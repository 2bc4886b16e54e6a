"""What images hold, as lists: pins, our members, Debian's entries; the same bytes each time."""

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from images import sbom

ROOT = Path(__file__).parents[3]
INSTALLED = {
    "predictor": ({"fraud-contract", "fraud-forest", "fraud-serving", "fraud-predictor"}, ["predictor"]),
    "transformer": ({"fraud-contract", "fraud-serving", "fraud-transformer"}, ["transformer"]),
    "storage-initializer": ({"fraud-contract", "fraud-processes", "fraud-registry"}, ["registry"]),
    "monitor": ({"fraud-contract", "fraud-monitor", "fraud-processes", "fraud-registry"}, ["monitor"]),
    "wandb-local": ({"wandb-local"}, ["wandb_local"]),
    "all-in-one": (
        {
            "fraud-contract",
            "fraud-forest",
            "fraud-predictor",
            "fraud-processes",
            "fraud-registry",
            "fraud-serving",
            "fraud-standalone",
            "fraud-transformer",
        },
        ["standalone", "registry"],
    ),
}
ENTRY = """Package: libssl3t64
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.5.9-1~deb13u1
Description: Secure Sockets Layer toolkit
 Version: of another line
"""


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sbom, "ARCHIVES", tmp_path)
    return tmp_path


def document_of(image: str) -> dict[str, Any]:
    return dict(json.loads(sbom.written(sbom.bill(image))))


def of_kind(document: dict[str, Any], kind: str) -> dict[str, Any]:
    return {each["name"]: each for each in document["components"] if each["purl"].startswith(f"pkg:{kind}/")}


def pins(file: str) -> dict[str, tuple[str, set[str]]]:
    """Version and digests by package, read as lines."""
    found: dict[str, tuple[str, set[str]]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{file}.txt").read_text()):
        name, version = re.match(r"([^=\[]+)(?:\[.*\])?==(\S+)", block).groups()  # type: ignore[union-attr]
        found[name] = (version, set(re.findall(r"sha256:(\w+)", block)))
    return found


def write_archive(path: Path, entries: dict[str, str]) -> None:
    """An image as `docker save` writes it, of one layer."""

    def packed(files: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()

    described = {f"var/lib/dpkg/status.d/{name}": text.encode() for name, text in entries.items()}
    layer = packed(described | {"usr/lib/os-release": b'ID=debian\nVERSION_ID="13"\n'})
    manifest = json.dumps([{"Config": "c.json", "Layers": ["layer.tar"]}]).encode()
    path.write_bytes(packed({"manifest.json": manifest, "layer.tar": layer}))


def test_every_image_that_is_built_has_a_list() -> None:
    (built,) = re.findall(r"@images/build (.+)", (ROOT / "Makefile").read_text())
    dockerfiles = {
        str(path.relative_to(ROOT)) for path in (*ROOT.glob("Dockerfile"), *ROOT.glob("*/Dockerfile"))
    }
    assert (built.split(), dockerfiles) == (list(sbom.DOCKERFILES), set(sbom.DOCKERFILES.values()))


@pytest.mark.parametrize("image", INSTALLED)
def test_packages_and_members_are_those_that_the_image_installs(image: str, archives: Path) -> None:
    members, files = INSTALLED[image]
    document = document_of(image)
    expected = {name: pin for file in files for name, pin in pins(file).items()}
    actual = {
        name: (each["version"], {digest["content"] for digest in each["externalReferences"][0]["hashes"]})
        for name, each in of_kind(document, "pypi").items()
    }
    assert expected == actual
    assert members == of_kind(document, "generic").keys()
    assert len(document["components"]) == len(expected) + len(members)
    assert None is JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))


def test_a_member_has_its_version(archives: Path) -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "registry/pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert version[1] == of_kind(document_of("storage-initializer"), "generic")["fraud-registry"]["version"]


def test_the_packages_of_debian_are_read_from_the_image(archives: Path) -> None:
    write_archive(archives / "wandb-local.tar", {"libssl3t64": ENTRY})
    (found,) = of_kind(document_of("wandb-local"), "deb").values()
    assert ("libssl3t64", "3.5.9-1~deb13u1") == (found["name"], found["version"])
    assert "pkg:deb/debian/libssl3t64@3.5.9-1~deb13u1?arch=amd64&distro=debian-13" == found["purl"]


def test_an_image_without_entries_of_debian_is_refused(archives: Path) -> None:
    write_archive(archives / "wandb-local.tar", {})
    with pytest.raises(ValueError, match=r"no entry in /var/lib/dpkg/status\.d"):
        sbom.bill("wandb-local")


def test_the_same_sources_give_the_same_bytes(archives: Path) -> None:
    assert sbom.written(sbom.bill("predictor")) == sbom.written(sbom.bill("predictor"))


@pytest.mark.parametrize(
    "line", ["numpy>=2 --hash=sha256:" + "0" * 64, "numpy --hash=sha256:" + "0" * 64, "numpy==2.4.0"]
)
def test_what_is_not_pinned_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="neither pinned by == nor by a hash"):
        list(sbom.pinned(line))
