"""The photos on the page. All changes are made here, under one lock; every change raises the version."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kiosk.tools.photo.page_server.photo import CropRequest, PagePhoto, PageSettings, PhotoState, walking_order
from kiosk.tools.photo.page_server.portrait_request import PortraitAnswer
from kiosk.tools.photo.shots import Shot, portrait_names

_UNFINISHED = (PhotoState.WAITING, PhotoState.MAKING)


@dataclass(frozen=True)
class Changes:
    """The photos that have changed after a version, and the ids of all photos in their order."""

    version: int
    settings: PageSettings
    order: tuple[str, ...]
    photos: tuple[PagePhoto, ...]


class Collection:
    """The photos and the settings. May be used from any thread."""

    def __init__(self, settings: PageSettings) -> None:
        self._settings = settings
        self._photos: dict[str, PagePhoto] = {}
        self._version = 1
        self._count = 0
        self._changed = threading.Condition()
        self._closed = False

    @property
    def settings(self) -> PageSettings:
        return self._settings

    def new_id(self) -> str:
        """Return an id that no photo has."""
        with self._changed:
            self._count += 1
            return f"{self._count:05d}"

    def add(self, photo_id: str, name: PurePosixPath, file: Path, sha256: str) -> PagePhoto | None:
        """Add a photo; return None if the page already has it. A photo with the same name and other content is
        replaced."""
        with self._changed:
            same_name = next((photo for photo in self._photos.values() if photo.name == name), None)
            if same_name is not None and same_name.sha256 == sha256:
                return None
            if same_name is not None:
                del self._photos[same_name.id]
            photo = PagePhoto(photo_id, name, file, sha256)
            self._store(photo)
            return self._photos[photo_id]

    def get(self, photo_id: str) -> PagePhoto | None:
        with self._changed:
            return self._photos.get(photo_id)

    def remove(self, photo_id: str) -> None:
        with self._changed:
            self._photos.pop(photo_id, None)
            self._raise_version()

    def remove_all(self) -> None:
        with self._changed:
            self._photos.clear()
            self._raise_version()

    def photos(self) -> list[PagePhoto]:
        """Return all photos in the order in which `make` finds them in a folder."""
        with self._changed:
            return self._ordered()

    def names(self) -> dict[str, PurePosixPath]:
        """Return the path of each photo's portrait in a folder that `make` writes, by id."""
        photos, standard = self.photos(), self._settings.standard
        shots: Sequence[Shot] = [photo.shot for photo in photos]
        names = portrait_names(shots, "{stem}.jpg", standard.name, standard.output.background)
        return {photo.id: PurePosixPath(name) for photo, name in zip(photos, names, strict=True)}

    # ------------------------------------------------------------------ requests of the person

    def set_settings(self, settings: PageSettings) -> None:
        """Make every portrait again. A crop that a person chose stays if only the background changes."""
        with self._changed:
            previous, self._settings = self._settings, settings
            same_rules = previous.standard.name == settings.standard.name
            for photo in list(self._photos.values()):
                self._request(photo, _crop_to_keep(photo) if same_rules else None, portrait=None)

    def request_crop(self, photo_id: str, chosen: CropRequest | None) -> None:
        """Make a portrait again with the crop that a person chose, or with the crop of the rules if it is None."""
        with self._changed:
            photo = self._photos.get(photo_id)
            if photo is not None:
                self._request(photo, chosen)

    def _request(self, photo: PagePhoto, chosen: CropRequest | None, **changes: Any) -> None:
        fresh: dict[str, Any] = {"state": PhotoState.WAITING, "problem": None, "notice": None, "chosen": chosen}
        self._store(replace(photo, request=photo.request + 1, **(fresh | changes)))

    # ------------------------------------------------------------------ results

    def take_next(self) -> tuple[PagePhoto, PageSettings] | None:
        """Wait for a photo that needs a portrait, and return it; None after `close`. Requests of a person come
        first."""
        with self._changed:
            while not self._closed:
                waiting = [photo for photo in self._ordered() if photo.state is PhotoState.WAITING]
                if waiting:
                    photo = next((photo for photo in waiting if photo.chosen is not None), waiting[0])
                    self._store(replace(photo, state=PhotoState.MAKING))
                    return self._photos[photo.id], self._settings
                self._changed.wait()
            return None

    def set_preview(self, photo_id: str) -> None:
        """Record that the photo has a preview."""
        with self._changed:
            photo = self._photos.get(photo_id)
            if photo is not None:
                self._store(replace(photo, has_preview=True))

    def finish(self, photo: PagePhoto, answer: PortraitAnswer) -> bool:
        """Store the result of a request; return False if a later request replaced it or the photo was removed."""
        with self._changed:
            current = self._photos.get(photo.id)
            if current is None or current.request != photo.request:
                return False
            if answer.notice is not None and current.portrait is None:
                # The chosen crop cannot be used with the new background: make the portrait with the crop of the rules.
                self._store(replace(current, state=PhotoState.WAITING, chosen=None, notice=answer.notice))
                return True
            portrait = answer.portrait or (current.portrait if answer.notice else None)
            state = PhotoState.REFUSED if answer.problem else PhotoState.MADE
            notice = answer.notice or current.notice
            self._store(
                replace(current, state=state, chosen=None, portrait=portrait, problem=answer.problem, notice=notice)
            )
            return True

    def wait_for_change(self, after: int, timeout: float) -> Changes:
        """Return the changes after version `after`; wait for one at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > after or self._closed, timeout)
            ordered = self._ordered()
            changed = tuple(photo for photo in ordered if photo.version > after)
            return Changes(self._version, self._settings, tuple(photo.id for photo in ordered), changed)

    @property
    def is_busy(self) -> bool:
        """Whether a photo waits for its portrait, or the portrait is being made."""
        with self._changed:
            return any(photo.state in _UNFINISHED for photo in self._photos.values())

    @property
    def version(self) -> int:
        return self._version

    def touch(self) -> None:
        """Raise the version, because something that is shown with the photos has changed."""
        with self._changed:
            self._raise_version()

    def close(self) -> None:
        """End all calls that wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _store(self, photo: PagePhoto) -> None:
        self._raise_version()
        self._photos[photo.id] = replace(photo, version=self._version)

    def _raise_version(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _ordered(self) -> list[PagePhoto]:
        return sorted(self._photos.values(), key=lambda photo: walking_order(photo.name))


def _crop_to_keep(photo: PagePhoto) -> CropRequest | None:
    """Return the crop that a person chose or has just requested."""
    if photo.chosen is not None:
        return photo.chosen
    portrait = photo.portrait
    return CropRequest(portrait.crop, portrait) if portrait is not None and portrait.adjusted else None
