"""The kiosk's messages to systemd, received at a socket like systemd's."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.station.systemd import ServiceManager

Undelivered = Callable[[], list[str]]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(5)
        yield receiver, address


@pytest.fixture
def undelivered(caplog: pytest.LogCaptureFixture) -> Undelivered:
    """The messages that did not reach the manager."""
    caplog.set_level(logging.DEBUG, "kiosk.station.systemd")
    return lambda: [str(record.args[0]) for record in caplog.records if isinstance(record.args, tuple)]


def test_it_reports_ready_alive_and_stopping(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    service = ServiceManager({"NOTIFY_SOCKET": address})
    for send, message in (
        (service.ready, b"READY=1"),
        (service.keep_alive, b"WATCHDOG=1"),
        (service.stopping, b"STOPPING=1"),
    ):
        send()
        assert receiver.recv(100) == message
    service.close()


def test_a_name_in_the_abstract_namespace_is_found(tmp_path: Path) -> None:
    name = f"zhengguan-test-{tmp_path.name}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        receiver.settimeout(5)
        service = ServiceManager({"NOTIFY_SOCKET": "@" + name})
        service.keep_alive()
        assert receiver.recv(100) == b"WATCHDOG=1"
        service.close()


def test_without_systemd_nothing_is_reported() -> None:
    service = ServiceManager({})
    service.ready()
    assert service._socket is None
    service.close()


def test_a_manager_that_is_gone_does_not_stop_the_kiosk(
    manager: tuple[socket.socket, str], undelivered: Undelivered
) -> None:
    receiver, address = manager
    service = ServiceManager({"NOTIFY_SOCKET": address})
    receiver.close()
    service.keep_alive()
    assert undelivered() == ["WATCHDOG=1"]
    service.close()


def test_a_manager_that_does_not_read_does_not_block_the_kiosk(
    manager: tuple[socket.socket, str], undelivered: Undelivered
) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": manager[1]})
    for _ in range(10_000):  # more than any queue holds: a blocking socket would hang here
        service.keep_alive()
    assert undelivered(), "the queue was full"
    service.close()


def test_a_ready_that_was_not_delivered_is_sent_again(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    service = ServiceManager({"NOTIFY_SOCKET": address})
    service.ready()  # there is no socket yet: the manager is restarting
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(5)
        service.keep_alive()
        service.keep_alive()
        assert [receiver.recv(100) for _ in range(2)] == [b"WATCHDOG=1\nREADY=1", b"WATCHDOG=1"]
    service.close()


def test_a_name_that_no_socket_can_have_does_not_stop_the_kiosk(undelivered: Undelivered) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": "/run/" + "x" * 200})
    service.ready()
    service.keep_alive()
    assert undelivered() == ["READY=1", "WATCHDOG=1\nREADY=1"]
    service.close()
