"""Ctrl-C before the command has begun."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

import pytest

from fraudctl.entry import main


class Interrupting(MetaPathFinder):
    """Ctrl-C comes when `name` is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """Of no module."""
        del path, target
        if fullname == self._name:
            raise KeyboardInterrupt
        return None


def test_ctrl_c_while_modules_are_read_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fraudctl.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting("fraudctl.main"), *sys.meta_path])
    assert 130 == main()
