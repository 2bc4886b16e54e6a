"""The ports on which the project and its tests start processes."""

import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from fraud_processes import ports
from fraud_processes.errors import PortInUse
from fraud_processes.ports import any_free
from support.processes import free_port, own_ports

CHOOSE = "from fraud_processes.ports import any_free; print(*any_free(5))"


def lowest_of_the_system() -> int:
    """The first port that Linux gives to a connection."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def test_a_free_port_is_none_that_the_system_gives_to_a_connection_or_a_test_to_a_process() -> None:
    chosen = any_free(50)
    assert max(chosen) < lowest_of_the_system()
    assert set() == set(chosen) & set(chain.from_iterable(own_ports(f"gw{number}") for number in range(6)))


def test_processes_that_choose_at_once_choose_different_ports() -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", CHOOSE], stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    chosen = [port for process in processes for port in process.communicate(timeout=240)[0].split()]
    assert (40, 40) == (len(chosen), len(set(chosen)))


def test_more_ports_than_are_free_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port, host: port % 4_000 == 0)
    assert {12_000, 16_000} == set(any_free(2))
    with pytest.raises(PortInUse, match="no 3 ports of 10000 to 17999 are free"):
        any_free(3)


def test_workers_take_ports_that_neither_another_worker_nor_the_system_gives() -> None:
    given = list(chain.from_iterable(own_ports(f"gw{number}") for number in range(6)))
    assert len(given) == len(set(given))
    assert max(given) < lowest_of_the_system()


def test_a_port_is_not_given_twice_before_its_process_has_opened_it() -> None:
    given = [free_port() for _ in range(500)]
    assert len(given) == len(set(given))
