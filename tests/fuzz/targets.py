"""Every parser of bytes from outside, with seeds and with the errors that it may raise. One row is one target."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

from PIL import Image
from pydantic import ValidationError

from config.document_reader.mrz import read_mrz
from config.errors import Problem
from config.standards.loader import read_standard, shipped_standards
from hardware.cameras.gphoto.download import jpeg_size
from hardware.cameras.gphoto.other_formats import problem_of_contents
from hardware.cameras.gphoto.preview import decode as decode_live_view
from hardware.card_reader.card_text import parse_text
from hardware.card_reader.samv_protocol import FrameDecoder, Reply
from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.exif import read_exif
from kiosk.capture.image_io.file_type import detect_kind
from kiosk.capture.image_io.headers import heif_properties, png_chunks, read_header
from kiosk.capture.image_io.icc import MatrixProfile, build_matrix_profile
from kiosk.capture.image_io.jpeg_structure import read_structure
from kiosk.capture.image_io.tiff_tags import TiffReader
from kiosk.capture.isolated_decoding.preview_rendering import make_preview
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.file_metrics import file_metrics, read_jpeg_properties
from kiosk.capture.verification.portrait_analysis import decode_lenient
from kiosk.identification.code_list import read_bindings
from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.envelope import Submission
from kiosk.upload.outbox.photo_header import PhotoHeader
from kiosk.upload.outbox.rows import ROW_ERRORS, parse_verdicts, stored_file_from_json
from kiosk.upload.roster_payload import RosterPayload
from server.payments.gateways.alipay.bill import read_packed
from server.payments.gateways.alipay.notifications import read as read_alipay_notification
from server.payments.gateways.base import NotificationRejected, Unsure
from server.payments.gateways.wechat.bill import parse_bill as parse_wechat_bill
from server.payments.gateways.wechat.bill import unpack as unpack_wechat_bill
from server.payments.gateways.wechat.reports import payment_report, refund_report
from server.payments.simulator.alipay_messages import trade_fields
from server.payments.simulator.bills import alipay_bill, wechat_bill
from server.payments.simulator.trades import SimulatedRefund, Trade, TradeState
from server.payments.simulator.wechat_messages import refund_fields, transaction_fields
from tests.kiosk.capture.picture_files import KINDS, encode, picture, with_orientation

Allowed = tuple[type[Exception], ...]
CIPHER = FileCipher(bytes(KEY_SIZE))
FOLDER = Path(tempfile.gettempdir())


@dataclass(frozen=True)
class Target:
    """`run` may raise one of `allowed` and nothing else; a `slow` target gets a tenth of the suite's inputs."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]] = field(repr=False)
    allowed: Allowed = ()
    slow: bool = False


# ------------------------------------------------------------------------------------------------------------- pictures


@cache
def jpegs() -> tuple[bytes, ...]:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0131] = 6, "maker", "editor"
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    forms: tuple[dict[str, object], ...] = (
        {},
        {"progressive": True},
        {"restart_marker_rows": 1},
        {"exif": exif.tobytes(), "dpi": (300, 300), "comment": b"words"},
        {"icc_profile": profiles()[0], "subsampling": 0},
        {"exif": b"Exif\0\0" + thumbnail_block()},
    )
    grey = (encode(picture().convert("L")), encode(picture().convert("CMYK")))
    return (*(encode(picture(), quality=85, **form) for form in forms), *grey)


def thumbnail_block() -> bytes:
    """Return a TIFF block whose second directory has a thumbnail."""
    small = encode(picture(32, 24))
    first = (1).to_bytes(2, "little") + bytes.fromhex("1201 0300 01000000 01000000") + (26).to_bytes(4, "little")
    entries = bytes.fromhex("0102 0400 01000000 38000000 0202 0400 01000000") + len(small).to_bytes(4, "little")
    second = (2).to_bytes(2, "little") + entries + bytes(4)
    return b"II*\0\x08\0\0\0" + first + second + small


@cache
def pictures() -> tuple[bytes, ...]:
    others = tuple(encode(picture(), kind) for kind in KINDS if kind != "JPEG")
    more = (encode(picture().convert("P"), "PNG"), encode(picture(), "TIFF", compression="tiff_lzw"))
    turned = tuple(encode(picture(), kind, exif=with_orientation(6)) for kind in ("PNG", "TIFF", "WEBP"))
    return (*jpegs(), *others, *more, *turned, encode(picture(), "GIF"), b"%PDF-1.7\n", b"%!PS-Adobe-3.0 EPSF-3.0\n")


@cache
def profiles() -> tuple[bytes, ...]:
    primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
    return tuple(build_matrix_profile("fuzz", primaries, (0.3127, 0.329), gamma) for gamma in (None, 2.2))


def tiffs() -> tuple[bytes, ...]:
    return (encode(picture(), "TIFF"), with_orientation(3)[6:], thumbnail_block())


