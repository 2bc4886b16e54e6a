"""A process that refuses to start says why in one line, whatever an artifact is called."""

import sys

import pytest

from fraud_contract.errors import ArtifactCorrupt
from fraud_serving.process import run


def test_a_refusal_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ArtifactCorrupt("odd\x1b[2J name")

    monkeypatch.setattr(sys, "argv", ["fraud_predictor"])
    assert 1 == run(refuse)
    assert "error: odd\ufffd[2J name\n" == capsys.readouterr().err
