"""The offline roster: without a network, a lookup returns the student or the reason against a photo."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from kiosk.upload import roster as roster_module
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.number_hashing import roster_hash, slow_hash
from kiosk.upload.roster import Roster, RosterProblem
from kiosk.upload.roster_index import RosterIndex
from kiosk.upload.roster_payload import CampaignPayload, NumberHashing, RosterPayload, StudentPayload, StudentState
from tests.factories import make_campaign, make_roster, make_student

KEY = "ab" * 32
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CIPHER = FileCipher(bytes(KEY_SIZE))
NUMBER = "99010120030509012X"


def campaign(code: str = "c1", opens: int = -10, closes: int = 10) -> CampaignPayload:
    """Return a campaign that opens and closes these days after NOW."""
    return make_campaign(code, now=NOW, opens=opens, closes=closes)


def student(
    who: str = "s1", code: str = "c1", number: str = NUMBER, state: StudentState = StudentState.EXPECTED
) -> StudentPayload:
    return make_student(number, campaign=code, key=KEY, id=who, state=state, progress_url=f"http://server/p/{who}")


def roster(campaigns: list[CampaignPayload], students: list[StudentPayload], drawn_at: datetime = NOW) -> RosterPayload:
    return make_roster(campaigns, students, now=drawn_at)


@pytest.fixture
def cache(tmp_path: Path) -> Roster:
    return Roster(tmp_path / "roster", CIPHER, KEY)


def rejected_lookup(cache: Roster, number: str = NUMBER, now: datetime = NOW) -> RosterProblem:
    with pytest.raises(RosterProblem) as caught:
        cache.find(number, now)
    return caught.value


def test_an_expected_student_is_found_by_number_in_either_case(cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    match = cache.find(NUMBER.lower(), NOW)
    assert (match.student, match.campaign) == (student(), campaign())
    assert (cache.generated_at, len(cache)) == (NOW, 1)


def test_it_is_read_after_a_restart_and_encrypted_on_the_disk(tmp_path: Path, cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    assert Roster(tmp_path / "roster", CIPHER, KEY).find(NUMBER, NOW).student == student()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "王".encode() not in on_disk
    assert student().id_number_hmac.encode() not in on_disk
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_without_any_roster(cache: Roster) -> None:
    assert rejected_lookup(cache).key == "roster.empty"
    assert cache.generated_at is None


def test_an_unknown_number(cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    assert rejected_lookup(cache, "990101200305090999").key == "roster.unknown"


def test_with_another_key_nobody_is_found(tmp_path: Path, cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    assert rejected_lookup(Roster(tmp_path / "roster", CIPHER, "cd" * 32)).key == "roster.unknown"


@pytest.mark.parametrize(
    ("opens", "closes", "state", "key"),
    [
        (-10, -1, StudentState.EXPECTED, "roster.expired"),
        (1, 10, StudentState.EXPECTED, "roster.not_open"),
        (-10, 10, StudentState.CAPTURED, "roster.captured"),
        (-10, -1, StudentState.CAPTURED, "roster.captured"),
        (-10, 10, StudentState.WITHDRAWN, "roster.withdrawn"),
        (-10, -1, StudentState.WITHDRAWN, "roster.withdrawn"),
    ],
)
def test_reasons_are_distinguished(cache: Roster, opens: int, closes: int, state: StudentState, key: str) -> None:
    cache.replace(roster([campaign(opens=opens, closes=closes)], [student(state=state)]))
    assert rejected_lookup(cache).key == key


def test_the_first_moment_is_open(cache: Roster) -> None:
    cache.replace(roster([campaign(opens=0)], [student()]))
    assert cache.find(NUMBER, NOW).student == student()


def test_dates_are_those_of_the_school(cache: Roster) -> None:
    """16:30 UTC is half past midnight in Shanghai; whatever zone this station's clock has, the date is the school's."""
    closing = campaign(closes=0).model_copy(update={"closes_at": datetime(2026, 5, 18, 16, 30, tzinfo=UTC)})
    cache.replace(roster([closing], [student()]))
    for zone in (UTC, timezone(timedelta(hours=8))):
        problem = rejected_lookup(cache, now=NOW.astimezone(zone))
        assert problem.values["date"] == "2026-05-19"
        assert "2026-05-19" in problem.in_language("zh_CN")


def test_of_two_enrolments_the_one_that_can_be_taken_counts(cache: Roster) -> None:
    campaigns = [campaign("old", -20, -10), campaign("new")]
    cache.replace(roster(campaigns, [student("s1", "old"), student("s2", "new")]))
    assert cache.find(NUMBER, NOW).student.id == "s2"
    cache.mark_captured("s2", NOW)
    assert rejected_lookup(cache).key == "roster.captured"


def test_a_student_of_an_unknown_campaign_is_not_expected(cache: Roster) -> None:
    cache.replace(roster([campaign()], [student(), student("s2", "elsewhere", "990101200305090999")]))
    assert rejected_lookup(cache, "990101200305090999").key == "roster.unknown"


def test_a_second_scan_offline_is_reported_also_after_a_restart(tmp_path: Path, cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW)
    assert rejected_lookup(cache).key == "roster.captured"
    assert rejected_lookup(Roster(tmp_path / "roster", CIPHER, KEY)).key == "roster.captured"


def test_a_newer_roster_wins_unless_the_visit_still_waits_here(tmp_path: Path) -> None:
    waiting = {"s1"}
    cache = Roster(tmp_path / "roster", CIPHER, KEY, pending_students=lambda: waiting)
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW)
    later = roster([campaign()], [student()], NOW + timedelta(hours=1))
    cache.replace(later)
    assert rejected_lookup(cache).key == "roster.captured"
    waiting.clear()
    cache.replace(later)  # the server has the visit and expects the student again, for another portrait
    assert cache.find(NUMBER, NOW).student.id == "s1"


def test_a_roster_drawn_while_the_visit_was_being_sent_does_not_undo_it(tmp_path: Path) -> None:
    waiting = {"s1"}
    cache = Roster(tmp_path / "roster", CIPHER, KEY, pending_students=lambda: waiting)
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW)
    at_request = cache.pending_students()
    waiting.clear()  # the visit reaches the server after it has drawn the roster
    cache.replace(roster([campaign()], [student()]), at_request)
    assert rejected_lookup(cache).key == "roster.captured"


def test_a_visit_that_began_and_was_sent_during_the_download_is_not_undone(cache: Roster) -> None:
    cache.replace(roster([campaign()], [student()]))
    waiting, captured = cache.pending_students(), cache.captured_students()
    cache.mark_captured("s1", NOW)
    drawn_before = roster([campaign()], [student()])
    cache.replace(drawn_before, waiting, captured)
    assert rejected_lookup(cache).key == "roster.captured"
    cache.replace(
        drawn_before, cache.pending_students(), cache.captured_students()
    )  # requested after the server had the visit
    assert cache.find(NUMBER, NOW).student.id == "s1"


def test_a_lookup_never_uses_a_half_replaced_roster(cache: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has the visit, so the mark is removed; until the new roster is in effect it still counts."""
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW)
    build_index, keys = roster_module.build_index, []

    def build_and_look_up(*args: Any) -> RosterIndex:
        index = build_index(*args)
        keys.append(rejected_lookup(cache).key)
        return index

    monkeypatch.setattr(roster_module, "build_index", build_and_look_up)
    cache.replace(roster([campaign()], [student(state=StudentState.CAPTURED)]), (), cache.captured_students())
    assert keys == ["roster.captured"]
    assert rejected_lookup(cache).key == "roster.captured"


