"""`fraudctl monitor status`: what the monitor of a workspace left, or one at a port knows."""

import json
from pathlib import Path

from fraud_monitor.core.drift import Drift, State
from fraud_monitor.core.judgement import Judgement
from fraud_monitor.core.outcome import OutcomeDrift
from fraud_monitor.http.port import Port
from fraud_monitor.http.status import STATUS, MonitorStatus, ReleaseStatus
from fraudctl.commands.monitor.status import tables
from support.fraudctl import fraudctl
from support.processes import free_port


def drift(name: str, span: str, payments: float, state: State, limit: float | None = None) -> Drift:
    return Drift(
        name=name,
        span=span,
        psi=0.02,
        by_chance=0.001,
        limit=limit,
        payments=payments,
        needed=2_000,
        state=state,
    )


KNOWN = MonitorStatus(
    installation="here",
    written=1_793_577_660.0,
    delivered=1,
    delivery_failures=0,
    delivery_error="",
    releases=(
        ReleaseStatus(
            release="fraud-r1",
            begins=1_793_577_600.0,
            ends=1_793_577_660.0,
            figures={"requests/total": 50.0, "expected_cost/per_1000": 120.5},
            judgement=Judgement(
                drifts=(
                    drift("amount", "day", 5_000, State.MOVED, 0.011),
                    drift("amount", "week", 5_000, State.INSUFFICIENT),
                    drift("hour", "day", 50, State.INSUFFICIENT),
                ),
                outcomes=(
                    OutcomeDrift(
                        name="blocked",
                        span="day",
                        value=0.01,
                        reference=0.004,
                        lower=0.003,
                        upper=0.005,
                        payments=5_000,
                        state=State.MOVED,
                    ),
                ),
            ),
            alerts={"day": "amount; blocked"},
            importance={"amt": 2.5},
            waiting=3,
            run_url="http://w-and-b.test/runs/r1",
        ),
    ),
)


def test_each_figure_of_drift_stands_beside_its_limit_and_what_it_lacks() -> None:
    [summary], drifts, outcomes, importance = tables(KNOWN)
    assert {
        "release": "fraud-r1",
        "window": "2026-11-02 00:00:00 UTC to 2026-11-02 00:01:00 UTC",
        "requests/total": 50.0,
        "expected_cost/per_1000": 120.5,
        "alerts": "day: amount; blocked",
        "windows not delivered": 3,
        "W&B": "http://w-and-b.test/runs/r1",
    } == summary
    assert ["moved", "insufficient: not yet seen for a whole week", "insufficient"] == [
        row["state"] for row in drifts
    ]
    assert (0.02, 0.011, 5_000, 2_000) == tuple(
        drifts[0][name] for name in ("PSI", "limit", "payments", "needed")
    )
    assert [("blocked", 0.003, 0.005, "moved")] == [
        (row["outcome"], row["lower limit"], row["upper limit"], row["state"]) for row in outcomes
    ]
    assert [{"fact": "amt", "contribution": 2.5}] == importance


def test_what_a_monitor_left_and_what_one_knows_are_shown_in_both_forms(tmp_path: Path) -> None:
    nothing = fraudctl(tmp_path, "monitor", "status")
    assert (1, "") == (nothing.returncode, nothing.stdout)
    assert nothing.stderr.startswith("error: No monitor has run here yet: ")
    assert "Start one with `fraudctl serve`" in nothing.stderr
    folder = tmp_path / "var" / "monitor"
    folder.mkdir(parents=True)
    KNOWN.write(folder / STATUS)
    port = Port("127.0.0.1", free_port(), lambda: KNOWN)
    url = f"http://127.0.0.1:{port.number}"
    try:
        kept, asked = (
            fraudctl(tmp_path, "monitor", "status", *where, "-o", "json") for where in ((), ("--url", url))
        )
    finally:
        port.close()
    away = fraudctl(tmp_path, "monitor", "status", "--url", url)
    assert KNOWN.model_dump(mode="json") == json.loads(asked.stdout)
    [shown] = json.loads(kept.stdout)["releases"]
    assert KNOWN.releases[0].model_dump(mode="json") | {"run_url": "runs/r1"} == shown
    assert "to look at a run: fraudctl registry browse" in kept.stderr
    assert (1, True) == (away.returncode, away.stderr.startswith(f"error: No monitor answers at {url} "))
    assert "insufficient: not yet seen for a whole week" in fraudctl(tmp_path, "monitor", "status").stdout
