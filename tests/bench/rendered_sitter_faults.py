"""Rendered faults of the sitter in several strengths: place, head, body, face, hair, glasses, clothes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from config.arrays import Plane
from tests.bench import rendered_backdrop as backdrop
from tests.bench import rendered_face as expression
from tests.bench import rendered_pose as pose
from tests.bench import rendered_wear as wear
from tests.bench.rendered_change import (
    BACKDROP,
    BODY,
    CLOTHES,
    FACE,
    GLASSES,
    HAIR,
    HEAD,
    LIGHT,
    SHARP,
    Change,
    Model,
    exceeds,
    graded_changes,
)
from tests.bench.rendered_eyes import add_red_eyes
from tests.bench.rendered_scene import Scene
from tests.bench.rendered_sitters import BACKDROPS, EYES, FACE_SHARE, plain_backdrop

_AROUND_EYES = (*FACE, *GLASSES, *SHARP, "hair_brows", "hair_eyes", "socket_shadow", "face_contrast", "nose_shadow")
_LIPS = ("mouth_closed", "smile", "teeth", "pitch", "light_height")


def sitter_changes() -> Iterator[Change]:
    """Yield all changes, in the order in which a photographer would check them."""
    yield from _placement_changes()
    yield from _head_changes()
    yield from _body_changes()
    yield from _face_changes()
    yield from _mouth_changes()
    yield from _hair_and_glasses_changes()
    yield from _clothing_changes()


def _placement_changes() -> Iterator[Change]:
    around = frozenset((*BODY, *BACKDROP, *CLOTHES))
    for off, side in ((-0.2, "low"), (-0.15, "low"), (-0.05, ""), (0.05, ""), (0.15, "high"), (0.2, "high")):
        yield _placement_change(
            "shifted across", off, (FACE_SHARE, 0.5 + off, EYES[1]), ("place_across", side), around, "face_x"
        )
    for to, side in ((0.24, "low"), (0.36, ""), (0.48, ""), (0.6, "high")):
        off = to - EYES[1]
        yield _placement_change("shifted down", off, (FACE_SHARE, EYES[0], to), ("place_up", side), around, "eye_y")
    for share, side in ((0.1, "low"), (0.135, "low"), (0.18, ""), (0.235, ""), (0.3, "high"), (0.36, "high")):
        opened = around | {*SHARP, "place_up"}
        yield _placement_change(
            "larger face", share - FACE_SHARE, (share, *EYES), ("face_size", side), opened, "face_size"
        )


def _placement_change(
    name: str,
    strength: float,
    place: tuple[float, float, float],
    fault: tuple[str, str],
    left_open: frozenset[str],
    measure: str,
) -> Change:
    """Place the sitter again: `place` is the face width over the picture's height, and x and y of the eyes (shares)."""
    share, x, y = place

    def make(model: Model) -> Scene | None:
        return model.sitter.scene(share, (x, y)) if model.sitter else None

    faults = frozenset({fault}) if fault[1] else frozenset()
    return Change(name, round(strength, 3), make, faults, left_open, measure, strength)


def _head_changes() -> Iterator[Change]:
    warped = (*HEAD, *FACE, *HAIR, "light_balance", "light_height", "nose_shadow", "face_size", "glasses")
    warped = (*warped, *BACKDROP)  # in a photograph the wall beside the head is warped as well
    turned, nodding = (lambda s, k: pose.turn_head(s, yaw=k)), (lambda s, k: pose.turn_head(s, pitch=k))
    yield from graded_changes(
        "turned", (-20, -15, -4, 4, 15, 20), turned, "yaw", "sign", exceeds(10), warped, (), "yaw", False
    )
    yield from graded_changes(
        "nodding", (-20, -4, 4, 20), nodding, "pitch", "sign", exceeds(10), warped, (), "pitch", False
    )
    turns, around = (-12, -7, -1.5, 1.5, 7, 12), ("yaw", "pitch", "place_across")
    head = (*around, "head_offset", "head_lean", "shoulder_span")  # the shoulders are as level as before
    yield from graded_changes("head tilted", turns, pose.tilt_head, "roll", "sign", exceeds(5), head, (), "roll")
    lean = (*around, "head_offset", "shoulder_span", "roll")
    yield from graded_changes(
        "head leaning", (-15, -2, 2, 15), pose.tilt_head, "head_lean", "sign", exceeds(10), lean, (), "head_lean"
    )
    around = (*around, *BODY, *BACKDROP)
    yield from graded_changes(
        "leaning", turns, pose.roll_picture, "roll", "sign", exceeds(5), around, (), "roll", False
    )


def _body_changes() -> Iterator[Change]:
    around, askew = (*BODY, *BACKDROP, *CLOTHES), (-12, -9, -2, 2, 9, 12)
    tilt, offset = "shoulder_tilt", "head_offset"
    yield from graded_changes("shoulders askew", askew, pose.tilt_shoulders, tilt, "*", exceeds(6), around, (), tilt)
    off, shares = ("place_across", *BODY), (-0.35, -0.05, 0.05, 0.35)
    yield from graded_changes("head off middle", shares, pose.shift_head, offset, "*", exceeds(0.2), off, (), offset)
    yield from graded_changes(
        "body narrowed to", (0.55, 0.95), pose.turn_body, "shoulder_span", "low", lambda k: k < 0.7, around
    )


