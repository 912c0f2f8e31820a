"""A child process that reads one picture of an identity document (config.document_reader).

The output is a line of JSON: `number` and `name` as read, `is_back`, and `reason` if nothing was read. Needs the extra
`documents`.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pillow_heif  # noqa: F401 - loaded once for all pictures
from PIL import Image

from config.document_reader.api import DocumentProblem
from config.document_reader.id_card_back import is_card_back
from config.document_reader.ocr import TextReader, TextRow
from config.document_reader.reader import read_document
from config.opencv import cv2
from kiosk.capture.isolated_decoding.limits import Answer, answer_one
from kiosk.capture.isolated_decoding.small_copy import small_copy

with suppress(ImportError):  # `reason` then states it
    import onnxruntime  # noqa: F401
    import rapidocr  # noqa: F401 - loaded once for all pictures; the models are loaded for each

Image.init()
cv2.setNumThreads(1)


def main(parent: int, memory_bytes: int, cpu_seconds: int, max_side: int) -> None:
    answer_one(parent, memory_bytes, cpu_seconds, partial(_document, max_side=max_side))


def _document(data: bytes, max_side: int) -> Answer:
    pixels, rows = small_copy(data, max_side), list[TextRow]()
    reader = TextReader()

    def read_text(picture: object) -> tuple[TextRow, ...]:
        text = reader.read(picture)  # type: ignore[arg-type]
        rows.extend(text)
        return text

    try:
        reading = read_document(pixels, read_text)
    except DocumentProblem as problem:
        return {"reason": problem.reason, "is_back": is_card_back(rows)}, b""
    return {"number": reading.number, "name": reading.name, "is_back": is_card_back(rows)}, b""
