"""The simulated camera on the network: it accepts one initiator, and can be unplugged or enter standby."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Final

from hardware.simulators.ptp_camera import packets
from hardware.simulators.ptp_camera.body import Body
from hardware.simulators.ptp_camera.dialects import DialectFactory, Nikon
from hardware.simulators.ptp_camera.packets import PacketType, Refusal
from hardware.simulators.ptp_camera.session import Session, Traffic

log = logging.getLogger(__name__)

_DISCONNECT_TIMEOUT_S: Final = 0.5
"""Seconds that a new initiator waits for the last one to disconnect."""


class Server:
    """Owns the sockets. `plug` and `unplug` are called from one thread, the tester's."""

    def __init__(self, body: Body, port: int = 0, make_dialect: DialectFactory = Nikon) -> None:
        self.body = body
        self.port = port
        self.traffic = Traffic()
        self._make_dialect = make_dialect
        self._listener: socket.socket | None = None
        self._session: Session | None = None
        self._session_lock = threading.Lock()
        self._refused_attempts = 0  # initiators still to be rejected before it is awake
        self._connections = 0
        body.on_event = self._send_event

    @property
    def has_initiator(self) -> bool:
        return self._session is not None and not self._session.ended.is_set()

    def plug(self) -> None:
        """Accept initiators from now on, on the same port as before."""
        if self._listener is None:
            self._refused_attempts = 0
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def unplug(self) -> None:
        """Break every connection and reject new ones. A camera that hung works again when it is plugged in."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)  # before close, otherwise one more initiator could connect
            listener.close()
        self.drop()
        self.body.switch_off()

    def reset(self) -> None:
        """Unplug, reset to the state at the start, and plug in."""
        self.unplug()
        self.body.reset()
        self.traffic.bytes_per_second = 0.0
        self.traffic.operation_counts.clear()
        self.plug()

    def drop(self) -> None:
        """Break the connection; the next initiator is accepted."""
        if self._session is not None:
            self._session.end()

    def sleep(self, attempts: int) -> None:
        """Enter standby: break the connection and reject `attempts` initiators; the last one wakes it."""
        self._refused_attempts = attempts
        self.drop()
        self.body.switch_off()

    def wake(self) -> None:
        self._refused_attempts = 0

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # unplugged
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._on_connection, args=(connection,), daemon=True).start()

    def _on_connection(self, connection: socket.socket) -> None:
        with connection:
            try:
                kind, payload = packets.receive(connection)
                if kind == PacketType.INIT_COMMAND_REQUEST:
                    self._accept_commands(connection)
                elif kind == PacketType.INIT_EVENT_REQUEST:
                    self._accept_events(connection, int.from_bytes(payload[:4], "little"))
            except OSError as error:
                log.info("A connection has ended: %s", error)

    def _accept_commands(self, connection: socket.socket) -> None:
        with self._session_lock:
            if self._refused_attempts > 0:
                self._refused_attempts -= 1
                return packets.send(connection, PacketType.INIT_FAIL, int(Refusal.REJECTED).to_bytes(4, "little"))
            if self._session is not None and not self._session.wait_until_gone(_DISCONNECT_TIMEOUT_S):
                return packets.send(connection, PacketType.INIT_FAIL, int(Refusal.BUSY).to_bytes(4, "little"))
            self._connections += 1
            session = self._session = Session(
                self.body, self.traffic, connection, self._connections, self._make_dialect(self.body)
            )
        packets.send(
            connection, PacketType.INIT_COMMAND_ACK, packets.command_ack(session.number, self.body.identity.model)
        )
        session.serve()

    def _accept_events(self, connection: socket.socket, number: int) -> None:
        session = self._session
        if session is None or session.number != number:
            return packets.send(connection, PacketType.INIT_FAIL, int(Refusal.REJECTED).to_bytes(4, "little"))
        session.serve_events(connection)

    def _send_event(self, code: int, parameter: int) -> None:
        if self._session is not None:
            self._session.send_event(code, parameter)
