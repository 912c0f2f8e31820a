"""Every driver meets the contract; the one for DMX over a real pseudo-terminal, with every fault of a cable."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator

import pytest

from config.i18n import LANGUAGES, translations
from hardware.lights.api import REASONS, Lamp, LampLevel, LightsProblem
from hardware.lights.dmx import DmxLights
from hardware.lights.enttec_protocol import END, EnttecDecoder, EnttecMessage, Label, dmx_message, dmx_slots
from hardware.lights.registry import open_lights
from hardware.simulators.dmx_interface import SERIAL, SimulatedDmxInterface
from tests.hardware.lights.contract import CHECKS, LAMPS, Open
from tests.waiting import eventually


@pytest.fixture
def widget() -> Iterator[SimulatedDmxInterface]:
    with SimulatedDmxInterface() as simulated:
        yield simulated


@pytest.fixture(params=["none", "dmx"])
def new(request: pytest.FixtureRequest, widget: SimulatedDmxInterface) -> Open:
    return lambda: open_lights(request.param, widget.port, LAMPS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_driver(check: Callable[[Open], None], new: Open) -> None:
    check(new)


def dmx_lights(widget: SimulatedDmxInterface) -> DmxLights:
    return DmxLights(widget.port, LAMPS, timeout=0.2)


def reason_of(use: Callable[[], object]) -> str:
    with pytest.raises(LightsProblem) as caught:
        use()
    return caught.value.reason


def test_levels_are_sent_channel_by_channel(widget: SimulatedDmxInterface) -> None:
    lights = dmx_lights(widget)
    info = lights.open()
    assert (info.serial, info.dimmable) == (SERIAL, True)
    lights.set_levels({"left": LampLevel(1.0), "right": LampLevel(0.0), "backdrop": LampLevel(0.5, 5000)})
    assert widget.slots[:10] == bytes([255, 0, 0, 0, 0, 0, 0, 0, 128, 255])
    assert len(widget.slots) == 24, "the fewest that the interface accepts"
    lights.close()
    assert widget.slots[0] == 255, "the lamps stay on"


def test_the_driver_none_cannot_dim() -> None:
    assert not open_lights("none", "", LAMPS).open().dimmable


def test_replies_in_pieces_and_with_noise_are_decoded(widget: SimulatedDmxInterface) -> None:
    widget.noise, widget.chunk = b"\x00\x7e\x7e\xff\x13\xe7", 1
    lights = dmx_lights(widget)
    assert lights.open().serial == SERIAL
    lights.close()


def test_a_pulled_plug_is_lost_and_a_new_object_finds_it_again(widget: SimulatedDmxInterface) -> None:
    lights = dmx_lights(widget)
    lights.open()
    lights.set_levels({"left": LampLevel(0.5)})  # control
    widget.unplug()
    assert reason_of(lambda: lights.set_levels({"left": LampLevel(0.7)})) == "lost"
    assert reason_of(dmx_lights(widget).open) == "absent"
    widget.plug()
    again = dmx_lights(widget)
    again.open()
    again.set_levels({"left": LampLevel(0.7)})
    eventually(lambda: widget.slots[0] == round(0.7 * 255))
    again.close()


def test_an_interface_that_hangs_is_silent_and_levels_that_are_not_confirmed_do_not_count(
    widget: SimulatedDmxInterface,
) -> None:
    lights = dmx_lights(widget)
    lights.open()
    widget.silent = True
    assert reason_of(lambda: lights.set_levels({"left": LampLevel(0.1)})) == "silent"
    assert lights.levels()["left"] == LampLevel(0.6)
    assert reason_of(dmx_lights(widget).open) in {"silent", "taken"}
    lights.close()
    assert reason_of(dmx_lights(widget).open) == "silent", "it may be another adapter"


def test_two_programs_do_not_share_an_interface(widget: SimulatedDmxInterface) -> None:
    first = dmx_lights(widget)
    first.open()
    assert reason_of(dmx_lights(widget).open) == "taken"
    first.close()
    dmx_lights(widget).open()


@pytest.mark.parametrize(
    "lamps",
    [
        (Lamp("left", 1), Lamp("left", 2)),
        (Lamp("left", 1), Lamp("right", 1)),
        (Lamp("left", 1, kelvin_channel=1),),
        (Lamp("left", 0),),
        (Lamp("left", 513),),
        (Lamp("left", 1, level=1.5),),
        (Lamp("left", 1, kelvin=(5000, 5000)),),
    ],
)
def test_lamps_that_cannot_be_reached_are_a_wrong_setting(lamps: tuple[Lamp, ...]) -> None:
    for driver in ("none", "dmx"):
        assert reason_of(lambda driver=driver: open_lights(driver, "/dev/ttyUSB0", lamps)) == "settings"


@pytest.mark.parametrize(("driver", "port"), [("artnet", "/dev/ttyUSB0"), ("dmx", ""), ("", "")])
def test_an_unknown_driver(driver: str, port: str) -> None:
    assert reason_of(lambda: open_lights(driver, port)) == "driver"


def test_the_frame_is_the_one_of_the_specification() -> None:
    assert dmx_message(bytes([1, 2])).frame == bytes([0x7E, 6, 25, 0, 0, 1, 2]) + bytes(22) + bytes([0xE7])
    whole = dmx_message(bytes(512)).frame
    assert whole[:5] == bytes([0x7E, 6, 0x01, 0x02, 0])
    assert len(whole) == 518


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_frames_are_decoded_from_pieces_and_noise(size: int) -> None:
    expected = [
        dmx_message(bytes(range(100, 140))),
        EnttecMessage(Label.SERIAL_NUMBER, b"\x7e\xe7\x7e"),
        dmx_message(b""),
    ]
    line = b"\xe7\x00\x7e\xff\xff\xff" + b"".join(
        message.frame + b"\x55\x7e\x06\x01\x00\x00\x01" for message in expected
    )
    decoder = EnttecDecoder()
    received = [message for at in range(0, len(line), size) for message in decoder.feed(line[at : at + size])]
    assert received == expected
    assert dmx_slots(received[0]) == bytes(range(100, 140))
    assert dmx_slots(received[1]) is None


def test_a_frame_without_its_end_is_ignored() -> None:
    frame = bytearray(dmx_message(b"\x01").frame)
    assert list(EnttecDecoder().feed(bytes(frame))), "control"
    assert frame[-1] == END
    frame[-1] = 0
    assert list(EnttecDecoder().feed(bytes(frame))) == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_messages_with_the_same_placeholders(reason: str) -> None:
    def fields(language: str) -> set[str]:
        sentence = translations(language).translate(f"lights.{reason}")
        assert translations(language).has(f"lights.{reason}")
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert len({frozenset(fields(language)) for language in LANGUAGES}) == 1
