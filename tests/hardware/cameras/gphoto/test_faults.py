"""Every fault of a tethered camera has a reason with a message; after its end the next shot succeeds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hardware.cameras.api import REASONS, ShotProgress
from hardware.simulators.ptp_camera.simulated_dslr import SimulatedDslr
from tests.hardware.cameras.gphoto.conftest import SIZE, Open
from tests.hardware.cameras.gphoto.helpers import healths_in, number_of, poll_until, reason_of, shots_in, size_of

# the fault, the reason of the failed shot, the repair
FAULTS = (
    ("card full", "card_full", "card 100"),
    ("card out", "no_card", "card in"),
    ("fault out_of_focus 9", "out_of_focus", "heal"),
    ("battery 3", "battery_empty", "battery 80"),
    ("fault general_error 9", "refused", "heal"),
    ("fault refuse capture 0x200E 9", "card_unusable", "heal"),
    ("fault garbage", "unreadable", "heal"),
    ("fault empty", "unreadable", "heal"),
    ("set image_quality 4", "raw_only", "set image_quality 2"),
    ("set image_quality 8", "heif_only", "set image_quality 2"),
)


@pytest.mark.parametrize(("command", "reason", "repair"), FAULTS)
def test_a_shot_fails_with_its_reason_and_the_next_one_comes(
    any_body: SimulatedDslr, opened: Open, command: str, reason: str, repair: str
) -> None:
    camera = opened(any_body, "[timeouts]", "mirror_settle = 0", "busy_retry = 0.5", "event_silence = 0.1")
    assert size_of(camera.shoot()) == SIZE, "control: it works"
    any_body.send_command(command)
    assert reason_of(camera.shoot) == reason
    assert reason in REASONS
    any_body.send_command(repair)
    assert size_of(camera.shoot()) == SIZE
    camera.frame()


@pytest.mark.parametrize("times", [1, 2])
def test_a_camera_that_is_busy_is_retried(any_body: SimulatedDslr, opened: Open, times: int) -> None:
    camera = opened(any_body)
    any_body.send_command(f"fault busy {times}")
    assert size_of(camera.shoot()) == SIZE


def test_a_camera_that_stays_busy_is_reported(old_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(old_body, "[timeouts]", "busy_retry = 0.3")
    old_body.send_command("fault busy 1000")
    assert reason_of(camera.shoot) == "busy"
    old_body.send_command("heal")
    assert size_of(camera.shoot()) == SIZE


def test_focus_that_misses_once_is_tried_again(any_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(any_body)
    any_body.send_command("fault out_of_focus 1")
    assert size_of(camera.shoot()) == SIZE
    camera.close()
    single_attempt = opened(any_body, "[focus]", "attempts = 1")
    any_body.send_command("fault out_of_focus 1")
    assert reason_of(single_attempt.shoot) == "out_of_focus", "control: there is no second attempt"


def test_a_shot_that_does_not_arrive_in_time_is_slow_and_is_reported_when_it_arrives(
    old_body: SimulatedDslr, opened: Open
) -> None:
    camera = opened(old_body, "[timeouts]", "expose = 0.3")
    old_body.send_command("delay 1.0")
    assert reason_of(camera.shoot) == "slow"
    (late,) = shots_in(poll_until(camera, shots_in))
    assert size_of(late) == SIZE, "it is still an original"
    old_body.send_command("delay 0.01")
    assert number_of(camera.shoot()) == number_of(late) + 1


def test_a_slow_cable_is_distinguished_from_a_broken_one(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body, "[files]", "chunk_bytes = 2000")
    reported: list[ShotProgress] = []
    camera.on_progress = reported.append
    body.send_command("speed 40000")
    shot = camera.shoot()
    assert size_of(shot) == SIZE
    transfers = [progress for progress in reported if progress.phase == "transfer"]
    assert len(transfers) > len(shot.data) / 2000
    assert transfers[-1].done == transfers[-1].size == len(shot.data)


def test_a_camera_too_busy_to_respond_reports_events_later(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body)
    body.send_command("fault refuse get_events 0x2019 9")
    before = body.status()["requests"].get("get_events", 0)
    assert shots_in(list(camera.poll_events())) == []
    assert body.status()["requests"]["get_events"] > before, "control: it was requested, and refused"
    body.send_command("heal")
    body.send_command("shutter")
    assert size_of(shots_in(poll_until(camera, shots_in))[0]) == SIZE


@pytest.mark.parametrize("bytes_through", [0, 9000])
def test_a_cable_pulled_during_the_transfer_is_lost_and_the_picture_is_on_the_card(
    body: SimulatedDslr, opened: Open, bytes_through: int
) -> None:
    camera = opened(body)
    body.send_command(f"fault cut {bytes_through}")
    assert reason_of(camera.shoot) == "lost"
    assert len(body.status()["files"]) == 1
    for use in (camera.frame, camera.shoot, lambda: list(camera.poll_events())):
        assert reason_of(use) == "lost", "a lost handle is never used again"


@pytest.mark.parametrize("use", ["frame", "shoot", "poll_events"])
def test_a_camera_whose_cable_is_pulled_is_lost_and_a_new_object_finds_the_camera_again(
    any_body: SimulatedDslr, opened: Open, unopened: Open, use: str
) -> None:
    camera = opened(any_body)
    any_body.unplug()
    assert reason_of(lambda: [getattr(camera, use)(), list(camera.poll_events())]) == "lost"
    assert reason_of(unopened(any_body).open) == "absent"
    any_body.plug()
    camera.close()
    again = opened(any_body)
    assert size_of(again.shoot()) == SIZE


def test_a_camera_that_stops_responding_is_hung_and_in_standby_at_the_next_call(
    body: SimulatedDslr, opened: Open, unopened: Open
) -> None:
    camera = opened(body)
    body.send_command("fault silent get_live_view_image")
    assert reason_of(camera.frame) == "hung"
    assert reason_of(camera.shoot) == "lost", "a lost handle is never used again"
    camera.close()
    body.reset()
    body.send_command("fault silent get_device_info 9")
    assert reason_of(unopened(body).open) == "asleep"
    body.send_command("heal")
    opened(body).shoot()


def test_invalid_frames_are_skipped(any_body: SimulatedDslr, opened: Open) -> None:
    camera = opened(any_body, "[timeouts]", "live_view = 0.3")
    any_body.send_command("fault frame garbage 2")
    camera.frame()
    any_body.send_command("fault frame empty 1000")
    assert reason_of(camera.frame) == "no_live_view"
    any_body.send_command("heal")
    camera.frame()


def test_live_view_that_is_prohibited_has_a_reason_and_shots_continue(body: SimulatedDslr, opened: Open) -> None:
    camera = opened(body)
    body.send_command(f"prohibit {1 << 14}")
    assert reason_of(camera.frame) == "no_card"
    body.send_command("prohibit")
    assert reason_of(camera.frame) == "battery_empty"
    assert size_of(camera.shoot()) == SIZE
    body.send_command("prohibit 0")
    camera.frame()


def test_a_camera_without_live_view_opens_and_shoots(body: SimulatedDslr, unopened: Open) -> None:
    body.send_command("prohibit")
    camera = unopened(body)
    info = camera.open()
    assert min(info.frame_size) > 0
    assert reason_of(camera.frame) == "battery_empty"
    assert size_of(camera.shoot()) == SIZE
    body.send_command("prohibit 0")
    assert camera.frame().shape == (info.frame_size[1], info.frame_size[0], 3), "live view has the announced size"


def test_a_raw_file_that_cannot_be_saved_stays_in_the_camera(body: SimulatedDslr, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "raws").write_text("a file where the folder should be")
    camera = opened(body, "[files]", "max_on_card = 0", f'raw_folder = "{tmp_path / "raws"}"')
    body.send_command("set image_quality 5")
    shot = camera.shoot()
    camera.send_command(f"stored {hashlib.sha256(shot.data).hexdigest()}")
    raw = shot.name.replace(".JPG", ".NEF")
    poll_until(camera, lambda events: body.status()["files"] == [raw])
    camera.shoot()
    events = poll_until(camera, lambda events: any("raw_not_saved" in health.warnings for health in healths_in(events)))
    assert healths_in(events), "the operator gets a warning"
    assert raw in body.status()["files"]
