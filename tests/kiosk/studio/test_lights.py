"""Lamps set as the monitor advises: those of a drawn studio, connected to a simulated DMX interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from config.errors import Problem
from config.settings.studio import studio_settings
from config.standards.registry import load_standard
from hardware.cameras.api import Frame
from hardware.lights.api import Lamp, Lights
from hardware.lights.dmx import DmxLights
from hardware.lights.null import NullLights
from hardware.simulators.dmx_interface import SimulatedDmxInterface
from kiosk.guidance.studio.finding import Finding
from kiosk.guidance.studio.setup_check import CheckKind
from kiosk.studio.lights import StudioLamps
from kiosk.studio.monitor import StudioMonitor, StudioReport
from tests.kiosk.guidance.studio.synthetic_studio import photograph
from tests.kiosk.guidance.studio.test_grey_card import with_card
from tests.waiting import eventually

LAMPS = (Lamp("left", 1, level=0.6), Lamp("right", 5, level=0.6))
OLD = 0.55  # the share of its light that the left lamp still has
AT = datetime(2026, 6, 1, 7, 58, tzinfo=UTC)
WEAKER = Finding("studio.lamp.left_weaker", {"percent": 24, "stops": 0.4, "cm": 20}, arrow="left")


class LitCamera:
    """Shows a grey card in the light of two lamps; each adds a fifth of its light at the other edge."""

    def __init__(self, widget: SimulatedDmxInterface) -> None:
        self._widget, self._number = widget, 0

    def newest(self, after: int) -> Frame:
        self._number += 1
        slots = self._widget.slots
        left, right = OLD * slots[0] / 255, slots[4] / 255
        across = np.linspace(0, 1, 111)[None, :, None]
        light = left * (1 - 0.8 * across) + right * (0.2 + 0.8 * across)
        room = with_card()
        room[131:270, 265:376] *= (light / 0.56) ** (1 / 2.2)
        return Frame(photograph(room, self._number), self._number, self._number / 2)


@pytest.fixture
def widget() -> Iterator[SimulatedDmxInterface]:
    with SimulatedDmxInterface() as simulated:
        yield simulated


def lamps(widget: SimulatedDmxInterface, folder: Path) -> StudioLamps:
    return StudioLamps(lambda: DmxLights(widget.port, LAMPS), folder / "studio" / "lamps.json")


@pytest.fixture
def monitor(widget: SimulatedDmxInterface, tmp_path: Path) -> Iterator[StudioMonitor]:
    camera = LitCamera(widget)
    opened = StudioMonitor(
        camera.newest,
        tmp_path / "studio",
        load_standard("chsi"),
        studio_settings(),
        "en",
        lambda: AT,
        lamps(widget, tmp_path),
    )
    opened.start()
    yield opened
    opened.stop()


def run_to_end(monitor: StudioMonitor, act: Callable[[], None]) -> StudioReport:
    act()
    eventually(lambda: not monitor.report.busy)
    return monitor.report


def names(report: StudioReport) -> list[str]:
    return [finding.name for finding in report.setups[CheckKind.CARD].findings if "lamp" in finding.name]


def test_following_the_advice_step_by_step_evens_the_light_and_a_restart_keeps_it(
    monitor: StudioMonitor, widget: SimulatedDmxInterface, tmp_path: Path
) -> None:
    run_to_end(monitor, lambda: monitor.request_check(CheckKind.EMPTY))
    reference = tmp_path / "studio" / "empty.npz"
    eventually(reference.exists)
    report = run_to_end(monitor, lambda: monitor.request_check(CheckKind.CARD))
    assert names(report) == ["lamp.left_weaker"], "the control"
    assert report.proposal is not None
    assert report.proposal.before == {"left": 0.6, "right": 0.6}
    text = report.proposal.translate("en")
    assert "picture's left from 60 % to" in text
    assert "picture's right from 60 % to" in text
    assert "画面左侧的灯从 60 % 调到" in report.proposal.translate("zh_CN")
    assert widget.slots[0] == widget.slots[4] == 153, "no lamp is set before a person agrees"
    steps = 0
    while report.proposal is not None and steps < 6:
        report, steps = run_to_end(monitor, monitor.apply_proposal), steps + 1
    assert names(report) == []
    assert report.problem is None
    assert widget.slots[0] > 153 > widget.slots[4]
    assert not reference.exists(), "the reference of the old light is not valid for the new one"
    levels = widget.slots
    monitor.stop()
    again = lamps(widget, tmp_path)
    again.start()
    assert widget.slots == levels
    again.close()


def test_without_a_proposal_nothing_is_accepted(monitor: StudioMonitor, widget: SimulatedDmxInterface) -> None:
    eventually(lambda: len(widget.slots) > 0)
    before = widget.slots
    monitor.apply_proposal()
    assert not monitor.report.busy
    assert widget.slots == before


def test_a_lost_dimmer_is_reported_and_the_check_stays_valid(
    monitor: StudioMonitor, widget: SimulatedDmxInterface
) -> None:
    report = run_to_end(monitor, lambda: monitor.request_check(CheckKind.CARD))
    assert report.proposal is not None
    widget.unplug()
    report = run_to_end(monitor, monitor.apply_proposal)
    assert report.problem is not None
    assert report.problem.key == "lights.absent"
    widget.plug()
    report = run_to_end(monitor, lambda: monitor.request_check(CheckKind.CARD))
    assert report.problem is None
    assert report.proposal is not None


def test_advice_that_the_dimmer_cannot_follow_gives_no_proposal(tmp_path: Path) -> None:
    def is_offered(new: Callable[[], Lights], finding: Finding = WEAKER) -> bool:
        return StudioLamps(new, tmp_path / "lamps.json").propose([finding]) is not None

    with SimulatedDmxInterface() as widget:
        assert is_offered(lambda: DmxLights(widget.port, LAMPS)), "the control"
    assert not is_offered(lambda: NullLights(LAMPS))
    for others, finding in (
        ((Lamp("one", 1), Lamp("two", 2)), WEAKER),
        ((Lamp("left", 1, level=1.0), Lamp("right", 2, level=0.1)), WEAKER),
        (LAMPS, Finding("studio.lamp.left_off", arrow="left")),
        (LAMPS, Finding("studio.lamp.up_weaker", {"percent": 20}, arrow="up")),
    ):
        with SimulatedDmxInterface() as widget:
            assert not is_offered(lambda widget=widget, others=others: DmxLights(widget.port, others), finding)


@pytest.mark.parametrize("damaged", [b"{", b"[1]", b'{"left": "much"}', b'{"left": 7}', b'{"elsewhere": 0.5}'])
def test_a_damaged_record_leaves_the_lamps_at_their_settings(
    widget: SimulatedDmxInterface, tmp_path: Path, damaged: bytes
) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "lamps.json").write_bytes(b'{"left": 0.2}')
    first = lamps(widget, tmp_path)
    first.start()
    first.close()
    assert widget.slots[0] == 51, "the control"
    (tmp_path / "studio" / "lamps.json").write_bytes(damaged)
    second = lamps(widget, tmp_path)
    second.start()
    second.close()
    assert widget.slots[0] == 153


def test_a_short_disconnection_is_no_error(widget: SimulatedDmxInterface, tmp_path: Path) -> None:
    dimmed = lamps(widget, tmp_path)
    offer = dimmed.propose([WEAKER])
    assert offer is not None
    widget.unplug()
    widget.plug()
    dimmed.apply(offer)
    assert widget.slots[0] == round(255 * offer.after["left"])
    dimmed.close()


def test_levels_that_cannot_be_stored_are_reported(widget: SimulatedDmxInterface, tmp_path: Path) -> None:
    (tmp_path / "studio").write_text("a file where the folder should be")
    dimmed = lamps(widget, tmp_path)
    offer = dimmed.propose([WEAKER])
    assert offer is not None
    with pytest.raises(Problem) as caught:
        dimmed.apply(offer)
    assert caught.value.key == "studio.record_not_saved"
    assert widget.slots[0] == round(255 * offer.after["left"]), "the lamps are set in any case"
    dimmed.close()


def test_a_lamp_keeps_its_colour_through_a_proposal(tmp_path: Path) -> None:
    coloured = (Lamp("left", 1, kelvin_channel=2, kelvin=(3000, 5000)), Lamp("right", 3))
    with SimulatedDmxInterface() as widget:
        dimmed = StudioLamps(lambda: DmxLights(widget.port, coloured), tmp_path / "lamps.json")
        offer = dimmed.propose([WEAKER])
        assert offer is not None
        dimmed.apply(offer)
        assert widget.slots[1] == round(0.5 * 255)
        dimmed.close()
