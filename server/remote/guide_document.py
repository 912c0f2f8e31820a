"""The JSON document for the page's script: rules of the campaign's standard, texts, addresses and limits.

The constants of the formulas are the same for all campaigns and were built into `tables.json` (page_tables.py).
"""

from __future__ import annotations

from typing import Any, Final

from django.templatetags.static import static

from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, Rule, Stage
from kiosk.guidance.coaching.hints import HINT_RULES
from server.remote.page_assets import asset_path, live_guidance_built

HINT: Final = "remote.hint."
TEXT: Final = "remote.guide."
MEASURED_METRICS: Final = frozenset(
    {
        *("faces", "face_size", "face_x", "eye_y", "yaw", "pitch", "roll", "eye_opening", "mouth_opening"),
        *("gaze_aside", "smile", "brow_height", "teeth", "hair_brows", "hair_eyes", "skin_luminance", "blown_share"),
        *("crushed_share", "light_balance", "face_contrast", "light_height", "socket_shadow", "nose_shadow", "shine"),
        *("skin_cast", "sharpness", "shoulder_tilt", "head_offset", "backdrop_shadow", "backdrop_unevenness"),
        *("backdrop_clutter", "backdrop_missing", "movement", "eye_openness", "brow_raise"),
    }
)
"""The metrics that the page measures (server/remote/page/src/metrics)."""
HINT_ONLY_METRICS: Final = frozenset({"nose_shadow", "socket_shadow", "brow_height"})
"""The metrics that differ most between a browser's mesh and the server's: they give a hint and never a fault."""
MIN_STREAM_PX: Final = 1440
"""Height of a stream below which a face of the portrait would have fewer than 180 pixels: then the stream shows hints,
and the photo is taken with the camera app."""
STREAM_PX: Final = (1440, 1920)
ANALYZED_PX: Final = 1280
"""Longer side of an analyzed frame."""
PROOF_PX: Final = 1280
PROOF_BYTES: Final = 400_000
PROOF_QUALITY: Final = 0.8
PHOTO_QUALITY: Final = 0.95
TEXTS: Final = (
    *("start_title", "start_stream", "start_stream_note", "start_camera_app", "start_album", "loading"),
    *("loading_slow", "no_camera", "camera_denied", "no_guidance", "backdrop_later", "small_stream", "shutter"),
    *("sound_on", "sound_off", "taking", "checking", "checking_place", "check_later", "check_offline", "preview"),
    *("your_photo", "verdicts", "all_fine", "passed", "outcome_fail", "outcome_unsure", "submit", "again"),
    *("sending", "sending_note", "sending_memory", "progress", "minutes", "seconds", "waiting", "received"),
    *("refused", "refused_unknown", "retry", "discard", "not_a_photo", "too_large", "photo_unreadable", "sign_in"),
)
"""The texts of the page itself (remote_guide.po)."""
_ASSETS: Final = {
    "worker": "worker.js",
    "tables": "tables.json",
    "face": "face.task",
    "person": "person.tflite",
    "loader": "vision_wasm_internal.js",
    "runtime": "vision_wasm_internal.wasm",
    "loader_nosimd": "vision_wasm_nosimd_internal.js",
    "runtime_nosimd": "vision_wasm_nosimd_internal.wasm",
}


def guide_document(standard: PhotoStandard, language: str, max_photo_bytes: int) -> dict[str, Any]:
    """Return the JSON of the page for one campaign; `assets` is null where live guidance was not built."""
    texts = translations(language)
    return {
        "language": language,
        "rules": {name: rule_json(rule) for name, rule in measured_rules(standard).items()},
        "hints": hint_texts(texts),
        "texts": {name: texts.translate(f"{TEXT}{name}") for name in TEXTS},
        "assets": asset_urls() if live_guidance_built() else None,
        "limits": {
            "min_stream": MIN_STREAM_PX,
            "stream": STREAM_PX,
            "analyzed": ANALYZED_PX,
            "proof": PROOF_PX,
            "proof_bytes": PROOF_BYTES,
            "proof_quality": PROOF_QUALITY,
            "photo_quality": PHOTO_QUALITY,
            "photo_bytes": max_photo_bytes,
        },
    }


def measured_rules(standard: PhotoStandard) -> dict[str, Rule]:
    """Return the rules of live view whose metrics the page measures."""
    return {n: r for n, r in standard.rules_for(Stage.LIVE).items() if r.metric in MEASURED_METRICS}


def rule_json(rule: Rule) -> dict[str, Any]:
    """Return the part of a rule that decides, for server/remote/page/src/verdict.ts."""
    return {
        "metric": rule.metric,
        "min": rule.min,
        "max": rule.max,
        "tolerance": rule.tolerance,
        "advice": rule.advice or rule.metric in HINT_ONLY_METRICS,
    }


def hint_texts(texts: Translations) -> dict[str, str]:
    """Return the hints for the person who holds the phone, by `<rule>.<side>`, with `hold` and `upright`."""
    names = [f"{hint.rule}.{hint.side}" for hint in HINT_RULES if hint.side]
    return {
        name: texts.translate(f"{HINT}{name}") for name in (*names, "hold", "upright") if texts.has(f"{HINT}{name}")
    }


def asset_urls() -> dict[str, str]:
    """Return the addresses of the files of live guidance, by the names of server/remote/page/src/nets.ts."""
    return {name: static(asset_path(file)) for name, file in _ASSETS.items()}


def prefetch_urls() -> list[str]:
    """Return the files that earlier pages load in advance: all but the runtime for phones without SIMD."""
    if not live_guidance_built():
        return []
    return [url for name, url in asset_urls().items() if not name.endswith("_nosimd")]
