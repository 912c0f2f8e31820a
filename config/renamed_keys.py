"""Keys of settings files and photo standards that were renamed after the first release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

Path = tuple[str, ...]
RenamedKeys = Mapping[str, str]
"""Old key -> new key, with dots between the levels; `*` matches any name."""
_Rows = tuple[tuple[Path, Path], ...]

STATION: Final[RenamedKeys] = {
    "camera.shot_deadline": "camera.shot_timeout",
    "camera.open_deadline": "camera.open_timeout",
    "camera.heartbeat": "camera.heartbeat_timeout",
    "reader": "card_reader",
    "reader.keep_photo": "card_reader.include_photo",
    "codes.rate": "codes.max_scan_rate",
    "documents.offered": "documents.enabled",
    "server.answer_timeout": "server.read_timeout",
    "server.roster_every": "server.roster_interval",
    "voice": "speech",
    "pace": "timeouts",
    "pace.steady": "timeouts.all_clear",
    "pace.trouble": "timeouts.error",
    "pace.help": "timeouts.help_after",
    "questions": "prompts",
    "questions.asked": "prompts.enabled",
    "operator.disk_care": "operator.disk_warning_gb",
    "operator.disk_bad": "operator.disk_critical_gb",
    "operator.roster_care": "operator.roster_warning_hours",
}
SERVER: Final[RenamedKeys] = {
    "pairing.code_minutes": "pairing.code_valid_minutes",
    "intake.request_bytes": "intake.max_request_bytes",
    "intake.shot_pixels": "intake.max_shot_pixels",
    "throttle.minutes": "throttle.window_minutes",
    "throttle.last_four_in_all": "throttle.last_four_total_tries",
    "session.hours": "session.max_hours",
}
STUDIO: Final[RenamedKeys] = {
    "frame.needed": "frame.portrait_area",
    "frame.card": "frame.card_area",
    "limits.*.basis": "limits.*.rationale",
    "card.least_side": "card.min_side",
    "card.uneven": "card.max_unevenness",
    "card.grain": "card.max_grain",
    "card.chroma": "card.max_chroma",
    "watch": "monitor",
    "watch.period": "monitor.interval",
    "watch.unseen": "monitor.max_light_difference",
    "watch.least": "monitor.min_free_backdrop",
    "watch.moved": "monitor.shift",
    "watch.turned": "monitor.rotation",
    "watch.*.on": "monitor.*.raise_above",
    "watch.*.off": "monitor.*.clear_below",
    "watch.*.after": "monitor.*.hold_seconds",
}
SERIAL_PORTS: Final[RenamedKeys] = {
    "usb.never": "usb.exclude",
    "patience": "probe",
    "patience.listen": "probe.listen_seconds",
    "patience.asked_most": "probe.max_attempts",
}
BEAUTY_FILTER: Final[RenamedKeys] = {
    "look": "review_from",
    "strong": "strong_from",
    "smoothness.look": "smoothness.review_from",
    "smoothness.least_quality": "smoothness.min_jpeg_quality",
    "makers": "apps",
    "makers.words": "apps.keywords",
}
RETOUCH: Final[RenamedKeys] = {
    "fine_texture_here": "local_fine_texture",
    "coarse_texture_here": "local_coarse_texture",
    "sharper": "sharpening",
    "sharper_here": "local_sharpening",
    "*.unsure": "*.review_from",
    "*.refuse": "*.reject_from",
    "*.meaning": "*.description",
}
DSLR: Final[RenamedKeys] = {
    "always": "on_connect",
    **{
        f"{old}.*.{key}": f"{new}.*.{better}"
        for old, new in (("always", "on_connect"), ("live_view", "live_view"), ("shot", "shot"))
        for key, better in (
            ("nodes", "settings"),
            ("values", "preferred"),
            ("unless", "keep_if"),
            ("needed", "required"),
            ("insist", "force"),
        )
    },
    "focus.drive": "focus.drive_settings",
    "focus.unless": "focus.skip_if_present",
    "focus.tries": "focus.attempts",
    "files.keep_on_card": "files.max_on_card",
    "files.chunk": "files.chunk_bytes",
    "files.whole": "files.no_partial_download",
    "waits": "timeouts",
    "waits.settle": "timeouts.mirror_settle",
    "waits.view": "timeouts.live_view",
    "waits.busy": "timeouts.busy_retry",
    "waits.hung": "timeouts.hang_margin",
    "waits.whole": "timeouts.single_piece_transfer",
    "waits.quiet": "timeouts.event_silence",
    "waits.health": "timeouts.status_interval",
    "low": "warnings",
    "low.battery": "warnings.battery_low_percent",
    "low.empty": "warnings.battery_empty_percent",
    "low.card": "warnings.card_low_pictures",
}
WEBCAM: Final[RenamedKeys] = {
    "least_rate": "min_fps",
    "settle": "max_warmup",
    "settle_least": "min_warmup",
    "silence": "read_timeout",
    "connect": "connect_timeout",
}
DUAL: Final[RenamedKeys] = {
    "matches_least": "min_matches",
    "agreeing_least": "min_inliers",
    "agreeing_share": "min_inlier_ratio",
    "agree_within": "inlier_distance",
    "error_most": "max_error",
    "still_within": "max_scene_motion",
    "magnified_most": "max_magnification",
    "missed_most": "max_uncovered",
    "middle": "centre_share",
    "drift_most": "max_drift",
    "compared_width": "calibration_width",
    "watched_width": "monitoring_width",
}
SETTINGS_FILES: Final[Mapping[str, RenamedKeys]] = {
    "station": STATION,
    "server": SERVER,
    "studio": STUDIO,
    "serial_ports": SERIAL_PORTS,
    "beauty_filter": BEAUTY_FILTER,
    "retouch": RETOUCH,
    "dslr": DSLR,
    "webcam": WEBCAM,
    "dual": DUAL,
}
"""Renamed keys by the name of the file of defaults, without its suffix."""

STATION_VALUES: Final[Mapping[str, tuple[str, str]]] = {"camera.driver": ("pair:", "dual:")}
"""Key -> the prefix of an old value, and the new prefix."""

PHOTO_STANDARD: Final[RenamedKeys] = {
    "without": "exclude",
    "output.quality_low": "output.min_quality",
    "output.bytes_low": "output.min_bytes",
    "output.bytes_high": "output.max_bytes",
    "rules.*.measure": "rules.*.metric",
    "rules.*.low": "rules.*.min",
    "rules.*.high": "rules.*.max",
    "rules.*.aim": "rules.*.target",
    "rules.*.margin": "rules.*.tolerance",
    "rules.*.certain": "rules.*.verbatim",
    "rules.*.basis": "rules.*.rationale",
}


def first_renamed_key(tables: Mapping[str, Any], renamed: RenamedKeys) -> tuple[str, str] | None:
    """Return the first old key in `tables` and the new key; None if all are new.

    A key may be renamed in part: the row `pace.trouble` also finds `timeouts.trouble`.
    """
    rows = _split_rows(renamed)
    for path in _paths(tables):
        new = _apply_rows(path, rows)
        if new != path:
            return ".".join(path), ".".join(new)
    return None


def first_renamed_value(tables: Mapping[str, Any], values: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first entry with an old value and the new entry; None if all are new."""
    for key, (old, new) in values.items():
        section, _, name = key.partition(".")
        part = tables.get(section)
        value = part.get(name) if isinstance(part, dict) else None
        if isinstance(value, str) and value.strip().startswith(old):
            return f'{key} = "{value}"', f'{key} = "{new}{value.strip().removeprefix(old)}"'
    return None


