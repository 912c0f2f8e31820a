"""Files in pieces, on the real server: the offset is the size on disk, and no station has access to another's file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.upload.client import Client
from kiosk.upload.envelope import TIME_HEADER, VERSION_HEADER
from kiosk.upload.errors import Unauthorized
from kiosk.upload.upload_progress import UploadProgress
from server.core.api_errors import ApiError
from server.records.models import Student
from server.stations.files import partial_root
from server.submissions.models import Submission
from server.submissions.partial_files import PartialFiles, PartialLimits, WrongOffset, remove_expired
from server.submissions.store import picture_store
from tests.server.station_client import StationClient, Visit

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LIMITS = PartialLimits(max_file_bytes=1_000_000, max_files=3, max_bytes=40_000)


def call(
    station: StationClient, method: str, sha256: str = SHA256, body: bytes | None = None, **headers: str
) -> requests.Response:
    return requests.request(
        method,
        f"{station.address}/api/station/v1/files/{sha256}",
        data=body,
        headers={
            "Authorization": f"Bearer {station.pairing.token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        timeout=20,
    )


def piece(station: StationClient, start: int, end: int, sha256: str = SHA256, length: int = 0) -> requests.Response:
    return call(
        station,
        "PATCH",
        sha256,
        CONTENT[start:end],
        Upload_Offset=str(start),
        Upload_Length=str(length or len(CONTENT)),
    )


def offset(station: StationClient, sha256: str = SHA256) -> int:
    return int(call(station, "HEAD", sha256).headers["Upload-Offset"])


def test_a_file_comes_in_pieces_and_the_server_returns_the_offset(station: StationClient) -> None:
    assert offset(station) == 0
    response = piece(station, 0, 4000)
    assert (response.status_code, response.headers["Upload-Offset"]) == (204, "4000")
    assert offset(station) == 4000
    again = piece(station, 0, 4000)
    assert (again.status_code, again.headers["Upload-Offset"], again.json()["reason"]) == (
        409,
        "4000",
        "piece_elsewhere",
    )
    assert piece(station, 4000, len(CONTENT)).headers["Upload-Offset"] == str(len(CONTENT))
    whole = call(station, "HEAD")
    assert (whole.headers["Upload-Offset"], whole.headers["Upload-Length"]) == (str(len(CONTENT)),) * 2


def test_a_file_with_another_hash_is_not_kept(station: StationClient) -> None:
    other = "0" * 64
    response = piece(station, 0, len(CONTENT), other)
    assert (response.status_code, response.json()["reason"]) == (422, "hash_differs")
    assert offset(station, other) == 0


def test_one_station_cannot_reach_the_file_of_another(station: StationClient, address: str) -> None:
    second = StationClient.paired(address, "二号站")
    piece(station, 0, 4000)
    assert offset(second) == 0
    assert call(second, "PATCH", body=b"x" * 4000, Upload_Offset="0", Upload_Length=str(len(CONTENT))).ok
    assert piece(station, 4000, len(CONTENT)).status_code == 204


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic eDp5"])
def test_without_a_valid_token_nothing_is_stored(station: StationClient, token: str) -> None:
    url = f"{station.address}/api/station/v1/files/{SHA256}"
    headers = {"Authorization": token, "Upload-Offset": "0", "Upload-Length": str(len(CONTENT))}
    response = requests.patch(url, data=CONTENT, headers=headers, timeout=20)
    assert (response.status_code, response.json()["reason"]) == (401, "token")
    assert not list(partial_root().rglob("*.part"))


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "envelope_wrong"),
        ({"Upload_Offset": "0"}, "envelope_wrong"),
        ({"Upload_Offset": "-1", "Upload_Length": "5"}, "envelope_wrong"),
        ({"Upload_Offset": "٣", "Upload_Length": "5"}, "envelope_wrong"),
        ({"Upload_Offset": "0", "Upload_Length": "0"}, "file_too_long"),
        ({"Upload_Offset": "0", "Upload_Length": "9" * 11}, "file_too_long"),
        ({"Upload_Offset": "0", "Upload_Length": "9" * 30}, "envelope_wrong"),
    ],
)
def test_a_piece_that_does_not_state_where_it_belongs(
    station: StationClient, headers: dict[str, str], reason: str
) -> None:
    encoded = {name: value.encode() for name, value in headers.items()}
    response = call(station, "PATCH", body=b"abc", **encoded)  # type: ignore[arg-type]
    assert (response.status_code, response.json()["reason"]) == (422, reason)


@pytest.mark.parametrize("sha256", ["x" * 64, SHA256.upper(), "..%2f..%2fkeys", "0" * 63])
def test_an_address_that_is_no_hash(station: StationClient, sha256: str) -> None:
    assert call(station, "PATCH", sha256, b"x", Upload_Offset="0", Upload_Length="1").status_code in (404, 422)


def test_a_piece_of_more_than_two_megabytes_is_refused(station: StationClient) -> None:
    response = call(station, "PATCH", body=b"x" * (2 << 20) + b"y", Upload_Offset="0", Upload_Length="9000000")
    assert (response.status_code, response.json()["reason"]) == (413, "piece_too_large")


def test_every_response_has_the_wire_version_and_the_time(station: StationClient) -> None:
    for response in (
        call(station, "HEAD"),
        station.roster(),
        requests.get(f"{station.address}/api/station/v1/x", timeout=9),
    ):
        assert response.headers[VERSION_HEADER] == "2"
        assert response.headers[TIME_HEADER]


# ---- the real client with the real server


def client_of(station: StationClient, reports: list[UploadProgress | None] | None = None) -> Client:
    report = (reports if reports is not None else []).append
    return Client(station.address, station.pairing.token, on_progress=report, sleep=lambda seconds: None)


def test_a_visit_in_pieces(station: StationClient, student: Student) -> None:
    visit = Visit.of(student, shot=Visit.of(student).shot + b"\0" * 3_000_000)
    reports: list[UploadProgress | None] = []
    client = client_of(station, reports)
    accepted = client.submit(visit.envelope, visit.shot, visit.portrait)
    assert accepted.matches(visit.envelope)
    assert picture_store().path(visit.envelope.shot.sha256).read_bytes() == visit.shot
    assert list(partial_root().rglob("*.whole")) == []
    assert reports[-1] is None
    steps = [step.sent for step in reports if step]
    assert steps == sorted(steps)
    assert steps[-1] == len(visit.shot) + len(visit.portrait or b"")
    assert abs(client.clock.seconds_ahead or 99) < 10


def test_a_retry_after_a_lost_response_sends_no_byte_of_the_files(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(station)
    first = client.submit(visit.envelope, visit.shot, visit.portrait)
    methods: list[str] = []
    real = client._api.exchange
    monkeypatch.setattr(client._api, "exchange", lambda request: methods.append(request.method) or real(request))
    assert client.submit(visit.envelope, visit.shot, visit.portrait) == first
    assert methods == ["HEAD", "HEAD", "POST"]
    assert Submission.objects.count() == 1


def test_a_stored_file_that_was_damaged_is_sent_again_and_repaired(station: StationClient, visit: Visit) -> None:
    client = client_of(station)
    client.submit(visit.envelope, visit.shot, visit.portrait)
    path = picture_store().path(visit.envelope.shot.sha256)
    path.write_bytes(b"rot")
    client.submit(visit.envelope, visit.shot, visit.portrait)
    assert path.read_bytes() == visit.shot


def test_a_file_that_expired_before_the_envelope_came_is_sent_again(
    station: StationClient, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(station)
    real = client._api.exchange
    expired: list[int] = []

    def exchange(request: object) -> object:
        if request.method == "POST" and not expired:  # type: ignore[attr-defined]
            expired.append(remove_expired(partial_root(), 0, time.time() + 10))
        return real(request)  # type: ignore[arg-type]

    monkeypatch.setattr(client._api, "exchange", exchange)
    assert client.submit(visit.envelope, visit.shot, visit.portrait).matches(visit.envelope)
    assert expired == [2]


def test_a_station_without_access_is_refused_before_it_sends_a_file(address: str, visit: Visit) -> None:
    with pytest.raises(Unauthorized):
        Client(address, "unknown").submit(visit.envelope, visit.shot, visit.portrait)


# ---- the folder


@pytest.fixture
def folder(tmp_path: Path) -> PartialFiles:
    return PartialFiles(tmp_path / "partial", "st1", LIMITS)


def test_bytes_written_before_a_kill_count_for_the_offset(folder: PartialFiles, tmp_path: Path) -> None:
    def killed() -> Iterator[bytes]:
        yield CONTENT[:3000]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.append(SHA256, 0, len(CONTENT), killed())
    again = PartialFiles(tmp_path / "partial", "st1", LIMITS)
    assert again.state(SHA256).offset == 3000
    assert again.append(SHA256, 3000, len(CONTENT), [CONTENT[3000:]]).path is not None


def test_killed_between_the_last_piece_and_the_check(folder: PartialFiles, tmp_path: Path) -> None:
    folder.append(SHA256, 0, len(CONTENT), [CONTENT])
    whole = folder.complete_file(SHA256, len(CONTENT))
    assert whole is not None
    os.rename(whole, whole.with_suffix(".part"))
    assert folder.complete_file(SHA256, len(CONTENT)) == whole
    os.rename(whole, whole.with_suffix(".part"))
    whole.with_suffix(".part").write_bytes(b"\0" * len(CONTENT))  # as after a power cut
    assert folder.state(SHA256).offset == 0


def test_a_share_is_never_exceeded_and_the_oldest_file_is_removed(folder: PartialFiles, tmp_path: Path) -> None:
    names = [f"{number:064x}" for number in range(6)]
    for place, name in enumerate(names):
        folder.append(name, 0, 15_000, [b"x" * 9000])
        os.utime(tmp_path / "partial" / "st1" / f"{name}.15000.part", (place, place))
    remaining = [name for name in names if folder.state(name).offset]
    assert remaining == names[-len(remaining) :]
    assert 1 <= len(remaining) <= LIMITS.max_files


def test_a_file_that_gets_no_piece_for_a_day_is_removed(tmp_path: Path) -> None:
    now = [time.time()]
    folder = PartialFiles(tmp_path, "st1", LIMITS, clock=lambda: now[0])
    folder.append(SHA256, 0, len(CONTENT), [b"x"])
    now[0] += LIMITS.max_age_s + 60
    folder.append("0" * 64, 0, 10, [b"x"])
    assert folder.state(SHA256).offset == 0


@pytest.mark.parametrize("owner", ["", "..", "a/b", "x" * 65, "."])
def test_an_owner_that_is_no_folder_name(tmp_path: Path, owner: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        PartialFiles(tmp_path, owner, LIMITS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 12_000), st.booleans()), max_size=12))
def test_whatever_pieces_come_only_the_right_file_is_completed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    folder = PartialFiles(tmp_path_factory.mktemp("partial"), "st1", LIMITS)
    for start, size, right in steps:
        body = CONTENT[start : start + size] if right else b"\xff" * size
        with contextlib.suppress(WrongOffset, ApiError):
            folder.append(SHA256, start, len(CONTENT), [body])
        state = folder.state(SHA256)
        assert 0 <= state.offset <= len(CONTENT)
        if state.path is not None:
            assert state.path.read_bytes() == CONTENT
