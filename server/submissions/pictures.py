"""What is made sure of before a picture is taken in, and the previews that reviewers see.

Pictures are decoded in kiosk.capture.isolated_decoding.decoder's child process alone, once, while they are taken in and
before the database's write lock is taken; pages send stored bytes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.standards.registry import Output
from kiosk.capture.image_io.file_type import FileKind, detect_kind
from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.capture.isolated_decoding.preview import Preview
from kiosk.capture.types import PhotoProblem
from server.core.api_errors import Refusal
from server.submissions.store import Store

PREVIEW_EDGE: Final = 1600
_PORTRAIT_EDGE: Final = 64  # nobody sees it: the portrait itself is small
_BEGINNING: Final = 4096  # bytes that tell a file's kind
_LEGACY_TIMEOUT: Final = 30.0  # seconds that a page waits for the previews of other pages

_DECODER: Final = IsolatedDecoder()
_legacy = threading.Lock()

_TYPES: Final = {
    FileKind.JPEG: ("image/jpeg", "jpg"),
    FileKind.PNG: ("image/png", "png"),
    FileKind.TIFF: ("image/tiff", "tif"),
    FileKind.WEBP: ("image/webp", "webp"),
    FileKind.HEIF: ("image/heic", "heic"),
    FileKind.AVIF: ("image/avif", "avif"),
}


@dataclass(frozen=True)
class CheckedPictures:
    """A shot that may be taken in, and what was found of its portrait."""

    shot: Preview
    portrait: Preview | PhotoProblem | None


def check_pictures(shot: Path, portrait: Path | None, most_pixels: int, finished: bool) -> CheckedPictures:
    """Decodes both. `finished`: a portrait was made of the shot and accepted, so the shot must be whole.

    Raises Refusal: shot_unreadable, shot_damaged, shot_too_large, picture_too_costly, decoder_busy.
    """
    return CheckedPictures(
        _checked_shot(shot, most_pixels, finished), None if portrait is None else _looked_at(portrait)
    )


def _checked_shot(path: Path, most_pixels: int, finished: bool) -> Preview:
    try:
        shot = _preview(path, PREVIEW_EDGE)
    except PhotoProblem as problem:
        if problem.key == "photo.too_large":
            raise Refusal("refused.shot_too_large", limit=problem.values["most"]) from problem
        raise Refusal("refused.shot_unreadable") from problem
    if shot.size[0] * shot.size[1] > most_pixels:
        raise Refusal("refused.shot_too_large", limit=most_pixels // 1_000_000)
    if not shot.jpeg:
        raise Refusal("refused.shot_unreadable")
    if finished and shot.damaged:
        raise Refusal("refused.shot_damaged")
    return shot


def _looked_at(portrait: Path) -> Preview | PhotoProblem:
    try:
        return _preview(portrait, _PORTRAIT_EDGE)
    except PhotoProblem as problem:
        return problem


def check_portrait(size: int, found: Preview | PhotoProblem, output: Output) -> None:
    """Holds a portrait of `size` bytes against the form that its standard wants, decoding nothing.

    Raises Refusal: not_jpeg, portrait_unreadable, wrong_size, file_too_small or _large.
    """
    if size < output.bytes_low:
        raise Refusal("refused.file_too_small", size=size, limit=output.bytes_low)
    if size > output.bytes_high:
        raise Refusal("refused.file_too_large", size=size, limit=output.bytes_high)
    if isinstance(found, PhotoProblem):
        if found.key == "photo.format":
            raise Refusal("refused.not_jpeg", form=found.values["format"])
        raise Refusal("refused.portrait_unreadable") from found
    if found.kind is not FileKind.JPEG:
        raise Refusal("refused.not_jpeg", form=found.kind.value)
    if found.size != (output.width, output.height):
        width, height = found.size
        raise Refusal("refused.wrong_size", width=width, height=height, needed=f"{output.width}x{output.height}")
    if found.damaged or not found.jpeg:
        raise Refusal("refused.portrait_unreadable")


def preview_file(files: Store, sha256: str) -> Path | None:
    """The stored preview of a shot, None where nothing of it can be shown.

    A shot that was taken in by a version without stored previews gets its own now, once; one page at a time waits for
    that. Raises Refusal decoder_busy.
    """
    path = files.preview_path(sha256)
    if not path.exists():
        if not _legacy.acquire(timeout=_LEGACY_TIMEOUT):
            raise Refusal("refused.decoder_busy")
        try:
            if not path.exists():
                files.place_preview(sha256, _legacy_preview(files.path(sha256)))
        finally:
            _legacy.release()
    return path if path.stat().st_size else None


def _legacy_preview(shot: Path) -> bytes:
    """Empty where there is none to be had: that, too, is found out once."""
    try:
        return _preview(shot, PREVIEW_EDGE).jpeg
    except Refusal as refusal:
        if refusal.reason == "decoder_busy":
            raise
        return b""
    except PhotoProblem:
        return b""


def type_of(path: Path) -> tuple[str, str]:
    """The content type and the usual ending of a stored picture's name, by its first bytes."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    try:
        return _TYPES[detect_kind(beginning)]
    except PhotoProblem:  # taken in by a version that was less strict
        return "application/octet-stream", "bin"


def _preview(path: Path, edge: int) -> Preview:
    try:
        return _DECODER.preview(path, edge)
    except PhotoProblem as problem:
        if problem.key == "photo.decoder_busy":
            raise Refusal("refused.decoder_busy") from problem
        if problem.key == "photo.too_costly":
            raise Refusal("refused.picture_too_costly") from problem
        raise