def rename_keys(tables: Mapping[str, Any], renamed: RenamedKeys) -> dict[str, Any]:
    """Return the same content under the new keys. Every matching row of `renamed` applies; on each level the longest
    one wins."""
    return _rename_below((), tables, _split_rows(renamed))


def _rename_below(parents: Path, tables: Mapping[str, Any], rows: _Rows) -> dict[str, Any]:
    return {
        _apply_rows((*parents, key), rows)[-1]: (
            _rename_below((*parents, key), value, rows) if isinstance(value, dict) else value
        )
        for key, value in tables.items()
    }


def _split_rows(renamed: RenamedKeys) -> _Rows:
    rows = sorted(renamed.items(), key=lambda row: row[0].count("."))
    return tuple((tuple(old.split(".")), tuple(new.split("."))) for old, new in rows)


@lru_cache(maxsize=4096)  # a recipe names hundreds of keys, always the same
def _apply_rows(path: Path, rows: _Rows) -> Path:
    for old, new in rows:
        path = _apply_row(path, old, new)
    return path


def _apply_row(path: Path, old: Path, new: Path) -> Path:
    if len(path) < len(old):
        return path
    for part, before, after in zip(path, old, new, strict=False):
        if before != "*" and part not in (before, after):
            return path
    begin = tuple(part if after == "*" else after for part, after in zip(path, new, strict=False))
    return begin + path[len(new) :]


def _paths(tables: Mapping[str, Any], parents: Path = ()) -> Iterator[Path]:
    """Yield every key of a file, a section after its keys. The entries of a list of tables share one path."""
    for key, value in tables.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from _paths(part, (*parents, key))
        yield (*parents, key)