def all_directories(data: bytes) -> object:
    reader = TiffReader.of(data)
    return reader and reader.directories()


def header(data: bytes) -> object:
    return (read_header(detect_kind(data), data), list(png_chunks(data, frozenset((b"IHDR",)))), heif_properties(data))


def preview(data: bytes) -> object:
    return make_preview(data, 32)


def camera_bytes(data: bytes) -> object:
    problem_of_contents(data)
    decode_live_view(data)
    return jpeg_size(data)


# ------------------------------------------------------------------------------------------------ cards and documents


def frames(data: bytes) -> object:
    decoder = FrameDecoder(3)
    return [decoder.feed(data[at : at + 7]) for at in range(0, len(data), 7)]


def frame_seeds() -> tuple[bytes, ...]:
    return (Reply(0x9F, bytes(8)).frame, Reply(0x90, bytes(range(200))).frame * 2, b"\xaa\xaa" + Reply(0x80).frame)


def card_seeds() -> tuple[bytes, ...]:
    text = (
        "王小明".ljust(15)
        + "1"
        + "01"
        + "20030102"
        + "虚构地址".ljust(35)
        + "990101200301020011"
        + "虚构机关".ljust(15)
    )
    return ((text + "2020010120300101").ljust(128)[:128].encode("utf-16-le"), bytes(256))


def mrz(data: bytes) -> object:
    return read_mrz(data.decode("utf-8", "replace").splitlines())


