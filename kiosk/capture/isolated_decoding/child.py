"""The child process of kiosk.capture.isolated_decoding.decoder: it limits itself, decodes one picture and exits.

The picture is its standard input. The output is a line of JSON, then the bytes of the preview.
"""

from __future__ import annotations

from functools import partial

import pillow_heif  # noqa: F401 - loaded once for all pictures; config.image_file imports it only when needed
from PIL import Image

from kiosk.capture.isolated_decoding.limits import Answer, answer_one
from kiosk.capture.isolated_decoding.preview_rendering import make_preview

Image.init()  # loads the plugins of all formats, for the same reason


def main(parent: int, memory_bytes: int, cpu_seconds: int, max_side: int) -> None:
    answer_one(parent, memory_bytes, cpu_seconds, partial(_preview, max_side=max_side))


def _preview(data: bytes, max_side: int) -> Answer:
    preview = make_preview(data, max_side)
    return {"kind": preview.kind.value, "size": preview.size, "damage": preview.problem}, preview.jpeg
