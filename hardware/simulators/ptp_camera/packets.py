"""PTP/IP framing (CIPA DC-005-2005): encode and decode the packets of the command and the event connection."""

from __future__ import annotations

import socket
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_HEADER: Final = struct.Struct("<II")
_MAX_PACKET_BYTES: Final = 1 << 20
"""Longest packet from an initiator, bytes: it sends properties and requests, never pictures."""

_PIECE_BYTES: Final = 1 << 16
_DATA_OUT: Final = 2
"""Data phase in which the initiator sends; 1 means no data, or data that it receives."""

_GUID: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "simulated-camera.invalid").bytes


class PacketType(IntEnum):
    INIT_COMMAND_REQUEST = 1
    INIT_COMMAND_ACK = 2
    INIT_EVENT_REQUEST = 3
    INIT_EVENT_ACK = 4
    INIT_FAIL = 5
    REQUEST = 6
    RESPONSE = 7
    EVENT = 8
    START_DATA = 9
    DATA = 10
    CANCEL = 11
    END_DATA = 12
    PROBE_REQUEST = 13
    PROBE_RESPONSE = 14


class Refusal(IntEnum):
    """Why a camera rejects an initiator (INIT_FAIL)."""

    REJECTED = 1
    BUSY = 2
    UNSPECIFIED = 3


@dataclass(frozen=True)
class Request:
    operation: int
    transaction: int
    parameters: tuple[int, ...]
    sends_data: bool

    def parameter(self, number: int) -> int:
        """Return parameter `number`, from 0; 0 if it is absent, as the standard defines."""
        return self.parameters[number] if number < len(self.parameters) else 0


def send(connection: socket.socket, kind: PacketType, payload: bytes = b"") -> None:
    connection.sendall(_HEADER.pack(_HEADER.size + len(payload), kind) + payload)


def receive(connection: socket.socket) -> tuple[int, bytes]:
    """Return the next packet's type and payload. Raises ConnectionError at its end, and for invalid data."""
    length, kind = _HEADER.unpack(_exactly(connection, _HEADER.size))
    if not _HEADER.size <= length <= _MAX_PACKET_BYTES:
        raise ConnectionError(f"a packet of {length} bytes")
    return kind, _exactly(connection, length - _HEADER.size)


def request(payload: bytes) -> Request:
    phase, operation, transaction = struct.unpack_from("<IHI", payload)
    count = (len(payload) - 10) // 4
    return Request(operation, transaction, struct.unpack_from(f"<{count}I", payload, 10), phase == _DATA_OUT)


def receive_data(connection: socket.socket) -> bytes:
    """Return what the initiator sends in its data phase, joined."""
    data = b""
    while True:
        kind, payload = receive(connection)
        if kind in (PacketType.DATA, PacketType.END_DATA):
            data += payload[4:]
        if kind != PacketType.START_DATA and kind != PacketType.DATA:
            return data


def command_ack(number: int, name: str) -> bytes:
    return struct.pack("<I", number) + _GUID + f"{name}\0".encode("utf-16-le") + struct.pack("<HH", 0, 1)


def data_start(transaction: int, size: int) -> bytes:
    return struct.pack("<IQ", transaction, size)


def data_pieces(transaction: int, data: bytes, piece: int = _PIECE_BYTES) -> Iterator[tuple[PacketType, bytes]]:
    """Split `data` into packets of at most `piece` bytes; the last is END_DATA, also if it is empty."""
    head = struct.pack("<I", transaction)
    whole = max(0, -(-len(data) // piece) - 1) * piece
    for start in range(0, whole, piece):
        yield PacketType.DATA, head + data[start : start + piece]
    yield PacketType.END_DATA, head + data[whole:]


def response(code: int, transaction: int, *parameters: int) -> bytes:
    return struct.pack(f"<HI{len(parameters)}I", code, transaction, *parameters)


def event(code: int, *parameters: int) -> bytes:
    return struct.pack(f"<HI{len(parameters)}I", code, 0, *parameters)


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        more = connection.recv(size - len(received))
        if not more:
            raise ConnectionError("the initiator has gone")
        received += more
    return bytes(received)
