"""The ports on which tests start processes."""

from itertools import chain
from pathlib import Path

from support.processes import free_port, own_ports


def test_workers_take_ports_that_neither_another_worker_nor_the_system_gives() -> None:
    ports = list(chain.from_iterable(own_ports(f"gw{number}") for number in range(6)))
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len(ports) == len(set(ports))
    assert max(ports) < lowest


def test_a_port_is_not_given_twice_before_its_process_has_opened_it() -> None:
    given = [free_port() for _ in range(500)]
    assert len(given) == len(set(given))
