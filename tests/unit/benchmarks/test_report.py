"""The report and the page."""

import json
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures.goals import GOALS, Summaries
from benchmarks.figures.page import PAGE, with_figures
from benchmarks.figures.plot import draw
from benchmarks.figures.report import Report
from benchmarks.plan import Plan
from benchmarks.services.variants import VARIANTS


@pytest.fixture
def report(summaries: Summaries) -> Report:
    return Report("make bench", Plan.full(5, 5), {"processor": "one"}, summaries)


def test_every_variant_has_a_line_with_median_and_spread(report: Report) -> None:
    text = report.markdown()
    for variant in VARIANTS:
        assert f"| {variant.title} |" in text
    assert "| **(c) two processes, gRPC** | 12,500 [12,500-12,500] |" in text


def test_every_goal_is_judged(report: Report) -> None:
    assert len(GOALS) == report.markdown().count("| yes") + report.markdown().count("| **no** |")
    assert "| memory, PSS | **(d) standalone** | ≤ 220 MiB |  | 250 MiB | **no** |" in report.markdown()


def test_every_line_of_a_table_has_as_many_cells_as_its_head(report: Report) -> None:
    for block in report.markdown().split("\n\n"):
        rows = [line.count("|") for line in block.splitlines() if line.startswith("|")]
        assert len(set(rows)) <= 1


def test_json_holds_the_same_figures(report: Report) -> None:
    content = json.loads(report.json())
    assert 12_500 == content["variants"]["pair"]["points"]["64"]["rate"]["median"]
    assert [goal.what for goal in GOALS] == [each["what"] for each in content["goals"]]


def test_figures_go_between_the_markers_and_the_prose_stays() -> None:
    page = PAGE.read_text()
    first = with_figures(page, "one")
    assert with_figures(first, "two") == with_figures(page, "two")
    assert page.split("<!--")[0] == first.split("<!--")[0]


def test_a_page_without_markers_is_not_touched() -> None:
    with pytest.raises(BenchmarkError, match="markers"):
        with_figures("prose", "figures")


def test_the_picture_is_drawn(summaries: Summaries, tmp_path: Path) -> None:
    draw(summaries, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
