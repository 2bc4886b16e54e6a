"""What is in the images, and what is not."""

import re
import subprocess
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

import pytest

from support.cluster.image_archive import Image
from support.cluster.image_build import IMAGES, ROOT, SECRET

CLOSURES = {
    "predictor": ("predictor",),
    "transformer": ("transformer",),
    "storage-initializer": ("registry",),
    "monitor": ("monitor",),
    "wandb-local": ("wandb_local",),
    "all-in-one": ("standalone", "registry"),
}
MEMBERS = {
    "predictor": {"fraud-contract", "fraud-forest", "fraud-serving", "fraud-predictor"},
    "transformer": {"fraud-contract", "fraud-serving", "fraud-transformer"},
    "storage-initializer": {"fraud-contract", "fraud-processes", "fraud-registry"},
    "monitor": {"fraud-contract", "fraud-monitor", "fraud-processes", "fraud-registry"},
    "wandb-local": {"wandb-local"},
    "all-in-one": {
        "fraud-contract",
        "fraud-forest",
        "fraud-predictor",
        "fraud-processes",
        "fraud-registry",
        "fraud-serving",
        "fraud-standalone",
        "fraud-transformer",
    },
}
TOOLS = re.compile(
    r"(.*-)?(apt(-.*)?|dpkg(-.*)?|pip[\d.]*|uv|conda|busybox|(ba|da|z)?sh|perl.*|curl|wget|git|g?cc(-\d+)?"
    r"|c\+\+|g\+\+(-\d+)?|clang.*|ld|as|make|cmake|gdb|mount|su|sudo|passwd)"
)
LIBRARIES_OF_GPUS = re.compile(r".*(cuda|cudnn|cublas|nccl|nvidia).*", re.IGNORECASE)


def test_no_layer_holds_a_secret_of_the_builder(each: Image) -> None:
    assert not each.holds(SECRET.encode())
    assert each.holds(b"org.opencontainers.image.title")  # what is there is found


def test_no_package_manager_compiler_or_shell_is_in_any_layer(each: Image) -> None:
    programs = [
        entry.name
        for entry in each.members()
        if not entry.isdir() and entry.mode & 0o111 and TOOLS.fullmatch(Path(entry.name).name)
    ]
    modules = [name for name in ("pip", "ensurepip") for _ in each.root.rglob(f"{name}/__main__.py")]
    assert ([], []) == (programs, modules)


def test_no_file_raises_privileges_or_is_a_device(each: Image) -> None:
    assert [] == [entry.name for entry in each.members() if entry.mode & 0o6000 or entry.isdev()]


def test_its_user_can_change_nothing_but_temporary_files_and_data(each: Image) -> None:
    writable = {
        entry.name
        for entry in each.members()
        if (entry.uid, entry.gid) != (0, 0) or (entry.mode & 0o022 and not entry.issym())
    }
    assert {"tmp", *(["data"] if each.name == "wandb-local" else [])} == {
        name.strip("./") for name in writable
    }


def test_the_image_has_labels_and_runs_as_an_arbitrary_uid(each: Image) -> None:
    labels = each.settings["Labels"]
    own = {name.rpartition(".")[2]: value for name, value in labels.items() if "opencontainers" in name}
    assert "10001:10001" == each.settings["User"]
    assert ["/app/bin/python", "-m"] == each.settings["Entrypoint"][:2]
    assert own["title"].startswith("fraud-detector")
    assert own["description"]
    assert "Apache-2.0" == own["licenses"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", own["version"])
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", own["revision"])
    assert any(tag.endswith(_tag(each, own["version"])) for tag in each.manifest["RepoTags"])


def _tag(image: Image, version: str) -> str:
    return "fraud-detector:v1" if image.name == "all-in-one" else f"fraud-detector/{image.name}:{version}"


def test_it_holds_its_requirements_and_members_and_nothing_else(each: Image) -> None:
    installed = {
        _normal(found.metadata["Name"]): found.version for found in distributions(path=[str(each.packages)])
    }
    members = {name for name in installed if name.startswith("fraud-") or name == "wandb-local"}
    pinned = {name: version for file in CLOSURES[each.name] for name, version in _pinned(file).items()}
    assert members == MEMBERS[each.name]
    assert {} == {name: version for name, version in installed.items() if name not in members | pinned.keys()}
    assert [] == [name for name, version in installed.items() if pinned.get(name, version) != version]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinned(member: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{member}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE))


def test_it_holds_nothing_for_gpus(each: Image) -> None:
    assert [] == [
        path.name
        for path in each.root.rglob("*.so*")
        if LIBRARIES_OF_GPUS.fullmatch(path.name) and path.is_file()
    ]


def test_every_library_finds_the_libraries_that_it_needs(each: Image) -> None:
    compiled = [f"/{path.relative_to(each.root)}" for path in (each.root / "app").rglob("*.so*")]
    script = 'for file in "$@"; do chroot "$root" /lib64/ld-linux-x86-64.so.2 --list "$file"; done'
    told = subprocess.run(
        ["sh", "-c", script, "sh", *compiled],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "root": str(each.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled or each.name == "wandb-local"
    assert [] == [line for line in (told.stdout + told.stderr).splitlines() if "not found" in line]


def test_its_code_is_compiled_for_good(each: Image) -> None:
    """A read-only root keeps nothing that is compiled later, and every start would do it again."""
    for folder in ("fraud_contract", "wandb_local", "pydantic", "starlette"):
        for source in (each.packages / folder).glob("*.py"):
            (compiled,) = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
            assert 1 == int.from_bytes(compiled.read_bytes()[4:8], "little")  # checked by nothing


def test_dpkg_status_lists_the_debian_packages_for_scanners(each: Image) -> None:
    named = {path.name for path in (each.root / "var/lib/dpkg/status.d").iterdir()}
    assert {"libc6", "zlib1g"} <= named
    assert [name for name in named if name.startswith("libssl")]


def test_all_share_the_layer_of_the_system(image: Callable[[str], Image]) -> None:
    assert 1 == len({image(name).manifest["Layers"][0] for name in IMAGES})


@pytest.mark.parametrize("name", ["predictor", "transformer"])
def test_what_kserve_appends_follows_the_entry_point(image: Callable[[str], Image], name: str) -> None:
    assert ["/app/bin/python", "-m", f"fraud_{name}"] == image(name).settings["Entrypoint"]
    assert not image(name).settings.get("Cmd")