MRZ = (
    b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    b"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)

# -------------------------------------------------------------------------------------------------------- files, tables


def from_file(read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """Return a function that writes bytes to a file for `read`."""

    def run(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            return read(path)

    return run


BINDINGS = (
    "采集码,学号\nA1,2022001\nB2,2022002\n".encode(),
    "采集码,学号,批次\nA1,2022001,tst\n".encode("gb18030"),
    b"sha256,student_no\n" + b"0" * 64 + b",2022001\n",
)
ROSTERS = (
    "姓名,身份证号,学号,班级\n王小明,990101200301020011,2022001,一班\n李雷,990101200301020038,2022002,二班\n".encode(),
    "姓名\t身份证号\t学号\n王小明\t990101200301020011\t2022001\n".encode("gb18030"),
    "\ufeff姓名,证件号码\n王小明,990101200301020011\n".encode("utf-16"),
    "<table><tr><th>姓名</th><th>身份证号</th></tr><tr><td>王小明</td><td>990101200301020011</td></tr></table>".encode(),
)


def roster(data: bytes) -> object:
    from server.records.roster_import.reader import read_roster
    from tests.server import conftest  # noqa: F401 - Django's settings

    if data[:4] in (b"PK\3\4", b"\xd0\xcf\x11\xe0"):  # a workbook is read by a child process; see its own tests
        return None
    return read_roster(data)


def standards() -> tuple[bytes, ...]:
    own = b'name = "own"\ntitle = "own"\nversion = "1"\nextends = "chsi"\n[rules.roll]\nmax = 5\n'
    return (
        own,
        *(path.read_bytes().replace(b'name = "chsi"', b'name = "own"', 1) for path in shipped_standards().values()),
    )


# ------------------------------------------------------------------------------------------------------------- the wire

SUBMISSION = {
    "version": 1,
    "id": "0" * 32,
    "campaign": "tstcmp",
    "student": "1" * 32,
    "taken_at": "2026-05-01T10:00:00+08:00",
    "identified_by": "id_card",
    "consent": {"text_version": "1", "given_at": "2026-05-01T09:59:00+08:00"},
    "ending": "accepted",
    "simulated": True,
    "shot": {"name": "shot.jpg", "size": 1000, "sha256": "0" * 64},
    "portrait": {"name": "portrait.jpg", "size": 1000, "sha256": "1" * 64},
    "recipe": {"crop": {"left": 1}},
    "verdicts": [{"rule": "roll", "outcome": "pass", "value": 1.5, "unit": "deg", "low": -3, "high": 3}],
}


def of_json(*values: object) -> Callable[[], Sequence[bytes]]:
    return lambda: [json.dumps(value, ensure_ascii=False).encode() for value in values]


HEADER = {
    **SUBMISSION,
    "kind": "shot",
    "visit": "0" * 32,
    "name": "王小明",
    "file": "0" * 32 + ".zgv",
    "camera_name": "IMG_1.JPG",
    "written_at": 1.5,
    "shot": "",
}
STORED_FILE = {"path": "files/" + "0" * 32 + ".zgv", "name": "IMG_1.JPG", "size": 12, "sha256": "0" * 64}


def stored_file(data: bytes) -> object:
    return stored_file_from_json(data.decode("utf-8", "replace"), FOLDER)


def verdicts(data: bytes) -> object:
    return parse_verdicts(data.decode("utf-8", "replace"))


# ------------------------------------------------------------------------------------------------------------- payments

# Every signature is accepted here, so that the damage reaches the code after the check.
MERCHANT = SimpleNamespace(
    mchid="1900000000", appid="wx0", app_id="2021", seller_id="2088", simulated=True, has_signed=lambda *_: True
)


@cache
def trades() -> tuple[Trade, Trade]:
    at = datetime(2026, 5, 11, 2, tzinfo=UTC)
    both = [
        Trade(name, product, "T1", 1550, "photo", "", at)
        for name, product in (("wechat", "native"), ("alipay", "page"))
    ]
    for trade in both:
        trade.state, trade.paid_fen, trade.transaction_id, trade.paid_at = TradeState.PAID, 1550, "42", at
        trade.refunds["R1"] = SimulatedRefund("R1", "50", 50, at, done=True)
    return both[0], both[1]


def wechat_bill_seeds() -> tuple[bytes, ...]:
    packed, _ = wechat_bill(list(trades()), date(2026, 5, 11))
    return packed, gzip.decompress(packed)


def read_wechat_bill(data: bytes) -> object:
    return parse_wechat_bill(unpack_wechat_bill(data) if data[:2] == b"\x1f\x8b" else data)


def alipay_bill_seeds() -> tuple[bytes, ...]:
    return (alipay_bill(list(trades()), date(2026, 5, 11)),)


def wechat_fields(data: bytes) -> object:
    fields = json.loads(data)
    return refund_report(MERCHANT, fields) if "refund" in str(fields) else payment_report(MERCHANT, fields)  # type: ignore[arg-type]


def wechat_seeds() -> Sequence[bytes]:
    trade = trades()[0]
    paid = transaction_fields(trade) | {"mchid": MERCHANT.mchid, "appid": MERCHANT.appid}
    return of_json(paid, refund_fields(trade, trade.refunds["R1"]))()


def alipay_notification(data: bytes) -> object:
    return read_alipay_notification(MERCHANT, data, datetime.now(UTC))  # type: ignore[arg-type]


def alipay_seeds() -> tuple[bytes, ...]:
    fields = trade_fields(trades()[1]) | {"app_id": "2021", "seller_id": "2088", "notify_id": "n1"}
    return (urlencode(fields | {"gmt_payment": "2026-05-11 10:00:00", "sign_type": "RSA2", "sign": "x"}).encode(),)


# Pydantic refuses malformed UTF-8 with the same error.
PHOTO, TEXT = (PhotoProblem,), (ValidationError,)
TARGETS = (
    Target("jpeg_structure", read_structure, jpegs),
    Target("jpeg_facts", read_jpeg_properties, jpegs),
    Target("file_measures", file_metrics, pictures, PHOTO),
    Target("exif", read_exif, tiffs),
    Target("tiff_tags", all_directories, tiffs),
    Target("icc", MatrixProfile.read, profiles),
    Target("file_kind", detect_kind, pictures, PHOTO),
    Target("headers", header, pictures, PHOTO),
    Target("decode", decode, pictures, PHOTO),
    Target("shown", decode_lenient, pictures, PHOTO),
    Target("preview", preview, pictures, PHOTO),
    Target("camera", camera_bytes, pictures, (Problem,)),
    Target("samv_frames", frames, frame_seeds),
    Target("card_text", parse_text, card_seeds, (Problem,)),
    Target("mrz", mrz, lambda: MRZ),
    Target("roster", roster, lambda: ROSTERS, (Problem,)),
    Target("binding_list", from_file(read_bindings, "codes.csv"), lambda: BINDINGS, (Problem,)),
    Target("standard", from_file(read_standard, "own.toml"), standards, (Problem,), slow=True),
    Target("envelope", Submission.model_validate_json, of_json(SUBMISSION), TEXT),
    Target(
        "wire_roster",
        RosterPayload.model_validate_json,
        of_json({"drawn_at": SUBMISSION["taken_at"], "campaigns": [], "students": []}),
        TEXT,
    ),
    Target("photo_header", PhotoHeader.model_validate_json, of_json(HEADER), TEXT),
    Target("vault", CIPHER.decrypt, lambda: [CIPHER.encrypt(b"a picture"), CIPHER.encrypt(b"")], (Problem,)),
    Target("outbox_file", stored_file, of_json(STORED_FILE), ROW_ERRORS),
    Target("outbox_verdicts", verdicts, of_json(SUBMISSION["verdicts"], []), ROW_ERRORS),
    Target("wechat_bill", read_wechat_bill, wechat_bill_seeds, (Unsure,)),
    Target("alipay_bill", read_packed, alipay_bill_seeds, (Unsure,)),
    Target("wechat_transaction", wechat_fields, wechat_seeds, (ValueError, KeyError, TypeError)),
    Target("alipay_notification", alipay_notification, alipay_seeds, (NotificationRejected,)),
)
