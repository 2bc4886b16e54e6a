"""Results as tables and as JSON."""

import json
from datetime import UTC, datetime

import pytest

from fraudctl.output import Form, show, show_all

ROW = {"name": "model", "share": 0.123456789, "tags": ["a", "b"]}


def test_one_result_is_a_line_per_field(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROW, Form.TABLE)
    assert capsys.readouterr().out == 'name   model\nshare  0.123457\ntags   ["a", "b"]\n'


def test_results_stand_under_their_headings(capsys: pytest.CaptureFixture[str]) -> None:
    show_all([{"alias": "production", "model": "v1"}, {"alias": "x", "model": "v10"}], Form.TABLE)
    assert capsys.readouterr().out == "alias       model\nproduction  v1\nx           v10\n"


def test_no_results_are_no_lines_and_an_empty_array(capsys: pytest.CaptureFixture[str]) -> None:
    show_all([], Form.TABLE)
    assert capsys.readouterr().out == ""
    show_all([], Form.JSON)
    assert json.loads(capsys.readouterr().out) == []


def test_values_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_all([{"model": "v1\x1b[2J\x1b]0;title\x07", "by": "\u202egro.evil\x9b"}], Form.TABLE)
    assert capsys.readouterr().out == "model             by\nv1�[2J�]0;title�  �gro.evil�\n"


def test_a_value_of_several_lines_stands_on_one(capsys: pytest.CaptureFixture[str]) -> None:
    show_all([{"why": "too many\nblocks", "by": "ann"}], Form.TABLE)
    assert capsys.readouterr().out == "why              by\ntoo many blocks  ann\n"


def test_json_keeps_types_and_digits(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROW, Form.JSON)
    assert json.loads(capsys.readouterr().out) == ROW


def test_a_time_is_told_to_the_second_to_people_and_exactly_to_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = {"since": datetime(2026, 11, 24, 15, 0, 1, 234567, UTC)}
    show(row, Form.TABLE)
    show(row, Form.JSON)
    table, text = capsys.readouterr().out.split("\n", 1)
    assert "since  2026-11-24 15:00:01 UTC" == table
    assert json.loads(text) == {"since": "2026-11-24T15:00:01.234567+00:00"}
