"""One run, and several side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wandb_local.pages.artifacts import MOST_FILES, VersionName, named
from wandb_local.pages.chart import Chart, Course, chart
from wandb_local.pages.environment import render
from wandb_local.pages.media import media_of
from wandb_local.pages.projects import TABLES_OF_RUNS, summary_of
from wandb_local.pages.values import config_of, flat, is_figure, readable_time
from wandb_local.store import Store
from wandb_local.store.records import Artifact, Project, Run
from wandb_local.store.runs.streams import Stream

MOST_COMPARED = 8
"""Runs side by side, and lines in one chart."""

_CONSOLE_LINES = 200
_POINTS = 500
"""Rows of the history a chart is drawn from, evenly spaced."""

_CHARTS = 60


def run_page(store: Store, project: Project, run: Run) -> str:
    """A run with its config, what it measured, and what it used and made."""
    return render(
        "run.html",
        run.display_name or run.name,
        ((project.entity, project.name),),
        project=project,
        run=run,
        facts=facts_of(run),
        alerts=store.alerts.of_run(run),
        charts=_charts({run.display_name or run.name: _courses(store, run)}),
        summary=summary_of(run),
        config=flat(config_of(run.config)),
        media=media_of(store, files := store.run_files.of_run(run)),
        files=files[:MOST_FILES],
        more_files=len(files[MOST_FILES:]),
        used=_versions(store, store.lineage.inputs(run)),
        logged=[made for made in _versions(store, store.lineage.outputs(run)) if made.type != TABLES_OF_RUNS],
        console="".join(store.streams.tail(run, Stream.CONSOLE, _CONSOLE_LINES)),
    )


def facts_of(run: Run) -> dict[str, str]:
    """What is known about a run; what is empty is left out."""
    facts = {
        "run id": run.name,
        "state": run.state,
        "job type": run.job_type,
        "group": run.group_name,
        "tags": ", ".join(json.loads(run.tags)),
        "commit": run.commit_hash,
        "program": run.program,
        "host": run.host,
        "started (UTC)": readable_time(run.created_at),
        "last heard of (UTC)": readable_time(run.heartbeat_at),
    }
    return {name: value for name, value in facts.items() if value}


def _versions(store: Store, artifacts: Sequence[Artifact]) -> list[VersionName]:
    return [named(store, artifact) for artifact in artifacts]


def _courses(store: Store, run: Run) -> dict[str, Course]:
    """The course of every numeric metric."""
    courses = dict[str, list[tuple[float, float]]]()
    for position, row in enumerate(store.streams.sample(run, Stream.HISTORY, _POINTS)):
        step = row.get("_step")
        at = float(step if is_figure(step) else position)
        for key, value in flat(row).items():
            if is_figure(value):
                courses.setdefault(key, []).append((at, float(value)))
    return dict(courses)


def _charts(courses: Mapping[str, Mapping[str, Course]]) -> list[Chart]:
    """A chart of each metric, with a line of each run that has it."""
    keys = sorted({key for of_run in courses.values() for key in of_run})[:_CHARTS]
    charts = [chart(key, {name: of[key] for name, of in courses.items() if key in of}) for key in keys]
    return [found for found in charts if found is not None]


@dataclass(frozen=True, slots=True)
class Row:
    """One key with the value of each run; `differs` when they are not all the same."""

    key: str
    values: Sequence[object]

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return any(value != self.values[0] for value in self.values)


def _rows(sides: Sequence[Mapping[str, object]]) -> list[Row]:
    keys = dict.fromkeys(key for side in sides for key in side)
    return [Row(key, [side.get(key) for side in sides]) for key in keys]


def comparison_page(store: Store, project: Project, runs: Sequence[Run]) -> str:
    """Runs side by side, what differs first to be seen."""
    labels = [f"{run.display_name} ({run.name})" if run.display_name else run.name for run in runs]
    return render(
        "comparison.html",
        f"{len(runs)} runs compared",
        ((project.entity, project.name),),
        project=project,
        runs=runs,
        facts=_rows([facts_of(run) for run in runs]),
        summary=_rows([summary_of(run) for run in runs]),
        config=_rows([flat(config_of(run.config)) for run in runs]),
        charts=_charts(dict(zip(labels, (_courses(store, run) for run in runs), strict=True))),
    )
