"""How interpreters were built, and which one a comparison takes."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.interpreter.build import Build
from benchmarks.interpreter.choice import choose, first_optimised

# As they were read from these; of the flags only what tells them apart.
_PYENV = {"CONFIG_ARGS": "'--enable-shared'", "PGO_PROF_USE_FLAG": "-fprofile-use -fprofile-correction"}
_PYENV |= {"PY_CFLAGS_NODIST": "-std=c11 -Wextra", "AR": "ar"}
_OFFICIAL = _PYENV | {"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'"}
_DEBIAN = {"CONFIG_ARGS": "'--enable-shared' '--with-computed-gotos'", "PGO_PROF_USE_FLAG": ""}
_DEBIAN |= {"PY_CFLAGS_NODIST": "-g -fwrapv -O2", "AR": "x86_64-linux-gnu-gcc-ar"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (_PYENV, Build(profiled=False, linked=False)),
        (_OFFICIAL, Build(profiled=True, linked=True)),
        (_PYENV | {"CONFIG_ARGS": "'--with-lto'"}, Build(profiled=False, linked=True)),
        (_PYENV | {"PY_CFLAGS_NODIST": "-O2 -fprofile-use"}, Build(profiled=True, linked=False)),
        (_DEBIAN, Build(profiled=True, linked=True)),
        (dict.fromkeys(_PYENV), Build(profiled=False, linked=False)),
    ],
)
def test_a_build_is_known_by_what_sysconfig_remembers(
    variables: dict[str, str | None], expected: Build
) -> None:
    assert expected == Build.of(variables)


def test_a_build_without_a_profile_is_marked() -> None:
    assert str(Build(profiled=False, linked=True)).startswith("**built without profile-guided optimisation**")
    assert "**" not in str(Build(profiled=True, linked=True))


def test_another_interpreter_says_the_same_of_itself() -> None:
    assert Build.ours() == Build.ask(Path(sys.executable))


def test_what_is_no_interpreter_has_no_build(tmp_path: Path) -> None:
    assert Build.ask(tmp_path / "missing") is None
    assert Build.ask(_script(tmp_path / "old", "exit 1")) is None


def test_the_first_optimised_one_is_taken(tmp_path: Path) -> None:
    broken = _script(tmp_path / "broken", "exit 1")
    plain, first, second = (
        _script(tmp_path / name, f"echo '{json.dumps(variables).replace(chr(39), '')}'")
        for name, variables in (("plain", _PYENV), ("first", _OFFICIAL), ("second", _DEBIAN))
    )
    assert first == first_optimised([broken, plain, first, second])
    assert first_optimised([broken, plain]) is None


def test_a_named_one_is_taken_however_it_was_built(tmp_path: Path) -> None:
    assert Path(sys.executable) == choose(sys.executable, tmp_path)


@pytest.mark.parametrize("named", ["no-such-python", "/bin/false"])
def test_a_named_one_that_does_not_start_is_refused(named: str, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=f"BENCH_PYTHON={named} is no Python"):
        choose(named, tmp_path)


def _script(file: Path, line: str) -> Path:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)
    return file
