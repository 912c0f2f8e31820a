"""Command lines of a tester for the simulated camera: plug, card, shutter and faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hardware.simulators.ptp_camera.codes import DOWNLOADS, Event, Operation, Property, Response
from hardware.simulators.ptp_camera.eos import EosOperation
from hardware.simulators.ptp_camera.faults import (
    ALWAYS,
    CORRUPTIONS,
    EXPOSING,
    FOCUSING,
    Corrupt,
    Cut,
    Delay,
    Fault,
    Refuse,
    Silence,
)
from hardware.simulators.ptp_camera.server import Server

_OPERATION_NAMES: Final = {code.value: code.name.lower() for code in (*Operation, *EosOperation)}
_CAPTURES: Final = (Operation.INITIATE_CAPTURE, Operation.CAPTURE_TO_MEDIA, EosOperation.RELEASE_ON)
_FRAMES: Final = (Operation.GET_LIVE_VIEW_IMAGE, EosOperation.GET_LIVE_VIEW_IMAGE)
_DEFAULT_PROHIBITION: Final = 1 << 8
"""Bit of LiveViewProhibitCondition for an exhausted battery, as libgphoto2 2.5.34 reads it."""


class UnknownLine(ValueError):
    """A line that is not a command."""


class TesterConsole:
    """Executes one line after the other; see the package's docstring."""

    def __init__(self, server: Server) -> None:
        self._server, self._body = server, server.body
        self._words: dict[str, Callable[..., object]] = {
            "plug": server.plug,
            "unplug": server.unplug,
            "drop": server.drop,
            "sleep": lambda refusals="1000000": server.sleep(int(refusals)),
            "wake": server.wake,
            "renew": server.reset,
            "shutter": self._body.press_shutter,
            "heal": self._clear_faults,
            "fault": self._fault,
            "speed": self._speed,
            "delay": self._delay,
            "battery": lambda percent: self._set("battery", percent),
            "card": self._card,
            "prohibit": lambda bits=str(_DEFAULT_PROHIBITION): self._body.prohibit_live_view(int(bits, 0)),
            "set": self._set,
            "lens": lambda *words: self._body.image_source.send_command(" ".join(words)),
            "status": self._status,
        }

    def execute(self, line: str) -> str:
        """Execute `line` and return the answer, "ok" if there is none. Raises UnknownLine."""
        word, *rest = line.split()
        if word not in self._words:
            raise UnknownLine(f"accepts {', '.join(self._words)}, not {word}")
        try:
            answer = self._words[word](*rest)
        except (TypeError, KeyError, ValueError) as error:
            raise UnknownLine(f"{line.strip()}: {error}") from error
        return answer.name.lower() if isinstance(answer, Response) else str(answer or "ok")

    def _fault(self, name: str, *values: str) -> None:
        operations, fault, times = _fault(name, list(values))
        self._body.faults.arm(operations, fault, times)

    def _clear_faults(self) -> None:
        self._body.faults.clear()
        self._body.prohibit_live_view(0)
        self._body.properties.refused.clear()
        self._server.traffic.bytes_per_second = 0.0
        self._server.wake()

    def _speed(self, bytes_per_second: str) -> None:
        self._server.traffic.bytes_per_second = float(bytes_per_second)

    def _delay(self, seconds: str) -> None:
        self._body.delays = replace(self._body.delays, capture=float(seconds))

    def _card(self, state: str) -> None:
        if state in ("in", "out"):
            self._body.set_card_present(state == "in")
        else:
            self._body.card.pictures_left = 0 if state == "full" else int(state)
            self._body.on_event(Event.PROPERTY_CHANGED, Property.PICTURES_LEFT)

    def _set(self, name: str, value: str) -> None:
        code = Property[name.upper()]
        if value == "refused":
            self._body.properties.refused.add(code)
        else:
            self._body.change_setting(code, int(value, 0))

    def _status(self) -> str:
        body = self._body
        body.refresh_status()
        settings = {code.name.lower(): body.properties[code] for code in body.properties}
        requests = {
            _OPERATION_NAMES[code]: count
            for code, count in self._server.traffic.operation_counts.items()
            if code in _OPERATION_NAMES
        }
        state = {"taken": self._server.has_initiator, "busy": body.busy, "files": body.card.files()}
        return json.dumps({**state, "settings": settings, "requests": requests})


def _fault(name: str, values: list[str]) -> tuple[tuple[int, ...], Fault, int]:
    """Return the fault of that name: its operations, what it does, how many times."""

    def times(place: int = 0) -> int:
        return int(values[place]) if len(values) > place else 1

    if name in ("busy", "general_error", "store_full"):
        code = {"busy": Response.DEVICE_BUSY, "general_error": Response.GENERAL_ERROR}.get(name, Response.STORE_FULL)
        return _CAPTURES, Refuse(code), times()
    if name == "out_of_focus":
        return (FOCUSING,), Refuse(Response.OUT_OF_FOCUS), times()
    if name == "hang":
        return (EXPOSING,), Silence(), times()
    if name in CORRUPTIONS:
        return (EXPOSING,), Corrupt(name), times()
    if name == "frame":
        return _FRAMES, Corrupt(values[0]), times(1)
    if name == "frame_late":
        return _FRAMES, Delay(float(values[0])), times(1)
    if name == "cut":
        return DOWNLOADS, Cut(int(values[0])), times(1)
    if name == "refuse":
        return _operations(values[0]), Refuse(_response(values[1])), times(2)
    if name == "late":
        return _operations(values[0]), Delay(float(values[1])), times(2)
    if name == "silent":
        return _operations(values[0]), Silence(), int(values[1]) if len(values) > 1 else ALWAYS
    raise UnknownLine(f"no fault {name}")


def _operations(name: str) -> tuple[int, ...]:
    """Return the operations of a name: `capture`, `download`, a name of codes.py, or a number."""
    known: dict[str, tuple[int, ...]] = {"capture": _CAPTURES, "download": DOWNLOADS}
    if name in known:
        return known[name]
    named = tuple(code for code, known_name in _OPERATION_NAMES.items() if known_name == name)
    return named or (int(name, 0),)


def _response(name: str) -> int:
    return Response[name.upper()] if name.upper() in Response.__members__ else int(name, 0)
