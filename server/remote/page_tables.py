"""The constants of live guidance as JSON, for the page: every number of a formula is read from `kiosk.guidance`.

TypeScript (server/remote/page/src) contains the formulas and no number that decides: a constant changes in one place.
The names are those of the Python constants without a leading underscore, by module. This file imports the modules that
measure pictures, and runs only when the page is built.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from config import srgb
from kiosk.guidance import live, scheduler
from kiosk.guidance.coaching import debounce
from kiosk.guidance.coaching.hints import DELAYED_RULES, EYE_RULES, HINT_GROUPS
from kiosk.guidance.coaching.timing import CoachTiming
from kiosk.guidance.detection import face, landmarks
from kiosk.guidance.metrics import (
    backdrop,
    backdrop_objects,
    blink,
    colour,
    expression,
    eyes_and_mouth,
    gaze,
    hair,
    image_quality,
    lighting,
    pose,
    registry,
    shadows,
    shoulders,
    silhouette,
    skin,
    skin_reference,
)

CONSTANTS: Final[dict[ModuleType, tuple[str, ...]]] = {
    face: ("RIGHT_EYE_RING", "LEFT_EYE_RING", "FACE_OVAL"),
    landmarks: ("LIVE_SIDE_PX",),
    live: ("MOVEMENT_WINDOW_S", "MAX_MOVEMENT_WINDOW_S"),
    scheduler: ("MAX_AGE_S", "MAX_MOVE_FACE_WIDTHS"),
    registry: ("OFTEN", "SOMETIMES", "SELDOM"),
    debounce: ("_BACKOFF_FACTOR", "_MAX_BACKOFF_STEPS"),
    blink: ("WINDOW_S", "MIN_SAMPLES", "MIN_DURATION_S", "OPEN_PERCENTILE", "REST_PERCENTILE"),
    pose: (
        *("EAR_LANDMARKS", "GLABELLA_LANDMARK", "LEVEL_RISE_DEG", "YAW_SENSITIVITY", "PITCH_SENSITIVITY"),
        *("MIN_INTERVAL_S", "_RIGID_LANDMARKS"),
    ),
    eyes_and_mouth: ("UPPER_LIP", "LOWER_LIP", "IRIS_LANDMARKS", "MIN_EYE_RATIO", "TEETH_THRESHOLDS"),
    gaze: ("EYE_LANDMARKS", "NEUTRAL_ELEVATION", "MIN_EYE_OPENING"),
    expression: ("BROW_LANDMARKS", "LIP_LANDMARKS", "LIFT_WEIGHT", "EYE_CORNER_LANDMARKS"),
    skin: (
        *("RIGHT_CHEEK", "LEFT_CHEEK", "RIGHT_FRONT", "LEFT_FRONT", "RIGHT_EYE", "LEFT_EYE", "RIGHT_BROW", "LEFT_BROW"),
        *("_FEATURE_OUTLINES", "_EYE_LANDMARKS", "_IRIS_RADIUS_FACTOR", "_EYE_WHITE_FACTOR", "LIGHT_SKIN_LUMINANCE"),
        *(
            "TYPICAL_EYE_WHITE_FACTOR",
            "_MIN_EYE_WHITE_PX",
            "FACE_WIDTH_PX",
            "_MAX_TINT_STOPS",
            "_MAX_DARKER_STOPS",
            "_OUTLIER_STOPS",
        ),
    ),
    skin_reference: (
        *("FACE_WIDTH_PX", "MARGIN_FACE_WIDTHS", "MAX_HAIR_LUMINANCE", "PALE_THRESHOLDS", "_LIGHT_FLOOR"),
    ),
    hair: (
        *("BROW_LANDMARKS", "WHOLE_BROW_LANDMARKS", "BELOW_BROW_RANGE", "ABOVE_BROW_WEIGHT", "EYE_CORNERS"),
        *("FOREHEAD_LANDMARKS", "ABOVE_BROW_RANGE", "FOREHEAD_RANGE", "MIN_COVERED_SHARE"),
    ),
    lighting: ("FACE_WIDTH_PX", "CLIPPED_LEVEL", "BLACK_LEVEL"),
    shadows: (
        *("NOSE_FACE_WIDTH_PX", "_BESIDE_NOSE_LANDMARKS", "_SOCKET_LANDMARKS", "_SPOT_SIGMA", "_SURROUND_SIGMA"),
    ),
    colour: ("SKIN_A_RANGE", "SKIN_B_RANGE"),
    image_quality: ("FACE_WIDTH_PX", "MIN_FACE_WIDTH_PX"),
    backdrop: ("FACE_WIDTH_PX", "SHADOW_REACH", "CLEARANCE_PX", "MIN_BACKDROP_SHARE"),
    backdrop_objects: (
        *("REACH_FACE_WIDTHS", "MAX_ARM_REACH", "MAX_HAIR_REACH", "_MAX_TINT_STOPS", "_MIN_STOPS", "_MAX_STOPS"),
        *("_STRIDE_PX", "_LIGHT_FLOOR", "_MIN_OBJECT_AREA", "_MIN_FOREIGN_COLUMN_SHARE"),
    ),
    silhouette: ("FACE_WIDTH_PX", "EXTENT_ASIDE", "EXTENT_ABOVE_CHIN", "EXTENT_BELOW_CHIN"),
    shoulders: ("SHOULDER_RANGE", "TORSO_RANGE", "SHOULDERS_TO_TORSO", "MIN_COLUMNS", "MIN_ROWS", "_ITERATIONS"),
}
"""The constants of each module that the page uses."""


def tables() -> dict[str, Any]:
    """Return the constants by module, the linear light of code values, the coach's times and the order of hints."""
    by_module = {
        module.__name__.rpartition(".")[2]: {name.lstrip("_"): getattr(module, name) for name in names}
        for module, names in CONSTANTS.items()
    }
    return {
        **by_module,
        "linear": [float(value) for value in srgb.LINEAR_BY_CODE],
        "luminance": [round(float(weight), 6) for weight in srgb.LUMINANCE_WEIGHTS],
        "timing": asdict(CoachTiming()),
        "hints": [
            {"rule": fault.rule, "side": fault.side, "group": number}
            for number, group in enumerate(HINT_GROUPS)
            for fault in group
        ],
        "eye_rules": sorted(EYE_RULES),
        "delayed_rules": sorted(DELAYED_RULES),
    }


def write_tables(folder: Path) -> None:
    """Write `tables.json` into `folder`."""
    (folder / "tables.json").write_text(json.dumps(tables(), sort_keys=True), encoding="utf-8")
