"""TLS on request: both public ports, a renewed certificate without a restart, bad files told at once."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import httpx
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from fraud_contract.errors import SettingsError
from fraud_serving.certificate import Certificate
from fraud_serving.http.handshakes import HANDSHAKES
from support.artifacts.releases import Folders
from support.certificates import SelfSigned, issue
from support.clients.load import GOOD, tensors
from support.processes import Process, Start
from support.waiting import HANG, eventually

RENEWAL = 60
"""Seconds that a renewed certificate may take to be shown: twice what a busy machine needs."""


def start_with(start: Start, folders: Folders, files: SelfSigned, **settings: object) -> Process:
    return start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        TLS_CERT=files.chain,
        TLS_KEY=files.key,
        **settings,
    )


def over_https(process: Process, trusted: ssl.SSLContext) -> httpx.Response:
    with httpx.Client(verify=trusted, timeout=240) as client:
        return client.post(f"https://localhost:{process.http_port}/predict", json=GOOD)


def over_grpc(process: Process, certificate: bytes) -> str:
    credentials = grpc.ssl_channel_credentials(certificate)
    with grpc.secure_channel(f"localhost:{process.grpc_port}", credentials) as channel:
        return str(stubs.GRPCInferenceServiceStub(channel).ModelInfer(tensors(), timeout=240).model_name)


def shows(process: Process, files: SelfSigned) -> bool:
    """Whether both ports show the certificate that is in the files."""
    try:
        over_https(process, files.trusting())
        over_grpc(process, files.chain.read_bytes())
    except (httpx.ConnectError, grpc.RpcError):
        return False
    return True


def test_both_public_ports_speak_tls_and_show_a_renewed_certificate(
    start: Start, folders: Folders, tmp_path: Path
) -> None:
    first, renewed, served = (
        issue(tmp_path / "first"),
        issue(tmp_path / "renewed"),
        issue(tmp_path / "served"),
    )
    shutil.copytree(first.chain.parent, served.chain.parent, dirs_exist_ok=True)
    process = start_with(start, folders, served)
    process.wait_ready()
    assert over_https(process, first.trusting()).json()["prediction"] == "non-fraudulent"
    assert over_grpc(process, first.chain.read_bytes()) == "fraud"
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{process.url}/predict", json=GOOD)

    shutil.copy(renewed.chain, served.chain)  # without its key yet: the old pair stays in use
    time.sleep(2)
    assert shows(process, first)

    shutil.copy(renewed.key, served.key)
    deadline = time.monotonic() + RENEWAL
    while not shows(process, renewed):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not shows(process, first)


def no_such_file(files: SelfSigned) -> None:
    files.key.unlink()


def no_pem(files: SelfSigned) -> None:
    files.chain.write_text("not a certificate")


def key_of_another(files: SelfSigned) -> None:
    shutil.copy(issue(files.key.parent / "other").key, files.key)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (no_such_file, "No such file or directory"),
        (no_pem, "it is no PEM certificate with its own key"),
        (key_of_another, "it is no PEM certificate with its own key"),
    ],
)
def test_a_certificate_and_key_that_do_not_match_are_reported_in_one_line(
    tmp_path: Path, fault: Callable[[SelfSigned], None], told: str
) -> None:
    files = issue(tmp_path / "tls")
    fault(files)
    with pytest.raises(SettingsError) as refused:
        Certificate.at(files.chain, files.key)
    assert told in refused.value.message
    assert "\n" not in refused.value.message


def test_for_the_password_of_an_encrypted_key_nobody_is_asked(tmp_path: Path) -> None:
    files = issue(tmp_path / "tls")
    key = load_pem_private_key(files.key.read_bytes(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    files.key.write_bytes(encrypted)
    read = """
import sys
from pathlib import Path
from fraud_serving.certificate import Certificate
Certificate.at(Path(sys.argv[1]), Path(sys.argv[2]))
"""
    command = [sys.executable, "-c", read, str(files.chain), str(files.key)]
    # A person who says nothing: without a terminal, OpenSSL asks its standard input.
    asked = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with asked:
        try:
            assert 1 == asked.wait(HANG)
        finally:
            asked.kill()
        assert asked.stderr
        assert "it is no PEM certificate with its own key" in asked.stderr.read()


def test_one_file_without_the_other_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="go together"):
        Certificate.at(issue(tmp_path / "tls").chain, None)


def test_a_process_with_bad_files_ends_before_its_ports_open(
    start: Start, folders: Folders, tmp_path: Path
) -> None:
    files = issue(tmp_path / "tls")
    no_pem(files)
    process = start_with(start, folders, files)
    _, errors = process.popen.communicate(timeout=240)
    assert process.popen.returncode == 1
    [said] = [line for line in errors.splitlines() if " INFO " not in line]
    assert said.startswith("error: Cannot use the certificate")


def test_unfinished_tls_handshakes_time_out(start: Start, folders: Folders, tmp_path: Path) -> None:
    files = issue(tmp_path / "tls")
    process = start_with(start, folders, files, HEAD_TIMEOUT=2)
    process.wait_ready()
    with socket.create_connection(("127.0.0.1", process.http_port), timeout=RENEWAL) as silent:
        assert b"" == silent.recv(1)


def test_a_further_unfinished_handshake_takes_the_place_of_the_oldest(
    start: Start, folders: Folders, tmp_path: Path
) -> None:
    files = issue(tmp_path / "tls")
    process = start_with(start, folders, files, HEAD_TIMEOUT=HANG)
    process.wait_ready()
    with contextlib.ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", process.http_port), timeout=RENEWAL))
            for _ in range(HANDSHAKES + 2)
        ]
        assert [b"", b""] == [each.recv(1) for each in silent[:2]]
        assert 200 == over_https(process, files.trusting()).status_code  # a third gave its place up for it
        assert b"" == silent[2].recv(1)
        silent[3].setblocking(False)
        with pytest.raises(BlockingIOError):
            silent[3].recv(1)


def test_unfinished_tls_handshakes_do_not_end_the_process(
    start: Start, folders: Folders, tmp_path: Path
) -> None:
    files = issue(tmp_path / "files")
    process = start_with(start, folders, files)
    process.wait_ready()
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            for content in [b""] * 1_100 + [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] * 200:
                with contextlib.suppress(OSError):
                    address = ("127.0.0.1", process.grpc_port)
                    opened = stack.enter_context(socket.create_connection(address, timeout=60))
                    opened.sendall(content)
        eventually(lambda: shows(process, files), seconds=60)
