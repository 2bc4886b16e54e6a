"""Where a local release answers."""

import socket

import pytest

from fraud_local.endpoint import Endpoint, Listening
from fraud_processes.errors import PortInUse
from fraud_processes.ports import any_free, is_free


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:9090"),
        ("::", "http://localhost:9090"),
        ("192.0.2.7", "http://192.0.2.7:9090"),
        ("2001:db8::7", "http://[2001:db8::7]:9090"),
    ],
    ids=["loopback", "any", "address", "ipv6"],
)
def test_the_url_leads_there_from_this_machine(host: str, url: str) -> None:
    assert Endpoint(host, 9090, 8081, 9091).url == url


def test_the_port_that_was_asked_for_is_taken_and_the_others_are_free() -> None:
    (port,) = any_free(1)
    endpoint = Endpoint.choose(Listening(http=port))
    assert endpoint.http == port
    assert all(is_free(each, "127.0.0.1") for each in (endpoint.grpc, endpoint.admin))


def test_a_busy_port_is_refused_with_another_one_to_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"FRAUDCTL_PORT={port + 101} with make\.$"):
            Endpoint.choose(Listening(http=port))


def test_a_listener_that_localhost_would_reach_first_counts_as_busy() -> None:
    listening = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with listening, pytest.raises(PortInUse, match=r"is in use by pid"):
        Endpoint.choose(Listening(http=listening.getsockname()[1]))


def test_each_port_that_was_asked_for_is_taken_or_refused_by_name() -> None:
    http, grpc, admin = any_free(3)
    listening = Listening("127.0.0.1", http, grpc, admin)
    assert Endpoint("127.0.0.1", http, grpc, admin) == Endpoint.choose(listening)
    for port, option in ((grpc, "--grpc-port"), (admin, "--admin-port")):
        busy = socket.create_server(("127.0.0.1", port))
        with busy, pytest.raises(PortInUse, match=f"port {port} is in use by pid .* {option} "):
            Endpoint.choose(listening)


def test_the_planned_ports_move_with_the_http_port() -> None:
    assert [19100, 18091, 19101] == [port.number for port in Listening(http=19100).planned()]
    assert [9090, 8081, 9091] == [port.number for port in Listening().planned()]


def test_an_endpoint_says_where_everything_is() -> None:
    expected = "https://localhost:1, gRPC localhost:2, metrics and readiness http://localhost:3"
    assert expected == str(Endpoint("::", 1, 2, 3, "https"))