def _face_changes() -> Iterator[Change]:
    eyes = ("eyes_open", "gaze_aside", "brow_height", "glasses", "tinted_glasses", "red_eye", "socket_shadow", *SHARP)
    on_photographs = partial(graded_changes, left_open=(), affected=eyes, cut_out=False)
    always = lambda _: True  # noqa: E731
    yield from on_photographs("eyes open to", (0,), expression.set_eye_opening, "eyes_open", "low", always)
    one_eye = lambda s, k: expression.set_eye_opening(s, k, (0,))  # noqa: E731
    yield from on_photographs("one eye open to", (0,), one_eye, "eyes_open", "low", always)
    yield from on_photographs(
        "gaze aside", (-0.22, -0.03, 0.03, 0.22), expression.shift_gaze, "gaze_aside", "*", exceeds(0.1)
    )
    yield from on_photographs("gaze up", (0.1,), lambda s, k: expression.shift_gaze(s, 0, k), "gaze_up")
    red = ("gaze_aside", "gaze_up", "eyes_open", "tinted_glasses", "glare")
    yield from graded_changes(
        "red eyes", (0.05, 0.9), add_red_eyes, "pupils", "high", exceeds(0.5), (), red, cut_out=False
    )
    yield from on_photographs("brows raised", (0.5,), expression.raise_brows, "brow_height", "high", left_open=HAIR)


def _mouth_changes() -> Iterator[Change]:
    on_photographs = partial(graded_changes, left_open=_LIPS, cut_out=False)
    yield from on_photographs("mouth open", (0.2, 0.35), expression.open_mouth, "mouth_closed", "high")
    teeth = lambda s, k: expression.open_mouth(s, k, teeth=True)  # noqa: E731
    yield from on_photographs("teeth shown", (0.25,), teeth, "teeth", "high")
    yield from on_photographs("smiling", (0.15, 1.2), expression.add_smile, "smile", "high", exceeds(1), affected=FACE)


def _hair_and_glasses_changes() -> Iterator[Change]:
    around = (*HAIR, *FACE, *LIGHT, "pitch", "focus", "glasses", "face_contrast")
    yield from graded_changes(
        "hair over forehead", (1,), lambda s, _: wear.add_fringe(s, "forehead"), "hair_forehead", left_open=around
    )
    yield from graded_changes(
        "hair over brows", (1,), lambda s, _: wear.add_fringe(s, "brows"), "hair_brows", left_open=around
    )
    half = (*around, *HEAD, *GLASSES, "one_face")
    yield from graded_changes(
        "hair over an eye", (1,), lambda s, _: wear.add_fringe(s, "eyes", True), "hair_eyes", left_open=half
    )
    on_photographs = partial(graded_changes, left_open=_AROUND_EYES, cut_out=False)
    yield from on_photographs("glasses with rims of", (0.01, 0.03), wear.add_glasses, "glasses")
    shaded = lambda s, k: wear.add_glasses(s, 0.02, tint=k)  # noqa: E731
    yield from on_photographs(
        "tinted glasses", (0.8,), shaded, "tinted_glasses", left_open=(*_AROUND_EYES, "one_face", *HEAD)
    )
    glaring = lambda s, k: wear.add_glasses(s, 0.015, glare=k)  # noqa: E731
    yield from on_photographs(
        "glare in glasses", (0.9,), glaring, "glare", left_open=(*_AROUND_EYES, "highlights", "shine")
    )


def _clothing_change(name: str, how: Callable[[Scene, Plane], Scene], rule: str = "", side: str = "*") -> Change:
    def make(model: Model) -> Scene | None:
        return how(model.scene, model.clothes) if model.clothes is not None else None

    faults = frozenset({(rule, side)}) if rule else frozenset()
    opened = frozenset({*BACKDROP, *CLOTHES, *BODY, "one_face"}) if rule else frozenset({"clothes_pattern", *BODY})
    return Change(name, 1, make, faults, opened)


def _clothing_changes() -> Iterator[Change]:
    for name, colour in BACKDROPS.items():
        worn = lambda s, m, c=colour: wear.dye_clothes(backdrop.set_backdrop_colour(s, plain_backdrop(c, s.size)), c, m)  # noqa: E731
        yield _clothing_change(f"{name} clothes before {name}", worn, "clothes_backdrop")
    yield _clothing_change(
        "clothes of the output's blue", lambda s, m: wear.dye_clothes(s, (100, 197, 255), m), "clothes_output"
    )
    yield _clothing_change("striped clothes", wear.stripe_clothes, "clothes_pattern", "high")
    yield _clothing_change(
        "clothes striped upright", lambda s, m: wear.stripe_clothes(s, m, 0.12, True), "clothes_pattern", "high"
    )
    yield _clothing_change("bare shoulders", wear.uncover_shoulders, "bare_shoulders", "high")
    yield _clothing_change("dark clothes", lambda s, m: wear.dye_clothes(s, (45, 48, 60), m))
