"""The simulated camera: its state, and how it focuses, shows live view and takes pictures."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware.simulators.ptp_camera.card import Card, heif_file, raw_file
from hardware.simulators.ptp_camera.codes import Event, Format, Property, Response
from hardware.simulators.ptp_camera.datasets import Identity
from hardware.simulators.ptp_camera.faults import EXPOSING, FOCUSING, Corrupt, Fault, Faults, Silence, corrupt
from hardware.simulators.ptp_camera.image_source import ImageSource
from hardware.simulators.ptp_camera.properties import HEIF_QUALITY, MANUAL_FOCUS, RAW_AND_JPEG, RAW_QUALITY, Properties

log = logging.getLogger(__name__)

_EXHAUSTED_PERCENT: Final = 5
"""Battery percentage at and below which a camera neither shows a live view nor shoots."""

_BATTERY_PROHIBITS, _NO_CARD_PROHIBITS = 1 << 8, 1 << 14  # bits of LIVE_VIEW_PROHIBITED


@dataclass(frozen=True)
class CameraDelays:
    """Seconds: from the request to the picture on the card, and to focus."""

    capture: float = 0.6
    focus: float = 0.25


@dataclass(frozen=True)
class _WorkResult:
    """The result of an operation, and its events, (code, parameter)."""

    outcome: Response
    events: tuple[tuple[int, int], ...] = ()


class Body:
    """One camera. `on_event` is called with (code, parameter) from any thread. Any thread may call every method."""

    def __init__(self, identity: Identity, image_source: ImageSource, delays: CameraDelays | None = None) -> None:
        self.identity, self.image_source = identity, image_source
        self.on_event: Callable[[int, int], None] = lambda code, parameter: None
        self._initial_delays = delays or CameraDelays()
        self._work = threading.Lock()  # held while it focuses or takes a picture
        self.reset()

    def reset(self) -> None:
        """Reset to the state at the start, with an empty card; wait for the current operation."""
        with self._work:
            self.delays = self._initial_delays
            self.properties, self.card, self.faults = Properties(), Card(), Faults()
            self.properties[Property.IMAGE_SIZE] = f"{self.image_source.size[0]}x{self.image_source.size[1]}"
            self._hangs = False
            self._outcome = Response.OK
            self._numbers = itertools.count(1)
            self._prohibited = 0

    # Actions of the tester.

    def prohibit_live_view(self, bits: int) -> None:
        """Prohibit live view for these reasons (bits of Nikon's LiveViewProhibitCondition); 0: for none."""
        self._prohibited = bits

    def press_shutter(self) -> Response:
        """Press the shutter on the body: the picture goes on the card."""
        return self.capture(focus=True, to_memory=False)

    def change_setting(self, code: Property, value: int) -> None:
        """Turn a dial on the camera, or change its battery; the camera reports it."""
        self.properties[code] = value
        self.on_event(Event.PROPERTY_CHANGED, code)

    def set_card_present(self, present: bool) -> None:
        self.card.present = present
        self.on_event(Event.STORE_ADDED if present else Event.STORE_REMOVED, 0x00010001)

    def switch_off(self) -> None:
        """Reset what is lost with the power; the card and the settings stay."""
        self.properties[Property.LIVE_VIEW_STATUS] = 0
        self._outcome = Response.OK
        self._hangs = False

    # Operations of an initiator.

    @property
    def busy(self) -> bool:
        return self._hangs or self._work.locked()

    @property
    def live(self) -> bool:
        return self.properties.number(Property.LIVE_VIEW_STATUS) == 1

    def refresh_status(self) -> None:
        """Update the properties that depend on state: what prohibits live view, how much room there is."""
        battery_bit = _BATTERY_PROHIBITS if self._is_exhausted else 0
        self.properties[Property.LIVE_VIEW_PROHIBITED] = self._prohibited | battery_bit
        self.properties[Property.PICTURES_LEFT] = self.card.pictures_left if self.card.present else 0

    def ready(self) -> Response:
        """Return busy, or the result of the last operation (reported once)."""
        if self.busy:
            return Response.DEVICE_BUSY
        outcome, self._outcome = self._outcome, Response.OK
        return outcome

    def start_live_view(self) -> Response:
        self.refresh_status()
        if self.busy:
            return Response.DEVICE_BUSY
        if self.properties.number(Property.LIVE_VIEW_PROHIBITED):
            return Response.INVALID_STATUS
        self.properties[Property.LIVE_VIEW_STATUS] = 1
        return Response.OK

    def end_live_view(self) -> Response:
        self.properties[Property.LIVE_VIEW_STATUS] = 0
        return Response.OK

    def frame(self) -> bytes | Response:
        self.refresh_status()
        if self.properties.number(Property.LIVE_VIEW_PROHIBITED):
            self.end_live_view()
        if not self.live:
            return Response.NOT_LIVE_VIEW
        if self.busy:
            return Response.DEVICE_BUSY
        return self.image_source.frame()

    def drive_autofocus(self) -> Response:
        """Start to focus; `ready` reports the result."""
        if self._hangs or not self._work.acquire(blocking=False):
            return Response.DEVICE_BUSY
        outcome = Response.OUT_OF_FOCUS if self._misses_focus() else Response.OK
        self._run_later(self.delays.focus, lambda: _WorkResult(outcome))
        return Response.OK

    def focus_now(self) -> Response:
        """Focus while the caller waits."""
        response = self.drive_autofocus()
        if response != Response.OK:
            return response
        with self._work:
            outcome, self._outcome = self._outcome, Response.OK
        return outcome

    def capture(self, focus: bool, to_memory: bool) -> Response:
        """Start to take a picture, on the card or into memory; events report when it is there."""
        refusal = self._capture_refusal(to_memory)
        if refusal is None and focus and self._misses_focus():
            refusal = Response.OUT_OF_FOCUS
        if refusal is not None:
            return refusal
        if self._hangs or not self._work.acquire(blocking=False):
            return Response.DEVICE_BUSY
        fault = self.faults.pop(EXPOSING)
        if isinstance(fault, Silence):
            self._hangs = True
            self._work.release()
        else:
            self._run_later(self.delays.capture, lambda: self._expose(to_memory, fault))
        return Response.OK

    @property
    def _is_exhausted(self) -> bool:
        return self.properties.number(Property.BATTERY) <= _EXHAUSTED_PERCENT

    def _capture_refusal(self, to_memory: bool) -> Response | None:
        if self._is_exhausted:
            return Response.INVALID_STATUS
        if to_memory:
            return None
        if not self.card.present:
            return Response.STORE_NOT_AVAILABLE
        return Response.STORE_FULL if self.card.pictures_left <= 0 else None

    def _misses_focus(self) -> bool:
        manual = self.properties.number(Property.FOCUS_MODE) == MANUAL_FOCUS
        return not manual and self.faults.pop(FOCUSING) is not None

    def _run_later(self, seconds: float, work: Callable[[], _WorkResult]) -> None:
        """Run `work` after `seconds` seconds; the caller holds the lock `_work`, which is released at the end."""

        def finish() -> None:
            result = _WorkResult(Response.HARDWARE_ERROR)
            try:
                result = work()
            except Exception:
                log.exception("An operation of the simulated camera failed.")
            self._outcome = result.outcome
            self._work.release()
            for code, parameter in result.events:  # after the lock: the listener may send the next request
                self.on_event(code, parameter)

        timer = threading.Timer(seconds, finish)
        timer.daemon = True
        timer.start()

    def _expose(self, to_memory: bool, fault: Fault | None) -> _WorkResult:
        picture, number = self.image_source.still(), next(self._numbers)
        if isinstance(fault, Corrupt):
            picture = corrupt(picture, fault.how)
        store = self.card.store_in_memory if to_memory else self.card.store
        added = Event.OBJECT_ADDED_IN_MEMORY if to_memory else Event.OBJECT_ADDED
        events_sent: list[tuple[int, int]] = [
            (added, store(name, data, kind)) for name, data, kind in self._files(f"DSC_{number:04d}", picture)
        ]
        if not to_memory:
            self.card.pictures_left -= 1
            events_sent.append((Event.PROPERTY_CHANGED, Property.PICTURES_LEFT))
        complete = Event.CAPTURE_COMPLETE_IN_MEMORY if to_memory else Event.CAPTURE_COMPLETE
        return _WorkResult(Response.OK, (*events_sent, (complete, 0)))

    def _files(self, name: str, picture: bytes) -> list[tuple[str, bytes, Format]]:
        """Return the files of one picture; the RAW comes first, which is the harder order for a client that needs the
        JPEG."""
        quality = self.properties.number(Property.IMAGE_QUALITY)
        if quality == HEIF_QUALITY:
            return [(f"{name}.HIF", heif_file(picture), Format.UNDEFINED)]
        raw = (f"{name}.NEF", raw_file(picture, self.image_source.size), Format.RAW)
        jpeg = (f"{name}.JPG", picture, Format.JPEG)
        return [raw, jpeg] if quality in RAW_AND_JPEG else [raw] if quality == RAW_QUALITY else [jpeg]
