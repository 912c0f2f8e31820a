"""How a remote student's photo was made, as far as the browser and the file report it: facts and signs for the
reviewer. None of them proves anything, and a GPS position is never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from config.i18n import Translations
from kiosk.upload.photo_origin import FileReport, PhotoOrigin, SuspicionReport


@dataclass(frozen=True)
class OriginView:
    """`signs` first, then `facts` (label, text), then the estimate of editing: its level, its evidence and what the
    method cannot detect."""

    signs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    level: str
    score: str
    evidence: tuple[str, ...]
    unable: tuple[str, ...]


def origin_view(envelope: Mapping[str, Any], tr: Translations) -> OriginView | None:
    """Return what the page shows of a photo that was sent by phone; None for a station's."""
    stored = envelope.get("origin")
    if not stored:
        return None
    try:
        origin = PhotoOrigin.model_validate(stored)
    except ValidationError:  # of a newer version
        return None
    suspicion = origin.suspicion
    return OriginView(
        tuple(tr.translate(f"origin.{sign}") for sign in origin.signs if tr.has(f"origin.{sign}")),
        tuple(_facts(origin, tr)),
        suspicion.level if suspicion else "",
        f"{suspicion.score:.2f}" if suspicion and suspicion.score is not None else "",
        tuple(_evidence(suspicion, tr)) if suspicion else (),
        tuple(_texts("beauty_filter.unable.", suspicion.unable, tr)) if suspicion else (),
    )


def _facts(origin: PhotoOrigin, tr: Translations) -> Iterator[tuple[str, str]]:
    device, file = origin.device, origin.file
    yield tr.translate("origin.fact.source"), tr.translate(f"origin.source.{device.source}")
    if device.facing:
        yield tr.translate("origin.fact.facing"), tr.translate(f"origin.facing.{device.facing}")
    size = f"{file.width} × {file.height} px" if file.width else ""
    yield tr.translate("origin.fact.file"), " · ".join(part for part in (file.kind.upper(), size) if part) or "–"
    yield from _camera_facts(origin, tr)
    if file.quality is not None:
        yield tr.translate("origin.fact.jpeg"), _jpeg(file, tr)
    if device.user_agent:
        yield tr.translate("origin.fact.browser"), device.user_agent
    failed = [rule for rule, outcome in device.browser_verdicts.items() if outcome == "fail"]
    if failed:
        names = [tr.translate(f"rule.{rule}") if tr.has(f"rule.{rule}") else rule for rule in failed[:8]]
        yield tr.translate("origin.fact.browser_failed"), ", ".join(names)


def _camera_facts(origin: PhotoOrigin, tr: Translations) -> Iterator[tuple[str, str]]:
    file = origin.file
    if origin.device.source == "stream":
        return
    yield tr.translate("origin.fact.camera"), file.camera or tr.translate("origin.none")
    if file.lens:
        yield tr.translate("origin.fact.lens"), file.lens
    yield tr.translate("origin.fact.taken"), file.taken or tr.translate("origin.none")
    if file.software:
        yield tr.translate("origin.fact.software"), ", ".join(file.software)
    if origin.distance_m is not None:
        yield tr.translate("origin.fact.distance"), f"{origin.distance_m:.1f} m"


def _jpeg(file: FileReport, tr: Translations) -> str:
    tables = "origin.jpeg_camera" if file.camera_tables else "origin.jpeg_library"
    parts = [tr.translate("origin.jpeg_quality", quality=file.quality), tr.translate(tables)]
    return " · ".join([*parts, tr.translate("origin.jpeg_progressive")] if file.progressive else parts)


def _evidence(suspicion: SuspicionReport, tr: Translations) -> Iterator[str]:
    for key, value in suspicion.evidence:
        if tr.has(f"beauty_filter.evidence.{key}"):
            yield tr.translate(f"beauty_filter.evidence.{key}", value=value)


def _texts(prefix: str, names: tuple[str, ...], tr: Translations) -> Iterator[str]:
    return (tr.translate(prefix + name) for name in names if tr.has(prefix + name))
