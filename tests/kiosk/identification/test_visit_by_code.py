"""From a code drawn by the command to the question on the screen, with the real station and camera."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kiosk.identification.code_list import CodeList
from kiosk.station.pairing import PairingRecord, write_pairing
from kiosk.station.paths import StationPaths, ensure_data_dir, local_time
from kiosk.tools.codes import main
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Pairing
from kiosk.upload.number_hashing import student_no_hash
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import RosterPayload
from kiosk.visit.step import Step
from tests.factories import make_campaign, make_roster, make_student
from tests.hardware.barcodes.synthetic_codes import Conditions, photograph_code
from tests.kiosk.identification.conftest import KEY
from tests.kiosk.visit.visitor import visitor_at

NO_SERVER = "http://127.0.0.1:9"


@pytest.fixture
def places(tmp_path: Path) -> StationPaths:
    """A station with one student on its roster and no server."""
    places = StationPaths(tmp_path / "station")
    ensure_data_dir(places.folder)
    cipher = FileCipher.load_or_create(places.key)
    write_pairing(
        places.pairing, cipher, PairingRecord(NO_SERVER, Pairing(station="1", name="1", token="t", roster_key=KEY))
    )
    Roster(places.roster, cipher, KEY).replace(roster(local_time()))
    return places


def roster(now: datetime) -> RosterPayload:
    student = make_student(student_no_hash=student_no_hash(KEY, "2022S001"), progress_url=f"{NO_SERVER}/p/x")
    return make_roster([make_campaign(now=now)], [student], now=now)


@pytest.mark.process
def test_a_code_held_to_the_camera_leads_to_the_question(places: StationPaths, tmp_path: Path) -> None:
    drawn, pictures = tmp_path / "code.png", tmp_path / "pictures"
    assert main(["--data", str(places.folder), "draw", "zgdemo", "2022S001", str(drawn)]) == 0
    pictures.mkdir()
    code = np.array(Image.open(drawn).convert("L"), np.uint8)
    held = photograph_code(code, Conditions(side=300, size=(960, 640), tilt=0.15, turn=8))
    Image.fromarray(held).save(pictures / "held.jpg", quality=92)
    with visitor_at(places.folder, f"folder:{pictures}", codes={"camera": True}) as visitor:
        visitor.wait_for(lambda: visitor.controller.state.asks_confirmation)
        sitter = visitor.controller.state.sitter
        assert sitter is not None
        assert (sitter.student, sitter.name, sitter.identified_by) == ("a" * 32, "王*明", "code")
        visitor.controller.confirm()
        visitor.wait_for_step(Step.LAST_FOUR)
        visitor.controller.submit_last_four("0121")
        visitor.wait_for_step(Step.CONSENT)


def test_a_list_is_stored_and_used_after_the_next_start(
    places: StationPaths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "list.csv"
    table.write_text("采集码,学号\nsealed by somebody else,2022S001\n", encoding="utf-8")
    assert main(["--data", str(places.folder), "take", str(table)]) == 0
    assert "1" in capsys.readouterr().out
    cipher = FileCipher.load_or_create(places.key)
    codes = CodeList(places.codes, cipher, Roster(places.roster, cipher, KEY))
    enrolment = codes.resolve("sealed by somebody else", local_time())
    assert enrolment is not None
    assert enrolment.student.id == "a" * 32


def test_a_command_that_fails_is_reported(
    places: StationPaths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "list.csv"
    table.write_text("name\n", encoding="utf-8")
    assert main(["--data", str(places.folder), "take", str(table)]) == 2
    assert "list.csv" in capsys.readouterr().err
    assert main(["--data", str(tmp_path / "unpaired"), "draw", "zgdemo", "2022S001", str(tmp_path / "x.png")]) == 2
    assert "paired" in capsys.readouterr().err
