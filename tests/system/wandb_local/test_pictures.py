"""The pictures of a run's page, of what the real SDK sends."""

import re

import numpy as np
import wandb

from support.registries.sdk import Sdk


def figures_of(page: str, label: str) -> list[list[str]]:
    """The cells of the table with this label, by row."""
    table = page.partition(f'aria-label="{label}"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in rows]


def test_a_run_shows_what_moved_histograms_over_time_and_bars(sdk: Sdk) -> None:
    bounds = np.array([0.0, 0.01, 0.5, 1.0])
    with sdk.init() as run:
        for step in range(3):
            table = wandb.Table(columns=["fact", "mean"], data=[["hour", 1.0 + step], ["amt", 4.0]])
            run.log(
                {
                    "drift/amount": 0.01 * (1 + step),
                    "limits/drift/amount/upper": 0.02,
                    "outcome/blocked": 0.004,
                    "limits/outcome/blocked/lower": 0.003,
                    "limits/outcome/blocked/upper": 0.005,
                    "scores": wandb.Histogram(np_histogram=(np.array([90.0 - 40 * step, 10.0, 0.0]), bounds)),
                    "sampled": wandb.Histogram(
                        np.linspace(step, step + 10, 200).tolist()
                    ),  # 64 bins, others each time
                    "importance": wandb.plot.bar(table, "fact", "mean", title="What decides"),
                    "requests/total": step,
                }
            )
    page = sdk.page(f"{sdk.project}/runs/{run.id}")
    assert "1 of 2 beyond their limits: drift/amount<" in page
    assert [
        ["drift/amount", "beyond", "0.03", "", "0.02"],
        ["outcome/blocked", "within", "0.004", "0.003", "0.005"],
    ] == figures_of(page, "Limits")
    assert [
        ["0", "0.01", "0.833333", "0.5"],
        ["0.01", "0.5", "0.166667", "0.5"],
        ["0.5", "1", "0", "0"],
    ] == figures_of(page, "scores as a table")
    sampled = figures_of(page, "sampled as a table")
    assert (32, "0", "12") == (len(sampled), sampled[0][0], sampled[-1][1])
    assert ["0", "0"] == [sampled[0][3], sampled[4][3]]  # the last histogram begins at 2
    assert 1.0 == round(sum(float(row[2]) for row in sampled), 4)
    assert [["amt", "4"], ["hour", "3"]] == [row[:2] for row in figures_of(page, "What decides")]
    curves = re.findall(r"<figcaption>([^<:]+)</figcaption>", page)
    assert ["drift/amount", "What decides", "outcome/blocked", "requests/total"] == curves
