"""Paths of a station's data folder, and its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from config.atomic_file import make_private_folder
from config.errors import Problem
from kiosk.upload.signing_key import SIGNING_KEY_FILE
from kiosk.visit.interrupted_visits import UNASSIGNED_FOLDER


@dataclass(frozen=True)
class StationPaths:
    """The files and folders of a station, all under one folder."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "station.key"

    @property
    def lock(self) -> Path:
        return self.folder / "station.lock"

    @property
    def pairing(self) -> Path:
        return self.folder / "pairing.sealed"

    @property
    def signing_key(self) -> Path:
        return self.folder / SIGNING_KEY_FILE

    @property
    def attempts(self) -> Path:
        return self.folder / "attempts.json"

    @property
    def pin(self) -> Path:
        return self.folder / "operator-pin"

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox.db"

    @property
    def unassigned(self) -> Path:
        """Photos that belong to no visit."""
        return self.folder / UNASSIGNED_FOLDER

    @property
    def old_unassigned(self) -> Path:
        """The folder in which version 86a4649 stored photos that belong to no visit."""
        return self.folder / "unclaimed"

    @property
    def device_log(self) -> Path:
        return self.folder / "devices.jsonl"

    @property
    def camera(self) -> Path:
        return self.folder / "camera.json"

    @property
    def studio(self) -> Path:
        return self.folder / "studio"

    @property
    def lamps(self) -> Path:
        return self.studio / "lamps.json"

    @property
    def framing(self) -> Path:
        return self.folder / "framing.toml"

    @property
    def roster(self) -> Path:
        return self.folder / "roster.sealed"

    @property
    def codes(self) -> Path:
        return self.folder / "codes.sealed"


def ensure_data_dir(folder: Path) -> None:
    """Create the data folder, readable by this user only. Raises Problem if that fails."""
    try:
        make_private_folder(folder)
        (folder / "station.lock").touch()
    except OSError as error:
        raise Problem("station.folder", folder=str(folder), why=error.strerror or str(error)) from error


def local_time() -> datetime:
    return datetime.now().astimezone()


def data_dir(option: Path | None, setting: str) -> Path:
    """Return a station's data folder: that of the command line, else of the settings, else the default one.

    "~" is the user's home: in a settings file no shell replaces it, and every command has to use the same folder.
    Raises Problem if there is no such home.
    """
    folder = option or Path(setting or default_data_dir())
    try:
        return folder.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise Problem("station.folder", folder=str(folder), why=str(error)) from error


def default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("zhengguan")) / "station"
