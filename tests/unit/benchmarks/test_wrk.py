"""What the load generator prints, read."""

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.load.wrk import Load, drive, parse

_OUTPUT = """Running 1s test @ http://127.0.0.1:8080/predict/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.10ms    0.50ms   9.00ms   90.00%
Requests/sec:   7500.12

measured seconds=1.100000 requests=8250 failed=3 p50_ms=2.0150 p99_ms=4.2500
"""


def test_the_scripts_line_is_read() -> None:
    assert Load(1.1, 8250, 3, 2.015, 4.25) == parse(_OUTPUT)


def test_the_rate_is_over_the_time_measured() -> None:
    assert pytest.approx(7500) == parse(_OUTPUT).rate


def test_output_without_the_line_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="no measurement"):
        parse("Requests/sec: 7500.12\n")


def test_a_service_that_is_not_there_ends_the_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrk = tmp_path / "wrk"
    wrk.write_text("#!/bin/sh\necho unable to connect >&2\nexit 1\n")
    wrk.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(BenchmarkError, match="unable to connect"):
        drive("http://127.0.0.1:1/", tmp_path / "bodies", 1, 1)


def test_failed_requests_end_the_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrk = tmp_path / "wrk"
    wrk.write_text(f"#!/bin/sh\necho '{_OUTPUT.splitlines()[-1]}'\n")
    wrk.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(BenchmarkError, match="3 of 8250 requests over 16 connections failed"):
        drive("http://127.0.0.1:1/", tmp_path / "bodies", 16, 1)
