"""Portraits that are made, stored and verified on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from config.standards.registry import PhotoStandard
from kiosk.capture.cropping.subject import SearchedShot
from kiosk.capture.engine import PhotoEngine, finish_portrait
from kiosk.capture.matting.matte import MatteSettings
from kiosk.capture.matting.onnx_network import PortraitNetwork
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.live import ImageAnalysis

_FILE_NAME: Final = "portrait.jpg"


class PortraitService:
    """Makes portraits from shots and stores them. Use it from one thread at a time."""

    def __init__(
        self, portraits: FileStore, settings: MatteSettings | None = None, network: PortraitNetwork | None = None
    ) -> None:
        self._file_store = portraits
        self._engine = PhotoEngine(settings, network)

    def warm_up(self, for_assessment: bool = False) -> None:
        """Like PhotoEngine.warm_up."""
        self._engine.warm_up(for_assessment)

    def assess(self, shot: bytes, min_short_side: int, standard: PhotoStandard) -> tuple[SearchedShot, ImageAnalysis]:
        """Like PhotoEngine.assess."""
        return self._engine.assess(shot, min_short_side, standard)

    def make_and_store(
        self,
        shot: bytes,
        standard: PhotoStandard,
        camera: Mapping[str, object],
        header: Callable[[Portrait], Mapping[str, Any] | None] | None = None,
        searched: SearchedShot | None = None,
    ) -> tuple[Portrait, StoredFile]:
        """Make and store the portrait of `shot`; `header` returns the content of the file's header, `searched` is as in
        PhotoEngine.make.

        The bytes on disk are evaluated: `read` compares the hashes. Raises what PhotoEngine.make and FileStore raise.
        """
        draft = self._engine.make(shot, standard, camera, searched)
        verdicts = self._engine.evaluate(draft.jpeg, standard, backdrop_of(draft.recipe))
        portrait = finish_portrait(draft, verdicts, standard)
        file = self._file_store.store(draft.jpeg, _FILE_NAME, header(portrait) if header else None)
        self._file_store.read(file)
        return portrait, file

    def close(self) -> None:
        """Like PhotoEngine.close."""
        self._engine.close()
