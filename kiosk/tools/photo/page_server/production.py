"""Make the portraits of the page's photos: one thread per worker process takes the next photo that needs one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, Final

from config.background_loop import BackgroundLoop
from config.errors import Problem
from kiosk.capture.isolated_decoding.decoder import IsolatedDecoder
from kiosk.capture.types import PhotoProblem
from kiosk.tools.photo.job import BatchOptions, Job
from kiosk.tools.photo.page_server.collection import Collection
from kiosk.tools.photo.page_server.folders import Folders
from kiosk.tools.photo.page_server.photo import PagePhoto, PageSettings
from kiosk.tools.photo.page_server.portrait_request import PortraitAnswer, PortraitRequest
from kiosk.tools.photo.page_server.worker import make_portrait
from kiosk.tools.photo.worker_pool import problem_of

log = logging.getLogger(__name__)

Submit = Callable[..., Future[Any]]
"""Runs a function with arguments in a worker process."""

PREVIEW_SIDE_PX: Final = 1200


class Production:
    """Makes previews and portraits until `close`."""

    def __init__(
        self, collection: Collection, folders: Folders, workers: Sequence[Submit], decoder: IsolatedDecoder
    ) -> None:
        self._collection, self._folders, self._decoder = collection, folders, decoder
        self.workers = workers
        self._loops = [
            BackgroundLoop(f"page-{number}", lambda submit=submit: self._make_next(submit))  # type: ignore[misc]
            for number, submit in enumerate(workers)
        ]

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def close(self) -> None:
        """End the threads. Close the collection before; the caller closes the workers."""
        for loop in self._loops:
            loop.stop()

    def _make_next(self, submit: Submit) -> float:
        item = self._collection.take_next()
        if item is not None:
            photo, settings = item
            answer = self._make(submit, photo, settings)
            if not self._collection.finish(photo, answer):
                self._folders.remove_portrait(photo.portrait_path)
        return 0.0

    def _make(self, submit: Submit, photo: PagePhoto, settings: PageSettings) -> PortraitAnswer:
        if not photo.has_preview:
            problem = self._make_preview(photo)
            if problem is not None:
                return PortraitAnswer(problem=problem)
        job = Job(photo.file, photo.portrait_path, photo.shot.display_name)
        options = self.options(settings)
        try:
            answer: PortraitAnswer = submit(make_portrait, PortraitRequest(options, job, photo.chosen)).result()
            return answer
        except Problem as problem:
            return PortraitAnswer(problem=problem)
        except CancelledError:  # the page ends
            return PortraitAnswer(problem=Problem("command.engine_stopped"))
        except Exception as error:  # a bug that one photo causes must not prevent the other portraits
            return PortraitAnswer(problem=problem_of(error, photo.shot.display_name))

    def options(self, settings: PageSettings, language: str = "en") -> BatchOptions:
        """Return the options of `make` for these settings; the language is that of sheets."""
        return BatchOptions(
            self._folders.portraits, settings.standard, language, remake=True, use_network=settings.use_network
        )

    def _make_preview(self, photo: PagePhoto) -> PhotoProblem | None:
        """Decode the photo in a separate process; return the problem if no decoder opens it.

        Such a file does not reach the engine. A damaged file does, and the engine reports why it cannot be used.
        """
        try:
            preview = self._decoder.preview(photo.file, PREVIEW_SIDE_PX)
        except PhotoProblem as problem:
            return problem
        except OSError as error:
            return PhotoProblem("command.unreadable", path=photo.shot.display_name, why=error.strerror)
        if preview.jpeg:
            self._folders.preview(photo.id).write_bytes(preview.jpeg)
            self._collection.set_preview(photo.id)
        return None
