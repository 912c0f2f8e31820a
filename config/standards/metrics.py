"""Everything that is measured of a picture: its unit, and of which pictures it can be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A measure's unit, and the stages (config.standards.schema.Stage) at which a rule may ask for it."""

    unit: str
    stages: tuple[str, ...] = ("live", "shot", "portrait")


_FILE: Final = ("portrait",)
_STREAM: Final = ("live",)  # needs the frames before

METRICS: Final[dict[str, Kind]] = {
    # of the file
    "width": Kind("px", _FILE),
    "height": Kind("px", _FILE),
    "dpi": Kind("dpi", _FILE),
    "colour_bits": Kind("bit", _FILE),
    "jpeg_quality": Kind("", _FILE),
    "bytes": Kind("byte", _FILE),
    # of the person's place in the finished portrait
    "hair_top": Kind("px", _FILE),
    "eye_line": Kind("px", _FILE),
    "face_width": Kind("px", _FILE),
    "centring": Kind("px", _FILE),
    "head_height": Kind("share", _FILE),
    "body_share": Kind("share", _FILE),
    # of its background
    "background_colour": Kind("level", _FILE),
    "background_evenness": Kind("level", _FILE),
    "rim": Kind("level", _FILE),
    "black_edge": Kind("px", _FILE),
    # of any picture with a face in it
    "faces": Kind(""),
    "face_size": Kind("share"),
    "face_x": Kind("share"),
    "eye_y": Kind("share"),
    "yaw": Kind("deg"),
    "pitch": Kind("deg"),
    "roll": Kind("deg"),
    "eye_opening": Kind("ratio"),
    "mouth_opening": Kind("ratio"),
    "gaze_aside": Kind("share"),
    "gaze_up": Kind("share"),
    "smile": Kind("ratio"),
    "brow_height": Kind("ratio"),
    "teeth": Kind("ratio"),
    "red_eye": Kind("ratio"),
    "hair_brows": Kind("share"),
    "hair_eyes": Kind("share"),
    "hair_forehead": Kind("share"),
    "ears": Kind("share"),
    "glasses": Kind("stops"),
    "lens_darkness": Kind("share"),
    "glare": Kind("share"),
    "skin_luminance": Kind("share"),
    "blown_share": Kind("share"),
    "light_balance": Kind("ratio"),
    "backdrop_shadow": Kind("share"),
    "backdrop_unevenness": Kind("share"),
    "sharpness": Kind("ratio"),
    # of light, colour and backdrop
    "crushed_share": Kind("share"),
    "light_overlap": Kind("share"),
    "face_contrast": Kind("ratio"),
    "light_height": Kind("ratio"),
    "nose_shadow": Kind("share"),
    "socket_shadow": Kind("share"),
    "shine": Kind("ratio"),
    "skin_cast": Kind("lab"),
    "backdrop_clutter": Kind("face_squares"),
    "backdrop_missing": Kind("face_widths"),
    "backdrop_cast": Kind("lab"),
    "backdrop_folds": Kind("share"),
    "motion_blur": Kind("face_widths"),
    "noise": Kind("level"),
    # of body and clothes
    "shoulder_tilt": Kind("deg"),
    "shoulder_span": Kind("face_widths"),
    "head_offset": Kind("face_widths"),
    "head_lean": Kind("deg"),
    "clothes_like_backdrop": Kind("share"),
    "clothes_like_output": Kind("share"),
    "bare_skin": Kind("share"),
    "clothes_pattern": Kind("level"),
    # of a stream of pictures
    "movement": Kind("face_widths/s", _STREAM),
    "eye_openness": Kind("share", _STREAM),
    "brow_raise": Kind("share", _STREAM),
}
"""By name. What each one is, is said by the word key `measured.<name>`; its unit by `in_unit.<unit>`."""
