"""`python -m images.sbom`: for each image a CycloneDX list of what it holds, as var/images/NAME.cdx.json.

Python packages are those of the hashed files that the image's Dockerfile installs, our members those it
builds. Debian's packages are read from the image itself, where `make images` has left its archive. The same
sources give the same bytes: no time, no serial number.
"""

import json
import re
import tarfile
import tomllib
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import IO, Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[1]
ARCHIVES: Final = ROOT / "var" / "images"
DOCKERFILES: Final = {
    "predictor": "predictor/Dockerfile",
    "transformer": "transformer/Dockerfile",
    "storage-initializer": "registry/Dockerfile",
    "monitor": "monitor/Dockerfile",
    "wandb-local": "wandb_local/Dockerfile",
    "all-in-one": "Dockerfile",
}
"""By image, as `images/build` has them."""
_STAGE: Final = re.compile(r"^FROM \S+(?: AS (?P<name>\S+))?$", re.MULTILINE)
_COPY: Final = re.compile(r"^COPY --from=(\S+) (\S+)", re.MULTILINE)
_HASH: Final = re.compile(r"\s*--hash=sha256:([0-9a-f]{64})")
_STATUS: Final = "var/lib/dpkg/status.d/"
_RELEASE: Final = "usr/lib/os-release"
_VERSION: Final = re.compile(r'^VERSION_ID="?([^"\n]+)', re.MULTILINE)


def bill(image: str) -> Bom:
    """What the image named `image` holds, itself as the subject.

    Raises:
        ValueError: a Dockerfile, a requirement file or an archive is not as this reads it.
    """
    dockerfile = (ROOT / DOCKERFILES[image]).read_text()
    members = [member(ROOT / name) for name in _arguments(dockerfile, "members.sh", "/members/")]
    files = _arguments(dockerfile, "packages.sh", "/app/")
    packages = {str(each.purl): each for name in files for each in pinned((ROOT / name).read_text())}
    system = list(debian(ARCHIVES / f"{image}.tar"))
    bom = Bom(components=[*members, *packages.values(), *system])
    version = tomllib.loads((ROOT / "contract" / "pyproject.toml").read_text())["project"]["version"]
    bom.metadata.component = Component(
        name=f"fraud-detector/{image}", version=version, type=ComponentType.CONTAINER, bom_ref=image
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    return bom


def written(bom: Bom) -> str:
    """The list as CycloneDX 1.6 JSON, the same for the same components."""
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    # Both are made anew for every document and optional in the schema.
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def pinned(requirements: str) -> Iterator[Component]:
    """The packages of a hashed requirement file, with the digests of the files that pip may take for each.

    Raises:
        ValueError: a line has another form than `name==version [; marker] --hash=sha256:...`.
    """
    for line in filter(None, requirements.replace("\\\n", " ").splitlines()):
        written_as, *_ = line.split("--hash", 1)
        requirement = Requirement(written_as.strip())
        digests = _HASH.findall(line)
        if [each.operator for each in requirement.specifier] != ["=="] or not digests:
            raise ValueError(f"{written_as.strip()}: neither pinned by == nor by a hash. Run make lock.")
        (specifier,) = requirement.specifier
        purl = PackageURL("pypi", name=requirement.name, version=specifier.version)
        yield Component(
            name=requirement.name,
            version=specifier.version,
            type=ComponentType.LIBRARY,
            purl=purl,
            bom_ref=str(purl),
            # Not as the component's own hashes: each is of another file, of which an image holds one.
            external_references=[
                ExternalReference(
                    type=ExternalReferenceType.DISTRIBUTION,
                    url=XsUri(f"https://pypi.org/simple/{requirement.name}/"),
                    hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
                )
            ],
        )


def member(folder: Path) -> Component:
    """A member of this repository. Its URL is not of PyPI, where its name may be somebody else's package."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    purl = PackageURL("generic", name=project["name"], version=project["version"])
    return Component(
        name=project["name"],
        version=project["version"],
        description=project["description"],
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=str(purl),
    )


def debian(archive: Path) -> Iterator[Component]:
    """Debian's packages whose files are in the image, as `docker save` wrote it; none where no archive is.

    Raises:
        ValueError: the archive has no entry of any package or no release, which every image of ours has.
    """
    if not archive.exists():
        return
    files = _described(archive)
    entries = [text for name, text in sorted(files.items()) if name.startswith(_STATUS)]
    release = _VERSION.search(files.get(_RELEASE, ""))
    if not entries or release is None:
        raise ValueError(f"{archive}: no entry in /{_STATUS}, or no /{_RELEASE}. Build it anew: make images.")
    for text in entries:
        entry = HeaderParser().parsestr(text)
        # Scanners look weaknesses up by the release.
        qualifiers = {"arch": entry["Architecture"], "distro": f"debian-{release[1]}"}
        purl = PackageURL("deb", "debian", entry["Package"], entry["Version"], qualifiers)
        yield Component(
            name=entry["Package"],
            version=entry["Version"],
            type=ComponentType.LIBRARY,
            purl=purl,
            bom_ref=str(purl),
        )


def _described(archive: Path) -> dict[str, str]:
    """The files by which an image says what its system is made of, by path."""
    found = {}
    with tarfile.open(archive) as image:
        (manifest,) = json.load(_file(image, "manifest.json"))
        for layer_name in manifest["Layers"]:
            with tarfile.open(fileobj=_file(image, layer_name)) as layer:
                for entry in layer:
                    name = entry.name.removeprefix("./")
                    if entry.isfile() and (name == _RELEASE or name.startswith(_STATUS)):
                        found[name] = _file(layer, entry.name).read().decode()
    return found


def _file(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise ValueError(f"{archive.name!r}: {name} is no file")
    return found


def _arguments(dockerfile: str, script: str, made: str) -> list[str]:
    """What `script` is given in the stages whose folder `made` the image copies; others leave nothing."""
    _, *parts = _STAGE.split(dockerfile)
    stages = dict(zip(parts[::2], parts[1::2], strict=True))
    final = parts[-1]
    kept = {stage for stage, source in _COPY.findall(final) if source.startswith(made)}
    run = re.compile(rf"^RUN sh images/{re.escape(script)} ([^&\n]+)", re.MULTILINE)
    found = [name for stage in kept for match in run.findall(stages[stage]) for name in match.split()]
    if not found:
        raise ValueError(f"no stage that the image copies {made} from runs images/{script}")
    return found


def main() -> None:
    """Writes all lists, and says of each what is in it."""
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    for image in DOCKERFILES:
        bom = bill(image)
        target = ARCHIVES / f"{image}.cdx.json"
        target.write_text(written(bom))
        system = sum(each.purl is not None and each.purl.type == "deb" for each in bom.components)
        debians = f"{system} of Debian" if system else "without Debian's: no archive, see make images"
        print(f"{target.relative_to(ROOT)}: {len(bom.components)} components, {debians}")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
