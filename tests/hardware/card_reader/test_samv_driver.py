"""The driver with the simulated module, over a real pseudo-terminal, with every fault."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from config.id_number import make_number
from hardware.card_reader.api import CardReading, ReaderProblem
from hardware.card_reader.card_text import Layout
from hardware.card_reader.samv_driver import SamvReader
from hardware.card_reader.samv_protocol import PREAMBLE, Command, Reply, Status
from hardware.card_reader.samv_serial import CommandTimeouts
from hardware.simulators.card_reader import PHOTO, ReaderFaults, SimulatedCardReader

NUMBER = make_number("990101", date(2003, 5, 9), 12)
CARD = CardReading("王小明", NUMBER, "mainland")
QUICK = CommandTimeouts(status=0.15, reset=0.15, find=0.15, select=0.15, read=0.3, probe=0.02)


@pytest.fixture
def module() -> Iterator[SimulatedCardReader]:
    with SimulatedCardReader() as simulated:
        yield simulated


@pytest.fixture
def reader(module: SimulatedCardReader) -> Iterator[SamvReader]:
    driver = SamvReader(module.port)
    driver.open()
    yield driver
    driver.close()


def opened(module: SimulatedCardReader) -> SamvReader:
    driver = SamvReader(module.port, timeouts=QUICK)
    driver.open()
    return driver


def key_of(reader: SamvReader) -> str:
    with pytest.raises(ReaderProblem) as caught:
        reader.read()
    return caught.value.key


def test_an_empty_reader_reads_nothing(reader: SamvReader) -> None:
    assert reader.read() is None


def test_a_card_is_read_while_it_stays_there(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place_card("王小明", NUMBER)
    assert reader.read() == CARD
    assert reader.read() == CARD
    module.take_card()
    assert reader.read() is None


@pytest.mark.parametrize("kind", ["mainland", "hmt", "foreign"])
def test_every_kind_of_card(module: SimulatedCardReader, reader: SamvReader, kind: str) -> None:
    module.place_card("欧阳娜娜", NUMBER, kind)
    assert reader.read() == CardReading("欧阳娜娜", NUMBER, kind)


def test_the_foreign_card_of_2017(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place(Layout.FOREIGN_2017, {"english_name": "DOE, JANE", "number": "USA110100010101"})
    assert reader.read() == CardReading("DOE, JANE", "USA110100010101", "foreign")


def test_many_modules_find_a_read_card_only_after_it_was_lifted() -> None:
    with SimulatedCardReader(finds_again=False) as module:
        reader = opened(module)
        module.place_card("王小明", NUMBER)
        assert reader.read() == CARD
        assert reader.read() is None
        module.take_card()
        module.place_card("王小明", NUMBER)
        assert reader.read() == CARD
        reader.close()


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_replies_in_pieces(module: SimulatedCardReader, reader: SamvReader, chunk: int) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(chunk=chunk))
    assert reader.read() == CARD


@pytest.mark.parametrize("prefix", [b"\xff\x00noise", PREAMBLE[:4], b"\xaa" * 9, PREAMBLE + b"\xff\xff"])
def test_noise_before_a_reply(module: SimulatedCardReader, reader: SamvReader, prefix: bytes) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(prefix=prefix, chunk=5))
    assert reader.read() == CARD


@pytest.mark.parametrize("command", [Command.FIND, Command.SELECT, Command.READ])
def test_one_damaged_reply_is_requested_again(
    module: SimulatedCardReader, reader: SamvReader, command: Command
) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(damaged=1, damaged_at=command))
    assert reader.read() == CARD


@pytest.mark.parametrize("command", [Command.FIND, Command.SELECT, Command.READ])
def test_replies_that_stay_damaged_are_reported(
    module: SimulatedCardReader, reader: SamvReader, command: Command
) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(damaged=2, damaged_at=command))
    assert key_of(reader) == "reader.garbled"
    assert reader.read() == CARD  # the problem ends with the fault


def test_a_damaged_reply_of_a_module_that_finds_once_is_reported() -> None:
    with SimulatedCardReader(finds_again=False) as module:
        reader = opened(module)
        module.place_card("王小明", NUMBER)
        module.set_faults(ReaderFaults(damaged=1, damaged_at=Command.READ))
        assert key_of(reader) == "reader.garbled"
        reader.close()


@pytest.mark.parametrize("command", [Command.SELECT, Command.READ])
def test_a_card_taken_away_in_the_middle(module: SimulatedCardReader, reader: SamvReader, command: Command) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(card_leaves_at=command))
    assert key_of(reader) == "reader.card_moved"
    assert reader.read() is None


@pytest.mark.parametrize("status", [Status.CARD_DISTRUSTS_MODULE, Status.UNKNOWN_CARD, Status.UNKNOWN_ERROR])
def test_a_card_that_cannot_be_read(module: SimulatedCardReader, reader: SamvReader, status: Status) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(refuse_with=status))
    with pytest.raises(ReaderProblem) as caught:
        reader.read()
    assert caught.value.key == "reader.card_refused"
    assert caught.value.values["code"] == f"{status:02X}"


def test_a_module_that_is_broken(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(refuse_with=Status.UNLICENSED))
    assert key_of(reader) == "reader.internal_error"


def test_a_module_that_receives_only_noise(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(refuse_with=Status.CHECKSUM))
    assert key_of(reader) == "reader.garbled"


def test_a_silent_module(module: SimulatedCardReader) -> None:
    reader = opened(module)
    module.set_faults(ReaderFaults(silent=True))
    assert key_of(reader) == "reader.silent"
    module.set_faults(ReaderFaults())
    assert reader.read() is None
    reader.close()


def test_a_silent_module_cannot_be_opened(module: SimulatedCardReader) -> None:
    module.set_faults(ReaderFaults(silent=True))
    with pytest.raises(ReaderProblem) as caught:
        opened(module)
    assert caught.value.key == "reader.silent"
    module.set_faults(ReaderFaults())
    opened(module).close()  # the failed opening has closed the port


def test_half_a_reply_is_garbled(module: SimulatedCardReader) -> None:
    """Not silent: a reply began but never ended."""
    reader = opened(module)
    unfinished = Reply(Status.OK, bytes(600)).frame[:20]
    module.set_faults(ReaderFaults(prefix=unfinished))
    assert key_of(reader) == "reader.garbled"
    reader.close()


def test_an_unplugged_reader_is_lost_and_a_new_object_works(module: SimulatedCardReader) -> None:
    reader = opened(module)
    module.unplug()
    assert key_of(reader) == "reader.lost"
    reader.close()
    assert key_of(reader) == "reader.lost"
    with pytest.raises(ReaderProblem) as caught:
        opened(module)
    assert caught.value.key == "reader.absent"
    module.plug()
    module.place_card("王小明", NUMBER)
    again = opened(module)
    assert again.read() == CARD
    again.close()


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReaderProblem) as caught:
        SamvReader(str(tmp_path / "ttyNone")).open()
    assert caught.value.key == "reader.absent"


def test_a_port_that_is_no_reader() -> None:
    module, outside = os.openpty()
    try:
        with pytest.raises(ReaderProblem) as caught:
            SamvReader(os.ttyname(outside), timeouts=QUICK).open()
        assert caught.value.key in {"reader.silent", "reader.garbled"}
    finally:
        os.close(module)
        os.close(outside)


def test_the_simulator_requires_its_commands_in_order(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place_card("王小明", NUMBER)
    assert reader._transact(Command.SELECT).status == Status.SELECT_FAILED
    assert reader._transact(Command.FIND).status == Status.FOUND
    assert reader._transact(Command.READ).status == Status.READ_FAILED


def test_the_simulator_may_be_stopped_twice_and_leaves_no_port() -> None:
    module = SimulatedCardReader().start()
    port = module.port
    assert Path(port).exists()
    module.stop()
    module.stop()
    assert not Path(port).parent.exists()


def test_a_late_reply_to_an_earlier_command_is_discarded(module: SimulatedCardReader, reader: SamvReader) -> None:
    terminal = module.serial_port.terminal
    assert terminal is not None
    os.write(terminal.device, Reply(Status.FOUND, bytes(4)).frame)
    assert select.select([terminal.host], [], [], 10)[0]  # it has arrived
    assert reader.read() is None


@pytest.mark.parametrize(
    "data", [b"", bytes(4), bytes.fromhex("01000400") + bytes(256), bytes.fromhex("01000000") + bytes(257)]
)
def test_lengths_that_do_not_add_up_are_garbled(
    module: SimulatedCardReader, reader: SamvReader, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    real = module._reply
    monkeypatch.setattr(
        module,
        "_reply",
        lambda command: Reply(Status.OK, data) if command is Command.READ else real(command),
    )
    module.place_card("王小明", NUMBER)
    assert key_of(reader) == "reader.garbled"


@pytest.mark.parametrize("prints", [0, 512, 1024])
@pytest.mark.parametrize("keep", [False, True])
def test_the_picture_is_dropped_unless_it_is_requested_and_fingerprints_always(
    module: SimulatedCardReader, prints: int, keep: bool
) -> None:
    module.set_faults(ReaderFaults(fingerprint_bytes=prints))
    module.place_card("王小明", NUMBER)
    reader = SamvReader(module.port, include_photo=keep)
    reader.open()
    reading = reader.read()
    assert reading is not None
    assert reading.photo == (PHOTO if keep else None)
    assert repr(PHOTO)[2:40] not in repr(reading)
    reader.close()


def test_a_hung_module_works_again_after_a_reset(module: SimulatedCardReader) -> None:
    reader = opened(module)
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(hung=True))
    assert reader.read() == CARD
    reader.close()


def test_a_failed_self_test_causes_one_reset(module: SimulatedCardReader) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(self_test_fails=1))
    reader = opened(module)
    assert reader.read() == CARD
    reader.close()


def test_a_self_test_that_fails_after_the_reset_too_is_an_internal_error(module: SimulatedCardReader) -> None:
    module.set_faults(ReaderFaults(self_test_fails=-1))
    with pytest.raises(ReaderProblem) as caught:
        opened(module)
    assert (caught.value.key, caught.value.values["code"]) == ("reader.internal_error", "60")


@pytest.mark.parametrize("cut_at", [6, 8, 20, 1294])
def test_a_truncated_reply_is_garbled_and_the_next_is_read(module: SimulatedCardReader, cut_at: int) -> None:
    reader = opened(module)
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(cut_at=cut_at))
    assert key_of(reader) == "reader.garbled"
    module.set_faults(ReaderFaults())
    assert reader.read() == CARD
    reader.close()


def test_noise_after_every_reply(module: SimulatedCardReader, reader: SamvReader) -> None:
    module.place_card("王小明", NUMBER)
    module.set_faults(ReaderFaults(suffix=PREAMBLE + b"\x00\x40more"))
    assert reader.read() == CARD
    assert reader.read() == CARD
