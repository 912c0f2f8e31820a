"""All metrics: their units, and the stages at which they exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class MetricSpec:
    """The unit of a metric, and the stages (config.standards.rule.Stage) at which a rule may use it."""

    unit: str
    stages: tuple[str, ...] = ("live", "shot", "portrait")


_PORTRAIT_ONLY: Final = ("portrait",)
_LIVE_ONLY: Final = ("live",)  # needs the preceding frames

METRICS: Final[dict[str, MetricSpec]] = {
    # of the file
    "width": MetricSpec("px", _PORTRAIT_ONLY),
    "height": MetricSpec("px", _PORTRAIT_ONLY),
    "dpi": MetricSpec("dpi", _PORTRAIT_ONLY),
    "colour_bits": MetricSpec("bit", _PORTRAIT_ONLY),
    "jpeg_quality": MetricSpec("", _PORTRAIT_ONLY),
    "bytes": MetricSpec("byte", _PORTRAIT_ONLY),
    # of the person's place in the finished portrait
    "hair_top": MetricSpec("px", _PORTRAIT_ONLY),
    "eye_line": MetricSpec("px", _PORTRAIT_ONLY),
    "face_width": MetricSpec("px", _PORTRAIT_ONLY),
    "centring": MetricSpec("px", _PORTRAIT_ONLY),
    "head_height": MetricSpec("share", _PORTRAIT_ONLY),
    "body_share": MetricSpec("share", _PORTRAIT_ONLY),
    "hands": MetricSpec("", _PORTRAIT_ONLY),
    "head_covering": MetricSpec("ratio", _PORTRAIT_ONLY),
    # of its background
    "background_colour": MetricSpec("level", _PORTRAIT_ONLY),
    "background_evenness": MetricSpec("level", _PORTRAIT_ONLY),
    "rim": MetricSpec("level", _PORTRAIT_ONLY),
    "old_backdrop": MetricSpec("px", _PORTRAIT_ONLY),
    "black_edge": MetricSpec("px", _PORTRAIT_ONLY),
    # of any picture with a face in it
    "faces": MetricSpec(""),
    "face_size": MetricSpec("share"),
    "face_x": MetricSpec("share"),
    "eye_y": MetricSpec("share"),
    "yaw": MetricSpec("deg"),
    "pitch": MetricSpec("deg"),
    "roll": MetricSpec("deg"),
    "eye_opening": MetricSpec("ratio"),
    "mouth_opening": MetricSpec("ratio"),
    "gaze_aside": MetricSpec("share"),
    "gaze_up": MetricSpec("share"),
    "smile": MetricSpec("ratio"),
    "brow_height": MetricSpec("ratio"),
    "teeth": MetricSpec("ratio"),
    "red_eye": MetricSpec("ratio"),
    "hair_brows": MetricSpec("share"),
    "hair_eyes": MetricSpec("share"),
    "hair_forehead": MetricSpec("share"),
    "ears": MetricSpec("share"),
    "glasses": MetricSpec("stops"),
    "lens_darkness": MetricSpec("share"),
    "glare": MetricSpec("share"),
    "skin_luminance": MetricSpec("share"),
    "blown_share": MetricSpec("share"),
    "light_balance": MetricSpec("ratio"),
    "backdrop_shadow": MetricSpec("share"),
    "backdrop_unevenness": MetricSpec("share"),
    "sharpness": MetricSpec("ratio"),
    # of light, colour and backdrop
    "crushed_share": MetricSpec("share"),
    "light_overlap": MetricSpec("share"),
    "face_contrast": MetricSpec("ratio"),
    "light_height": MetricSpec("ratio"),
    "nose_shadow": MetricSpec("share"),
    "socket_shadow": MetricSpec("share"),
    "shine": MetricSpec("ratio"),
    "skin_cast": MetricSpec("lab"),
    "backdrop_clutter": MetricSpec("face_squares"),
    "backdrop_missing": MetricSpec("face_widths"),
    "backdrop_cast": MetricSpec("lab"),
    "backdrop_folds": MetricSpec("share"),
    "motion_blur": MetricSpec("face_widths"),
    "noise": MetricSpec("level"),
    # of body and clothes
    "shoulder_tilt": MetricSpec("deg"),
    "shoulder_span": MetricSpec("face_widths"),
    "head_offset": MetricSpec("face_widths"),
    "head_lean": MetricSpec("deg"),
    "clothes_like_backdrop": MetricSpec("share"),
    "clothes_like_output": MetricSpec("share"),
    "bare_skin": MetricSpec("share"),
    "clothes_pattern": MetricSpec("level"),
    # of a stream of pictures
    "movement": MetricSpec("face_widths/s", _LIVE_ONLY),
    "eye_openness": MetricSpec("share", _LIVE_ONLY),
    "brow_raise": MetricSpec("share", _LIVE_ONLY),
}
"""All metrics by name. The message `measured.<name>` describes a metric, `in_unit.<unit>` its unit."""