@pytest.mark.parametrize("ahead", [timedelta(days=-1), timedelta(days=1)])
def test_a_wrong_clock_does_not_keep_a_student_captured(cache: Roster, ahead: timedelta) -> None:
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW + ahead)
    cache.replace(roster([campaign()], [student()], NOW))  # the server has the visit and expects the student again
    assert cache.find(NUMBER, NOW).student.id == "s1"


@pytest.mark.parametrize(("hours", "key"), [(0, ""), (23.9, ""), (-0.1, "roster.not_open"), (24.1, "roster.expired")])
def test_a_collection_is_open_on_whole_days_of_its_own_time_zone(cache: Roster, hours: float, key: str) -> None:
    """Opens at noon and closes at one: the whole day counts, from midnight to midnight in Shanghai (16:00 UTC)."""
    day = campaign().model_copy(update={"opens_at": NOW, "closes_at": NOW + timedelta(hours=1)})
    cache.replace(roster([day], [student()]))
    moment = datetime(2026, 5, 19, 16, tzinfo=UTC) + timedelta(hours=hours)
    if key:
        assert rejected_lookup(cache, now=moment).key == key
    else:
        assert cache.find(NUMBER, moment).student.id == "s1"


def test_an_unknown_time_zone(cache: Roster) -> None:
    cache.replace(roster([campaign().model_copy(update={"time_zone": "Nowhere/City"})], [student()]))
    assert cache.find(NUMBER, NOW).student.id == "s1"


