"""A tethered camera with the real libgphoto2 over PTP/IP: live view, shots, and unsolicited events."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hardware.cameras.api import EmitsEvents, ReportsProgress, Shot, ShotProgress
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.gphoto.conftest import SIZE, Open
from tests.hardware.cameras.gphoto.helpers import healths_in, number_of, number_on, poll_until, shots_in, size_of
from tests.waiting import eventually


def test_a_camera_reports_its_identity(body: SimulatedDslr, unopened: Open) -> None:
    camera = unopened(body)
    info = camera.open()
    assert (info.driver, info.model, info.serial) == ("dslr", "Zhengguan Simulated DSLR V1.00", "SIM0001")
    assert info.simulated, "a simulated camera is marked as such"
    assert (info.frame_size, info.shot_size, info.refused) == ((640, 424), SIZE, ())
    assert info.burst > 1
    assert isinstance(camera, EmitsEvents)
    assert isinstance(camera, ReportsProgress)


def test_every_frame_is_newer_than_the_last(any_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(any_body)
    numbers = [number_on(camera.frame()) for _ in range(4)]
    assert numbers == sorted(set(numbers))


def test_a_shot_is_taken_without_live_view_which_then_continues(any_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(any_body)
    assert any_body.status()["settings"]["live_view_status"] == 1, "control: it was on"
    first, between, second = camera.shoot(), any_body.status(), camera.shoot()
    assert between["settings"]["live_view_status"] == 0
    assert [size_of(first), size_of(second)] == [SIZE, SIZE]
    assert number_of(second) == number_of(first) + 1, "each press is a separate picture"
    before = number_on(camera.frame())
    assert number_on(camera.frame()) > before


def test_live_view_stays_on_if_the_camera_needs_it(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body, "[focus]", "live_view_off = false")
    assert size_of(camera.shoot()) == SIZE
    assert body.status()["settings"]["live_view_status"] == 1


def test_a_shot_reports_its_progress(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body, "[files]", "chunk_bytes = 4096")
    reported: list[ShotProgress] = []
    camera.on_progress = reported.append
    shot = camera.shoot()
    phases = [progress.phase for progress in reported]
    assert [phases.index(phase) for phase in ("focus", "expose", "transfer")] == [0, 1, 2]
    moved = [progress.done for progress in reported if progress.phase == "transfer" and progress.size]
    assert moved == [*range(0, len(shot.data), 4096), len(shot.data)]
    assert all(progress.timeout > 0 for progress in reported)


def test_a_file_is_read_in_parts_or_completely_as_its_maker_needs(body: SimulatedDslr, opened: Open) -> None:
    in_parts = opened(body, "[files]", "chunk_bytes = 1000")
    assert size_of(in_parts.shoot()) == SIZE
    parts = operation_count(body, "get_partial_object")
    assert parts > 5
    in_parts.close()
    whole = opened(body, "[files]", 'no_partial_download = ["Zhengguan"]')
    reported: list[ShotProgress] = []
    whole.on_progress = reported.append
    assert size_of(whole.shoot()) == SIZE
    assert operation_count(body, "get_partial_object") == parts
    assert reported[-1].timeout == 40.0, "a complete file may take longer than a part"


def operation_count(body: SimulatedDslr, operation: str) -> int:
    counts = body.status()["requests"]
    return int(counts[operation])


def test_the_shutter_on_the_body_is_an_unsolicited_shot(any_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(any_body)
    any_body.send_command("shutter")
    unsolicited = shots_in(poll_until(camera, shots_in))
    assert [size_of(shot) for shot in unsolicited] == [SIZE]
    requested = camera.shoot()
    assert number_of(requested) == number_of(unsolicited[0]) + 1
    assert shots_in(list(camera.poll_events())) == [], "a requested shot is not reported twice"


def test_a_picture_from_before_the_request_is_not_delivered_as_the_shot(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body)
    body.send_command("shutter")
    eventually(lambda: len(body.status()["files"]) == 1 and not body.status()["busy"])
    shot = camera.shoot()
    (unsolicited,) = shots_in(poll_until(camera, shots_in))
    assert number_of(shot) == number_of(unsolicited) + 1


def test_battery_and_card_are_reported_once_and_when_they_change(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(
        body, "[warnings]", "battery_low_percent = 20", "battery_empty_percent = 5", "card_low_pictures = 50"
    )
    (first,) = healths_in(list(camera.poll_events()))
    assert (first.battery, first.card_free, first.warnings) == (80, 2000, ())
    assert list(camera.poll_events()) == []
    body.send_command("card 30")
    camera.shoot()
    (second,) = healths_in(poll_until(camera, lambda events: events))
    assert (second.card_free, second.warnings) == (29, ("card_low",))


def test_raw_files_follow_their_pictures_into_a_folder(any_body: SimulatedDslr, opened: Open, tmp_path: Path) -> None:
    raws = tmp_path / "raws"
    camera = opened(any_body, "[files]", f'raw_folder = "{raws}"')
    any_body.send_command("set image_quality 5")
    shot = camera.shoot()
    assert shot.name.endswith(".JPG"), "the RAW is reported first, the JPEG is the picture"
    assert size_of(shot) == SIZE
    poll_until(camera, lambda events: raws.exists() and list(raws.glob("*.nef")))
    (raw,) = raws.iterdir()
    assert raw.stem.startswith(shot.name.removesuffix(".JPG") + "-")
    assert raw.read_bytes()[:4] == b"II*\0"


def digest(shot: Shot) -> str:
    return f"stored {hashlib.sha256(shot.data).hexdigest()}"


def test_without_the_setting_raw_files_stay_where_they_are(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body, "[files]", "max_on_card = 0")
    body.send_command("set image_quality 5")
    shot = camera.shoot()
    camera.send_command(digest(shot))
    raw = shot.name.replace(".JPG", ".NEF")
    poll_until(camera, lambda events: body.status()["files"] == [raw])
    for _ in range(3):
        list(camera.poll_events())
    assert body.status()["files"] == [raw], "nothing fetches or deletes it later"


def test_the_newest_pictures_stay_on_the_card_and_older_ones_are_deleted(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body, "[files]", "max_on_card = 1")
    shots = [camera.shoot() for _ in range(3)]
    names = [shot.name for shot in shots]
    for _ in range(3):
        list(camera.poll_events())
    assert body.status()["files"] == names, "nothing is deleted before the kiosk has stored it"
    camera.send_command(digest(shots[1]))
    poll_until(camera, lambda events: body.status()["files"] == [names[0], names[2]])
    for shot in shots:
        camera.send_command(digest(shot))
    poll_until(camera, lambda events: body.status()["files"] == names[-1:])


def test_closing_ends_the_live_view_and_the_session(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body)
    assert body.status()["taken"]
    camera.close()
    assert body.status()["settings"]["live_view_status"] == 0
    eventually(lambda: not body.status()["taken"])
