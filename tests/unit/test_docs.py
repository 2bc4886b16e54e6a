"""The reference pages say what the code says, and the site has no broken link."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import settings
from docs.generate.pages import FOLDER, PAGES
from docs.generate.table import table
from fraud_monitor.settings import MonitorSettings
from fraud_predictor.settings import PredictorSettings
from fraud_transformer.settings import RemoteTransformerSettings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    assert PAGES[name]() == (FOLDER / name).read_text(), "run make docs"


def test_every_setting_is_listed_once_with_a_meaning() -> None:
    rows = [line.split(" | ") for line in settings.page().splitlines() if line.startswith("| `FRAUD_")]
    names = [row[0].strip("| `") for row in rows]
    known = (
        RemoteTransformerSettings.variables() | PredictorSettings.variables() | MonitorSettings.variables()
    )
    assert names == sorted(known)
    assert [] == [name for name, row in zip(names, rows, strict=True) if not row[-1].strip(" |")]


def test_a_cell_with_a_bar_and_a_line_break_stays_one_cell() -> None:
    assert table(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |"


def test_the_site_builds_without_a_broken_link(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", ROOT / "docs", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