@pytest.mark.parametrize(("number", "key"), [(errno.ENOSPC, "upload.disk_full"), (errno.EACCES, "roster.not_saved")])
@pytest.mark.parametrize("call", ["replace", "mark_captured"])
def test_a_failed_write_keeps_the_old_roster(
    tmp_path: Path, cache: Roster, monkeypatch: pytest.MonkeyPatch, number: int, key: str, call: str
) -> None:
    cache.replace(roster([campaign()], [student()]))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    calls: dict[str, Callable[[], None]] = {
        "replace": lambda: cache.replace(roster([], [])),
        "mark_captured": lambda: cache.mark_captured("s1", NOW),
    }
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Problem) as caught:
        calls[call]()
    assert caught.value.key == key
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert cache.find(NUMBER, NOW).student == student()


@pytest.mark.parametrize("name", ["roster", "roster.captured"])
def test_a_damaged_file_does_not_keep_the_station_from_starting(tmp_path: Path, cache: Roster, name: str) -> None:
    cache.replace(roster([campaign()], [student()]))
    cache.mark_captured("s1", NOW)
    (tmp_path / name).write_bytes(b"spoilt")
    again = Roster(tmp_path / "roster", CIPHER, KEY)
    assert again.problem is not None
    assert again.problem.key == "roster.damaged"
    again.replace(roster([campaign()], [student()]))
    assert again.problem is None


def test_a_roster_that_cannot_be_read_leaves_the_garbage_collector_running(tmp_path: Path) -> None:
    (tmp_path / "roster").write_bytes(CIPHER.encrypt(b"{}"))
    assert Roster(tmp_path / "roster", CIPHER, KEY).problem is not None
    assert gc.isenabled()


HASHING = NumberHashing(salt="5a" * 16, n=16, r=8, p=1, peppers=32)


def hashed(who: str, code: str = "c1", number: str = NUMBER, pepper: int = 31) -> StudentPayload:
    """Return a student as the present server sends it: with a slow hash of the number and a secret pepper."""
    hmac = roster_hash(KEY, slow_hash(number, HASHING, pepper))
    return student(who, code, number).model_copy(update={"id_number_hmac": hmac, "last_four": "", "progress_url": ""})


def slow_roster(campaigns: list[CampaignPayload], students: list[StudentPayload]) -> RosterPayload:
    details = {"number_hashing": HASHING, "progress_base_url": "https://photo.example.edu/p/"}
    return roster(campaigns, students).model_copy(update=details)


@pytest.mark.parametrize("pepper", [0, 7, 31])
def test_a_number_is_found_by_its_slow_hash_whatever_its_pepper(cache: Roster, pepper: int) -> None:
    cache.replace(slow_roster([campaign()], [hashed("s1", pepper=pepper)]))
    assert cache.find(f" {NUMBER.lower()} ", NOW).student.id == "s1"
    assert rejected_lookup(cache, "990101200305090999").key == "roster.unknown"
    assert cache.progress_base == "https://photo.example.edu/p/"


def test_a_roster_with_slow_hashes_is_read_after_a_restart(tmp_path: Path, cache: Roster) -> None:
    cache.replace(slow_roster([campaign()], [hashed("s1")]))
    again = Roster(tmp_path / "roster", CIPHER, KEY)
    assert again.find(NUMBER, NOW).student.id == "s1"
    assert again.progress_base == "https://photo.example.edu/p/"


def test_a_precomputed_hash_is_not_computed_again(cache: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.replace(slow_roster([campaign()], [hashed("s1")]))
    cache.precompute_hash(NUMBER)
    monkeypatch.setattr(roster_module, "candidate_hashes", lambda *_: pytest.fail("computed on the screen's thread"))
    assert cache.find(NUMBER, NOW).student.id == "s1"


def test_a_number_that_was_unknown_is_looked_up_again_in_the_next_roster(cache: Roster) -> None:
    cache.replace(slow_roster([campaign()], []))
    cache.precompute_hash(NUMBER)
    cache.replace(slow_roster([campaign()], [hashed("s1")]))
    assert cache.find(NUMBER, NOW).student.id == "s1"


def test_every_enrolment_that_can_be_taken_is_found(cache: Roster) -> None:
    campaigns = [campaign(), campaign("c2"), campaign("c3", closes=-1)]
    cache.replace(slow_roster(campaigns, [hashed("s1"), hashed("s2", "c2"), hashed("s3", "c3")]))
    assert [match.student.id for match in cache.find_all(NUMBER, NOW)] == ["s1", "s2"]
