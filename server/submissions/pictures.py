"""Checks of pictures at intake, and the previews that reviewers see.

Pictures are decoded only in the child process of kiosk.capture.isolated_decoding.decoder, once, at intake and before
the database's write lock is taken; pages send stored bytes.
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
from server.core.api_errors import ApiError
from server.submissions.store import PictureStore

PREVIEW_EDGE_PX: Final = 1600
_PORTRAIT_EDGE_PX: Final = 64  # not shown: the portrait itself is small
_HEADER_BYTES: Final = 4096  # bytes that identify a file's type
_LEGACY_TIMEOUT_S: Final = 30.0  # seconds that a page waits for the previews of other pages

_DECODER: Final = IsolatedDecoder()
_legacy_lock = threading.Lock()

_CONTENT_TYPES: Final = {
    FileKind.JPEG: ("image/jpeg", "jpg"),
    FileKind.PNG: ("image/png", "png"),
    FileKind.TIFF: ("image/tiff", "tif"),
    FileKind.WEBP: ("image/webp", "webp"),
    FileKind.HEIF: ("image/heic", "heic"),
    FileKind.AVIF: ("image/avif", "avif"),
}


@dataclass(frozen=True)
class CheckedPictures:
    """A shot that passed the checks, and the decoded portrait or its error."""

    shot: Preview
    portrait: Preview | PhotoProblem | None


def check_pictures(shot: Path, portrait: Path | None, max_pixels: int, finished: bool) -> CheckedPictures:
    """Decode both pictures. `finished`: a portrait was made of the shot and accepted, so the shot must be complete.

    Raises ApiError: shot_unreadable, shot_damaged, shot_too_large, shot_too_long, picture_too_costly, decoder_busy.
    """
    return CheckedPictures(
        _check_shot(shot, max_pixels, finished), None if portrait is None else decode_portrait(portrait)
    )


def _check_shot(path: Path, max_pixels: int, finished: bool) -> Preview:
    try:
        shot = create_preview(path, PREVIEW_EDGE_PX)
    except PhotoProblem as problem:
        if problem.key == "photo.too_large":
            raise ApiError("refused.shot_too_large", limit=problem.values["most"]) from problem
        if problem.key == "photo.too_long":
            raise ApiError("refused.shot_too_long", **problem.values) from problem
        raise ApiError("refused.shot_unreadable") from problem
    if shot.size[0] * shot.size[1] > max_pixels:
        raise ApiError("refused.shot_too_large", limit=max_pixels // 1_000_000)
    if not shot.jpeg:
        raise ApiError("refused.shot_unreadable")
    if finished and shot.damaged:
        raise ApiError("refused.shot_damaged")
    return shot


def decode_portrait(portrait: Path) -> Preview | PhotoProblem:
    """Return the decoded portrait, or why it cannot be opened. Raises ApiError: picture_too_costly, decoder_busy."""
    try:
        return create_preview(portrait, _PORTRAIT_EDGE_PX)
    except PhotoProblem as problem:
        return problem


def check_portrait(size: int, portrait: Preview | PhotoProblem, output: Output) -> None:
    """Check a portrait of `size` bytes against the output format of its standard, without decoding it.

    Raises ApiError: not_jpeg, portrait_unreadable, wrong_size, file_too_small, file_too_large.
    """
    if size < output.min_bytes:
        raise ApiError("refused.file_too_small", size=size, limit=output.min_bytes)
    if size > output.max_bytes:
        raise ApiError("refused.file_too_large", size=size, limit=output.max_bytes)
    if isinstance(portrait, PhotoProblem):
        if portrait.key == "photo.format":
            raise ApiError("refused.not_jpeg", form=portrait.values["format"])
        raise ApiError("refused.portrait_unreadable") from portrait
    if portrait.kind is not FileKind.JPEG:
        raise ApiError("refused.not_jpeg", form=portrait.kind.value)
    if portrait.size != (output.width, output.height):
        width, height = portrait.size
        raise ApiError("refused.wrong_size", width=width, height=height, needed=f"{output.width}x{output.height}")
    if portrait.damaged or not portrait.jpeg:
        raise ApiError("refused.portrait_unreadable")


def render_portrait(path: Path) -> bytes:
    """Return a stored portrait as a JPEG of the same size, upright and in sRGB, decoded in the child process. Raises
    OSError, and ApiError: decoder_busy, portrait_unreadable."""
    try:
        jpeg = create_preview(path, PREVIEW_EDGE_PX).jpeg
    except ApiError as api_error:
        if api_error.reason == "decoder_busy":
            raise
        raise ApiError("refused.portrait_unreadable") from api_error
    if not jpeg:
        raise ApiError("refused.portrait_unreadable")
    return jpeg


def preview_file(files: PictureStore, sha256: str) -> Path | None:
    """Return the stored preview of a shot; None if it cannot be shown.

    A shot stored by a version without previews gets its preview now; one page at a time creates it. Raises ApiError
    decoder_busy.
    """
    path = files.preview_path(sha256)
    if not path.exists():
        if not _legacy_lock.acquire(timeout=_LEGACY_TIMEOUT_S):
            raise ApiError("refused.decoder_busy")
        try:
            if not path.exists():
                files.store_preview(sha256, _legacy_preview(files.path(sha256)))
        finally:
            _legacy_lock.release()
    return path if path.stat().st_size else None


def _legacy_preview(shot: Path) -> bytes:
    """Return the preview, empty if the shot cannot be decoded; this result is stored too."""
    try:
        return create_preview(shot, PREVIEW_EDGE_PX).jpeg
    except ApiError as api_error:
        if api_error.reason == "decoder_busy":
            raise
        return b""
    except PhotoProblem:
        return b""


def content_type_of(path: Path) -> tuple[str, str]:
    """Return the content type and the usual file suffix of a stored picture, by its first bytes."""
    with path.open("rb") as file:
        beginning = file.read(_HEADER_BYTES)
    try:
        return _CONTENT_TYPES[detect_kind(beginning)]
    except PhotoProblem:  # stored by a less strict version
        return "application/octet-stream", "bin"


def create_preview(path: Path, edge: int) -> Preview:
    """Decode a picture in the child process. Raises PhotoProblem, and ApiError: decoder_busy, picture_too_costly."""
    try:
        return _DECODER.preview(path, edge)
    except PhotoProblem as problem:
        if problem.key == "photo.decoder_busy":
            raise ApiError("refused.decoder_busy") from problem
        if problem.key == "photo.too_costly":
            raise ApiError("refused.picture_too_costly") from problem
        raise
