"""Stored files that were identified by their header, combined into the shots of a visit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.capture.storage import StoredFile
from kiosk.upload.outbox.models import OutboxShot
from kiosk.upload.outbox.photo_header import PhotoHeader


@dataclass(frozen=True)
class IdentifiedFile:
    """A file whose header was read."""

    file: StoredFile
    header: PhotoHeader


def group_by_visit(files: list[IdentifiedFile]) -> dict[str, list[IdentifiedFile]]:
    visits: dict[str, list[IdentifiedFile]] = {}
    for one in files:
        visits.setdefault(one.header.visit, []).append(one)
    return visits


def shots_of(files: list[IdentifiedFile]) -> list[OutboxShot]:
    """Return the shots with their portraits, in order. The last one is sent: the newest, or, if several were taken, the
    one with the newest portrait."""
    portraits: dict[str, IdentifiedFile] = {}
    for one in sorted((one for one in files if one.header.kind == "portrait"), key=lambda one: one.header.written_at):
        portraits[one.header.shot] = one
    shots = sorted((one for one in files if one.header.kind == "shot"), key=lambda one: one.header.written_at)

    def chosen_at(one: IdentifiedFile) -> float:
        portrait = portraits.get(one.file.path.name)
        return portrait.header.written_at if portrait else one.header.written_at

    return [_shot(one, portraits.get(one.file.path.name)) for one in sorted(shots, key=chosen_at)]


def _shot(one: IdentifiedFile, portrait: IdentifiedFile | None) -> OutboxShot:
    shot = OutboxShot(original=one.file, taken_at=one.header.taken_at, camera=one.header.camera)
    return with_portrait(shot, portrait) if portrait else shot


def with_portrait(shot: OutboxShot, portrait: IdentifiedFile) -> OutboxShot:
    header = portrait.header
    return replace(shot, portrait=portrait.file, recipe=header.recipe, verdicts=header.verdicts)
