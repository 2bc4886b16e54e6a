"""The simulator needs nothing but a Python from 3.9 on."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import fraud_simulator

PACKAGE = Path(fraud_simulator.__file__).parent
MODULES = sorted(PACKAGE.glob("*.py"))
SCRIPT = PACKAGE.parents[2] / "test_script.py"

IMPORT_ALL = """
import importlib, json, sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def test_every_module_imports_in_an_isolated_python_and_brings_the_standard_library_only() -> None:
    names = [f"fraud_simulator.{module.stem}" for module in MODULES]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", IMPORT_ALL, str(PACKAGE.parent), *names],
        capture_output=True,
        text=True,
        check=True,
    )
    brought = set(json.loads(done.stdout))
    assert brought - set(sys.stdlib_module_names) == {"fraud_simulator"}


@pytest.mark.parametrize("path", [*MODULES, SCRIPT], ids=lambda path: path.name)
def test_the_syntax_is_that_of_python_3_9(path: Path) -> None:
    ast.parse(path.read_text(), path.name, feature_version=(3, 9))


def test_the_script_at_the_root_explains_itself_without_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--help"], capture_output=True, text=True, check=True
    )
    assert "python3 test_script.py --num_requests 1000 --delay 0.1" in done.stdout
    assert "BASE_URL" in done.stdout
