"""One initiator of the simulated camera: its command connection, its event connection, its session."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from hardware.simulators.ptp_camera import datasets, packets
from hardware.simulators.ptp_camera.body import Body
from hardware.simulators.ptp_camera.codes import DOWNLOADS, Operation, Response
from hardware.simulators.ptp_camera.dialects import Dialect
from hardware.simulators.ptp_camera.faults import Corrupt, Cut, Delay, Fault, Refuse, Silence, corrupt
from hardware.simulators.ptp_camera.operations import Answer
from hardware.simulators.ptp_camera.packets import PacketType, Request

_SLOW_PIECE_BYTES: Final = 8192
_BEFORE_SESSION: Final = (Operation.GET_DEVICE_INFO, Operation.OPEN_SESSION)


@dataclass
class Traffic:
    """Network traffic: `bytes_per_second` is how fast files are sent, 0 for no limit; `operation_counts` counts
    operations."""

    bytes_per_second: float = 0.0
    operation_counts: Counter[int] = field(default_factory=Counter)


class Session:
    """Serves its initiator on the thread of its command connection. `ended` is set when it has ended."""

    def __init__(self, body: Body, traffic: Traffic, connection: socket.socket, number: int, dialect: Dialect) -> None:
        self.number = number
        self.ended = threading.Event()
        self._body, self._traffic = body, traffic
        self._dialect = dialect
        self._commands = connection
        self._events: socket.socket | None = None
        self._event_lock = threading.Lock()
        self._open = False

    def serve(self) -> None:
        """Answer requests until the initiator has disconnected or was disconnected."""
        try:
            while not self.ended.is_set():
                kind, payload = packets.receive(self._commands)
                if kind == PacketType.REQUEST:
                    self._answer(packets.request(payload))
        finally:
            self.end()

    def serve_events(self, connection: socket.socket) -> None:
        """Keep the event connection until the session is over."""
        with self._event_lock:
            packets.send(connection, PacketType.INIT_EVENT_ACK)
            self._events = connection
        try:
            while not self.ended.is_set():
                kind, _ = packets.receive(connection)
                if kind == PacketType.PROBE_REQUEST:
                    packets.send(connection, PacketType.PROBE_RESPONSE)
        finally:
            self.end()

    def end(self) -> None:
        """Break both connections at once."""
        self.ended.set()
        for connection in (self._commands, self._events):
            if connection is not None:
                _close_connection(connection)

    def wait_until_gone(self, seconds: float) -> bool:
        """Wait at most `seconds` seconds; return whether the initiator has disconnected."""
        return self.ended.wait(seconds)

    def send_event(self, code: int, parameter: int) -> None:
        """Send an event, unless it is kept until the initiator requests it."""
        event = self._dialect.on_event(code, parameter)
        with (
            self._event_lock,
            contextlib.suppress(OSError),
        ):  # it has just disconnected; the picture stays on the card
            if event is not None and self._events is not None and not self.ended.is_set():
                packets.send(self._events, PacketType.EVENT, event)

    def _answer(self, request: Request) -> None:
        data = packets.receive_data(self._commands) if request.sends_data else b""
        self._traffic.operation_counts[request.operation] += 1
        fault = self._body.faults.pop(request.operation)
        if isinstance(fault, Refuse):
            return self._respond(request, Answer(fault.response), None)
        if isinstance(fault, Silence):
            self.ended.wait()
            return None
        if isinstance(fault, Delay):
            self.ended.wait(fault.seconds)
        self._respond(request, self._execute(request, data), fault)

    def _execute(self, request: Request, data: bytes) -> Answer:
        if not self._open and request.operation not in _BEFORE_SESSION:
            return Answer(Response.SESSION_NOT_OPEN)
        if request.operation == Operation.GET_DEVICE_INFO:
            dialect, identity = self._dialect, self._body.identity
            return Answer(
                data=datasets.device_info(identity, dialect.vendor, sorted(dialect.operations), dialect.properties)
            )
        if request.operation == Operation.OPEN_SESSION:
            was_open, self._open = self._open, True
            return Answer(Response.SESSION_ALREADY_OPEN if was_open else Response.OK)
        if request.operation == Operation.CLOSE_SESSION:
            self._open = False
            return Answer(self._body.end_live_view())
        return self._dialect.answer(request, data)

    def _respond(self, request: Request, answer: Answer, fault: Fault | None) -> None:
        if answer.data is not None:
            data = corrupt_frame(answer.data, fault.how) if isinstance(fault, Corrupt) else answer.data
            self._send_data(request, data, fault.after if isinstance(fault, Cut) else None)
        packets.send(
            self._commands, PacketType.RESPONSE, packets.response(answer.code, request.transaction, *answer.parameters)
        )

    def _send_data(self, request: Request, data: bytes, cut_after: int | None) -> None:
        """Send the data phase, at the speed set for downloads. Raises ConnectionError if a fault cuts it off."""
        bytes_per_second = self._traffic.bytes_per_second if request.operation in DOWNLOADS else 0
        send = packets.send
        send(self._commands, PacketType.START_DATA, packets.data_start(request.transaction, len(data)))
        sent = 0
        pieces = packets.data_pieces(
            request.transaction, data, *([_SLOW_PIECE_BYTES] if bytes_per_second or cut_after is not None else [])
        )
        for kind, piece in pieces:
            if cut_after is not None and sent >= cut_after:
                raise ConnectionError(f"cut off after {sent} bytes")
            send(self._commands, kind, piece)
            sent += len(piece)
            if bytes_per_second and self.ended.wait(len(piece) / bytes_per_second):
                raise ConnectionError("ended while it sent")


def corrupt_frame(data: bytes, how: str) -> bytes:
    """Return a live-view answer (Nikon's header, then the JPEG) with a damaged JPEG."""
    start = max(0, data.find(b"\xff\xd8"))
    return data[:start] + corrupt(data[start:], how)


def _close_connection(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it had disconnected already
