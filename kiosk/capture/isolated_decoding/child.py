"""The child process of kiosk.capture.isolated_decoding.decoder: it limits itself, decodes one picture and exits.

The picture is its standard input. The output is a line of JSON, then the bytes of the preview.
"""

from __future__ import annotations

from functools import partial

import pillow_heif  # noqa: F401 - config.image_file imports it when it is needed; here once for all pictures
from PIL import Image

from kiosk.capture.isolated_decoding.limits import Answer, answer_one
from kiosk.capture.isolated_decoding.preview_rendering import make_preview

Image.init()  # loads the plugins of all formats, for the same reason


def main(parent: int, memory_bytes: int, cpu_seconds: int, max_side: int) -> None:
    answer_one(parent, memory_bytes, cpu_seconds, partial(_preview, max_side=max_side))


def _preview(data: bytes, max_side: int) -> Answer:
    made = make_preview(data, max_side)
    return {"kind": made.kind.value, "size": made.size, "damage": made.problem}, made.jpeg
