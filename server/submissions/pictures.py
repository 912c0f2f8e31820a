"""What is made sure of before a picture is taken in: that it opens, and that a portrait has its standard's form."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from config.standard import Output
from server.refusal import Refusal

_UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)
_END_OF_IMAGE = b"\xff\xd9"  # ITU-T T.81, B.1.1.3; where it comes early, a decoder fills up what is missing


def check_shot(path: Path, most_pixels: int) -> None:
    """Reads the header only. Raises Refusal: shot_unreadable, shot_too_large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                width, height = image.size
    except Image.DecompressionBombError as error:
        raise Refusal("refused.shot_too_large", limit=most_pixels // 1_000_000) from error
    except _UNREADABLE as error:
        raise Refusal("refused.shot_unreadable") from error
    if width * height > most_pixels:
        raise Refusal("refused.shot_too_large", limit=most_pixels // 1_000_000)


def check_portrait(path: Path, output: Output) -> None:
    """Decodes the whole file. Raises Refusal: not_jpeg, portrait_unreadable, wrong_size, file_too_small or _large."""
    size = path.stat().st_size
    if size < output.bytes_low:
        raise Refusal("refused.file_too_small", size=size, limit=output.bytes_low)
    if size > output.bytes_high:
        raise Refusal("refused.file_too_large", size=size, limit=output.bytes_high)
    try:
        with Image.open(path) as image:
            form, dimensions = image.format, image.size
            if form != "JPEG":
                raise Refusal("refused.not_jpeg", form=form)
            if dimensions != (output.width, output.height):
                raise Refusal(
                    "refused.wrong_size",
                    width=dimensions[0],
                    height=dimensions[1],
                    needed=f"{output.width}x{output.height}",
                )
            image.load()
    except _UNREADABLE as error:
        raise Refusal("refused.portrait_unreadable") from error


def preview(path: Path, edge: int) -> bytes | None:
    """The picture as a JPEG of at most `edge` pixels along its longer side, upright; for looking at, never stored.

    Of a JPEG that ends too early, what is there; None where nothing can be shown.
    """
    whole = path.read_bytes()
    for data in (whole, whole + _END_OF_IMAGE):
        try:
            return _small(data, edge)
        except _UNREADABLE:
            continue
    return None


def _small(data: bytes, edge: int) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (edge, edge))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=88)
        return out.getvalue()
