"""Read capture codes and identity documents in foreign pictures.

The pictures stay in memory, and each is read in a separate process, as in kiosk.capture.isolated_decoding.decoder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

from kiosk.capture.isolated_decoding.decoder import DecoderLimits, IsolatedProcess
from kiosk.capture.isolated_decoding.fork_server import ForkServer
from kiosk.capture.types import PhotoProblem

_CODE_SIDE_PX: Final = 2400  # of the longer side: the dots of a dense code on a screenshot have three pixels
_DOCUMENT_SIDE_PX: Final = 1280  # config.document_reader.ocr reads no larger one
_DOCUMENT_LIMITS: Final = DecoderLimits(cpu_seconds=120, slots=1)

_codes = IsolatedProcess(None, ForkServer("kiosk.capture.isolated_decoding.codes_child"))
_documents = IsolatedProcess(_DOCUMENT_LIMITS, ForkServer("kiosk.capture.isolated_decoding.document_child"))


@dataclass(frozen=True)
class DocumentText:
    """The text in a picture of a document; `number` is "" if none was read, and `reason` then states why (the reasons
    of config.document_reader.api). repr shows neither number nor name."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    is_back: bool
    reason: str = ""


def read_codes(picture: bytes) -> tuple[str, ...]:
    """Return the content of the QR codes in a picture file. Raises PhotoProblem."""
    with _in_memory(picture) as file:
        facts, _ = _codes.answer(file, _CODE_SIDE_PX)
    return tuple(str(code) for code in facts.get("codes", ()))


def read_document_picture(picture: bytes) -> DocumentText:
    """Read the text of a picture file; takes some three seconds of a processor. Raises PhotoProblem."""
    with _in_memory(picture) as file:
        facts, _ = _documents.answer(file, _DOCUMENT_SIDE_PX)
    number, name, reason = (str(facts.get(key, "")) for key in ("number", "name", "reason"))
    return DocumentText(number, name, facts.get("is_back") is True, reason)


@contextmanager
def _in_memory(content: bytes) -> Iterator[IO[bytes]]:
    """Open a file that exists in memory only; the child receives its descriptor."""
    if not content:
        raise PhotoProblem("photo.unreadable")
    with open(os.memfd_create("picture"), "w+b") as file:
        file.write(content)
        file.seek(0)
        yield file
