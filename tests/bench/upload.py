"""Time from scan to name, speed of the outbox, and the cost of its protections.

Run: python -m tests.bench.upload
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from config.id_number import make_number
from hardware.card_reader.samv_driver import SamvReader
from hardware.simulators.card_reader import SimulatedCardReader
from kiosk.capture.storage import FileStore
from kiosk.upload.encryption import FileCipher
from kiosk.upload.envelope import Consent, SubmissionReceipt, VisitOutcome
from kiosk.upload.number_hashing import candidate_hashes
from kiosk.upload.outbox.models import VisitDraft
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.outbox.rows import shot_digest, visit_digest
from kiosk.upload.outbox.sent_log import SentLog
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import NumberHashing, RosterPayload
from server.records.id_number_protection import PEPPERS, SCRYPT_N
from tests.factories import make_campaign, make_roster, make_student

STUDENTS = 20_000
SCANS = 200
VISITS = 200
SHOT_BYTES = 8_000_000
KEY = "5a" * 32
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
FRAME_BYTES = 10 + 15 + 10 + 19 + 10 + 1295
"""Bytes on the wire for one card: requests and responses of find, select and read."""


def number_of(index: int) -> str:
    return make_number("990101", date(2000, 1, 1) + timedelta(days=index // 1000), index % 1000)


def invented_roster() -> RosterPayload:
    students = (make_student(number_of(index), campaign="c1", key=KEY, id=f"s{index}") for index in range(STUDENTS))
    return make_roster([make_campaign("c1", now=NOW)], students, now=NOW)


def time_call(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def print_row(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=20)
    print(f"{name:<52} p50 {1000 * statistics.median(seconds):8.2f} ms   p95 {1000 * cuts[18]:8.2f} ms")


def scan_to_name(folder: Path) -> None:
    cipher = FileCipher.load_or_create(folder / "key")
    roster = Roster(folder / "roster", cipher, KEY)
    payload = invented_roster()
    seconds = time_call(lambda: roster.replace(payload))
    print(f"roster of {STUDENTS:,} encrypted and saved in {1000 * seconds:.0f} ms, ", end="")
    opening = time_call(lambda: Roster(folder / "roster", cipher, KEY))
    print(f"opened at start in {1000 * opening:.0f} ms, {(folder / 'roster').stat().st_size / 1e6:.1f} MB")
    scans, lookups = [], []
    with SimulatedCardReader() as module:
        reader = SamvReader(module.port)
        reader.open()
        for index in range(SCANS):
            number = number_of(index * (STUDENTS // SCANS))
            module.place_card("王小明", number)
            start = time.perf_counter()
            reading = reader.read()
            assert reading is not None
            read = time.perf_counter()
            assert roster.find(reading.number, NOW).student.id == f"s{index * (STUDENTS // SCANS)}"
            scans.append(time.perf_counter() - start)
            lookups.append(time.perf_counter() - read)
            module.take_card()
        reader.close()
    print_row("scan to name, simulated reader", scans)
    print_row("  of which the roster", lookups)
    wire = FRAME_BYTES * 10 / 115_200
    transfer = f"{1000 * wire:.0f} ms of transfer at 115200 baud"
    print(f"  a real reader adds {transfer}, its time with the card, and <= 200 ms of polling")


def outbox(folder: Path) -> None:
    cipher = FileCipher.load_or_create(folder / "key")
    originals = FileStore(folder / "files", cipher.encrypt, cipher.decrypt)
    box = Outbox(folder / "outbox.db")
    consent = Consent(text_version="2026-1", given_at=NOW)
    draft = VisitDraft("s1", "c1", "王*明", NOW, "id_card", consent, True)
    shot_bytes = bytes(SHOT_BYTES)
    print_row(
        f"shot of {SHOT_BYTES // 1_000_000} MB encrypted, hashed, on disk",
        [time_call(lambda: originals.store(shot_bytes, "s.jpg")) for _ in range(20)],
    )
    shot, portrait = originals.store(b"s" * 1000, "s.jpg"), originals.store(b"p" * 1000, "p.jpg")
    visits: list[str] = []
    print_row(
        "begin (identity and shot, one transaction)",
        [time_call(lambda: visits.append(box.create(draft, shot))) for _ in range(VISITS)],
    )
    print_row(
        "portrait", [time_call(lambda v=v: box.record_result(v, portrait, {"standard": "chsi"}, [])) for v in visits]
    )
    print_row("ready", [time_call(lambda v=v: box.mark_ready(v, VisitOutcome.ACCEPTED)) for v in visits])
    start = time.perf_counter()
    while (item := box.lease(60)) is not None:
        submission = item.submission()
        box.mark_sent(
            item.id,
            SubmissionReceipt(
                id=item.id,
                state="received",
                shot_sha256=submission.shot.sha256,
                portrait_sha256=portrait.sha256,
                progress_url="https://server.example/p/1",
            ),
        )
    print(f"{'lease and acknowledge':<52} {VISITS / (time.perf_counter() - start):8.0f} visits/s")
    protections(folder, box, visits[0])
    box.close()


def protections(folder: Path, box: Outbox, visit: str) -> None:
    """Print the cost of the protections, which the figures above contain or, with a real roster, would contain."""
    row, [shot] = box.database.visit_row(visit), box.database.shot_rows(visit)
    digests = [time_call(lambda: (visit_digest(row), shot_digest(shot))) for _ in range(VISITS)]
    print_row("  of which digests, once at begin and twice here", digests)
    sent = SentLog(folder / "sent-visits.jsonl")
    lines = [time_call(lambda: sent.add(visit, [shot["digest"] * 2], 0.0)) for _ in range(VISITS)]
    print_row("  of which the list of sent visits, with its fsync", lines)
    hashing = NumberHashing(salt="5a" * 16, n=SCRYPT_N, r=8, p=1, peppers=PEPPERS)
    scans = [time_call(lambda: list(candidate_hashes(KEY, number_of(0), hashing))) for _ in range(5)]
    print_row("slow hash of a scanned ID number, at most", scans)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scan_to_name(Path(folder))
        outbox(Path(folder))


if __name__ == "__main__":
    main()
