"""A worker process of the page: its preparation, and its jobs.

The process of the page imports this module, but none of the engine's libraries: the functions import them in the worker
(kiosk.tools.photo.page_server.portrait_jobs).
"""

from __future__ import annotations

from pathlib import Path

from kiosk.tools.photo.job import BatchOptions
from kiosk.tools.photo.page_server.portrait_request import PortraitAnswer, PortraitRequest
from kiosk.tools.photo.worker_pool import prepare_process


def prepare_worker(use_network: bool) -> None:
    """Prepare the process and load the models, which takes seconds, before the first photo arrives."""
    prepare_process()
    from kiosk.tools.photo.page_server.portrait_jobs import engine

    engine(use_network).warm_up()


def is_ready() -> bool:
    """Return True: the first job, which starts the worker."""
    return True


def make_portrait(request: PortraitRequest) -> PortraitAnswer:
    """Make and store a portrait. Raises OutputFolderProblem if nothing can be written."""
    from kiosk.tools.photo.page_server import portrait_jobs

    return portrait_jobs.make_portrait(request)


def draw_sheet(options: BatchOptions, portrait: Path, name: str) -> bytes:
    """Return the sheet, a PNG file, of a portrait that is called `name`."""
    from kiosk.tools.photo.page_server import portrait_jobs

    return portrait_jobs.draw_sheet(options, portrait, name)
