"""The work of the engine process; only that process imports this module."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.standards.registry import PhotoStandard
from hardware.child_process import die_with_parent
from kiosk.capture.matting.onnx_network import PortraitNetwork, installed_network
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import Portrait
from kiosk.guidance.coaching.best_shot import ShotQuality, shot_quality
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.photo_header import portrait_header
from kiosk.upload.signed_recipe import signed_recipe
from kiosk.upload.signing_key import SIGNING_KEY_FILE, load_signing_key
from kiosk.workers.searched_shots import SearchedShots

MIN_SIDE_PX: Final = 1600  # shorter side of a shot for the assessment: a face then measures 250 px or more
log = logging.getLogger(__name__)

# One service per process, because it is too costly to build for each job.
_service: PortraitService
_files: FileStore
_searched_shots: SearchedShots
_signing_key: SigningKey | None = None


def open_engine(folder: Path, key_file: Path, parent: int) -> None:
    global _service, _files, _searched_shots, _signing_key
    die_with_parent(parent)
    cipher = FileCipher.load(key_file)
    _files = FileStore(folder, cipher.encrypt, cipher.decrypt)
    _service = PortraitService(_files, network=_network())
    _searched_shots = SearchedShots()
    _signing_key = load_signing_key(key_file.with_name(SIGNING_KEY_FILE), cipher)


def _network() -> PortraitNetwork | None:
    """Return the installed portrait network, if any. If it cannot be used, log it and make portraits without it; the
    recipe records that."""
    try:
        return installed_network()
    except Problem as problem:
        log.error("%s", problem)
        return None


def warm_up() -> None:
    _service.warm_up(for_assessment=True)


def assess(shot: StoredFile, standard: PhotoStandard) -> ShotQuality:
    searched_shot, analysis = _service.assess(_files.read(shot), MIN_SIDE_PX, standard)
    _searched_shots.add(shot.sha256, searched_shot)
    return shot_quality(analysis)


def make_portrait(shot: StoredFile, standard: PhotoStandard, camera: dict[str, object]) -> tuple[Portrait, StoredFile]:
    """Make, sign and store the portrait of a stored shot. The recipe carries the signature, so that it is in the header
    of the file, in the outbox and in the envelope."""
    content = _files.read_content(shot)
    shot_header, searched_shot = content.header, _searched_shots.take(shot.sha256)

    def header(portrait: Portrait) -> Mapping[str, Any] | None:
        """Return the header; None for a shot of version 86a4649, whose file contains nothing about its visit."""
        recipe = signed_recipe(portrait.recipe, shot_header, _signing_key)
        return portrait_header(shot_header, recipe, portrait.verdicts, time.time()) if shot_header else None

    portrait, file = _service.make_and_store(content.data, standard, camera, header, searched_shot)
    return replace(portrait, recipe=signed_recipe(portrait.recipe, shot_header, _signing_key)), file
