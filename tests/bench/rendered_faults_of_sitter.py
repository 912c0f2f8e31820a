"""Faults of the sitter, rendered: place, head, body, face, hair, glasses, clothes; in grids of strength."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

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
    beyond,
    graded,
)
from tests.bench.rendered_eyes import red_eyes
from tests.bench.rendered_scene import Plane, Scene
from tests.bench.rendered_sitters import BACKDROPS, EYES, FACE_SHARE, plain

_AROUND_EYES = (*FACE, *GLASSES, *SHARP, "hair_brows", "hair_eyes", "socket_shadow", "face_contrast", "nose_shadow")
_LIPS = ("mouth_closed", "smile", "teeth", "pitch", "light_height")


def of_sitter() -> Iterator[Change]:
    """All of them, in the order in which a photographer would look."""
    yield from _of_place()
    yield from _of_head()
    yield from _of_body()
    yield from _of_face()
    yield from _of_mouth()
    yield from _of_hair_and_glasses()
    yield from _of_clothes()


def _of_place() -> Iterator[Change]:
    around = frozenset((*BODY, *BACKDROP, *CLOTHES))
    for off, side in ((-0.2, "low"), (-0.15, "low"), (-0.05, ""), (0.05, ""), (0.15, "high"), (0.2, "high")):
        yield _placed("shifted across", off, (FACE_SHARE, 0.5 + off, EYES[1]), ("place_across", side), around, "face_x")
    for to, side in ((0.24, "low"), (0.36, ""), (0.48, ""), (0.6, "high")):
        off = to - EYES[1]
        yield _placed("shifted down", off, (FACE_SHARE, EYES[0], to), ("place_up", side), around, "eye_y")
    for share, side in ((0.1, "low"), (0.135, "low"), (0.18, ""), (0.235, ""), (0.3, "high"), (0.36, "high")):
        opened = around | {*SHARP, "place_up"}
        yield _placed("larger face", share - FACE_SHARE, (share, *EYES), ("face_size", side), opened, "face_size")


def _placed(
    name: str,
    strength: float,
    place: tuple[float, float, float],
    fault: tuple[str, str],
    left_open: frozenset[str],
    measure: str,
) -> Change:
    """The sitter placed anew: `place` is face width of the height, x and y of the eyes, all shares of the picture."""
    share, x, y = place

    def make(model: Model) -> Scene | None:
        return model.sitter.scene(share, (x, y)) if model.sitter else None

    faults = frozenset({fault}) if fault[1] else frozenset()
    return Change(name, round(strength, 3), make, faults, left_open, measure, strength)


def _of_head() -> Iterator[Change]:
    drawn = (*HEAD, *FACE, *HAIR, "light_balance", "light_height", "nose_shadow", "face_size", "glasses")
    drawn = (*drawn, *BACKDROP)  # in a photograph the wall beside the head is drawn along
    turned, nodding = (lambda s, k: pose.turned(s, yaw=k)), (lambda s, k: pose.turned(s, pitch=k))
    yield from graded("turned", (-20, -15, -4, 4, 15, 20), turned, "yaw", "sign", beyond(10), drawn, (), "yaw", False)
    yield from graded("nodding", (-20, -4, 4, 20), nodding, "pitch", "sign", beyond(10), drawn, (), "pitch", False)
    turns, around = (-12, -7, -1.5, 1.5, 7, 12), ("yaw", "pitch", "place_across")
    head = (*around, "head_offset", "head_lean", "shoulder_span")  # the shoulders are as level as before
    yield from graded("head tilted", turns, pose.tilted, "roll", "sign", beyond(5), head, (), "roll")
    lean = (*around, "head_offset", "shoulder_span", "roll")
    yield from graded(
        "head leaning", (-15, -2, 2, 15), pose.tilted, "head_lean", "sign", beyond(10), lean, (), "head_lean"
    )
    around = (*around, *BODY, *BACKDROP)
    yield from graded("leaning", turns, pose.rolled, "roll", "sign", beyond(5), around, (), "roll", False)


def _of_body() -> Iterator[Change]:
    around, askew = (*BODY, *BACKDROP, *CLOTHES), (-12, -9, -2, 2, 9, 12)
    tilt, offset = "shoulder_tilt", "head_offset"
    yield from graded("shoulders askew", askew, pose.shoulders_tilted, tilt, "*", beyond(6), around, (), tilt)
    off, shares = ("place_across", *BODY), (-0.35, -0.05, 0.05, 0.35)
    yield from graded("head off middle", shares, pose.head_off_middle, offset, "*", beyond(0.2), off, (), offset)
    yield from graded(
        "body narrowed to", (0.55, 0.95), pose.body_turned, "shoulder_span", "low", lambda k: k < 0.7, around
    )


def _of_face() -> Iterator[Change]:
    eyes = ("eyes_open", "gaze_aside", "brow_height", "glasses", "tinted_glasses", "red_eye", "socket_shadow", *SHARP)
    on_photographs = partial(graded, left_open=(), shaken=eyes, cut_out=False)
    always = lambda _: True  # noqa: E731
    yield from on_photographs("eyes open to", (0,), expression.eyes_opened, "eyes_open", "low", always)
    one_eye = lambda s, k: expression.eyes_opened(s, k, (0,))  # noqa: E731
    yield from on_photographs("one eye open to", (0,), one_eye, "eyes_open", "low", always)
    yield from on_photographs(
        "gaze aside", (-0.22, -0.03, 0.03, 0.22), expression.gazing, "gaze_aside", "*", beyond(0.1)
    )
    yield from on_photographs("gaze up", (0.1,), lambda s, k: expression.gazing(s, 0, k), "gaze_up")
    red = ("gaze_aside", "gaze_up", "eyes_open", "tinted_glasses", "glare")
    yield from graded("red eyes", (0.05, 0.9), red_eyes, "pupils", "high", beyond(0.5), (), red, cut_out=False)
    yield from on_photographs("brows raised", (0.5,), expression.brows_raised, "brow_height", "high", left_open=HAIR)


def _of_mouth() -> Iterator[Change]:
    on_photographs = partial(graded, left_open=_LIPS, cut_out=False)
    yield from on_photographs("mouth open", (0.2, 0.35), expression.mouth_opened, "mouth_closed", "high")
    teeth = lambda s, k: expression.mouth_opened(s, k, teeth=True)  # noqa: E731
    yield from on_photographs("teeth shown", (0.25,), teeth, "teeth", "high")
    yield from on_photographs("smiling", (0.15, 1.2), expression.smiling, "smile", "high", beyond(1), shaken=FACE)


def _of_hair_and_glasses() -> Iterator[Change]:
    around = (*HAIR, *FACE, *LIGHT, "pitch", "focus", "glasses", "face_contrast")
    yield from graded(
        "hair over forehead", (1,), lambda s, _: wear.fringe(s, "forehead"), "hair_forehead", left_open=around
    )
    yield from graded("hair over brows", (1,), lambda s, _: wear.fringe(s, "brows"), "hair_brows", left_open=around)
    half = (*around, *HEAD, *GLASSES, "one_face")
    yield from graded("hair over an eye", (1,), lambda s, _: wear.fringe(s, "eyes", True), "hair_eyes", left_open=half)
    on_photographs = partial(graded, left_open=_AROUND_EYES, cut_out=False)
    yield from on_photographs("glasses with rims of", (0.01, 0.03), wear.glasses, "glasses")
    shaded = lambda s, k: wear.glasses(s, 0.02, tint=k)  # noqa: E731
    yield from on_photographs(
        "tinted glasses", (0.8,), shaded, "tinted_glasses", left_open=(*_AROUND_EYES, "one_face", *HEAD)
    )
    mirroring = lambda s, k: wear.glasses(s, 0.015, glare=k)  # noqa: E731
    yield from on_photographs(
        "glare in glasses", (0.9,), mirroring, "glare", left_open=(*_AROUND_EYES, "highlights", "shine")
    )


def _dressed(name: str, how: Callable[[Scene, Plane], Scene], rule: str = "", side: str = "*") -> Change:
    def make(model: Model) -> Scene | None:
        return how(model.scene, model.clothes) if model.clothes is not None else None

    faults = frozenset({(rule, side)}) if rule else frozenset()
    opened = frozenset({*BACKDROP, *CLOTHES, *BODY, "one_face"}) if rule else frozenset({"clothes_pattern", *BODY})
    return Change(name, 1, make, faults, opened)


def _of_clothes() -> Iterator[Change]:
    for name, colour in BACKDROPS.items():
        worn = lambda s, m, c=colour: wear.dyed(backdrop.backdrop_colour(s, plain(c, s.size)), c, m)  # noqa: E731
        yield _dressed(f"{name} clothes before {name}", worn, "clothes_backdrop")
    yield _dressed("clothes of the output's blue", lambda s, m: wear.dyed(s, (100, 197, 255), m), "clothes_output")
    yield _dressed("striped clothes", wear.striped, "clothes_pattern", "high")
    yield _dressed("clothes striped upright", lambda s, m: wear.striped(s, m, 0.12, True), "clothes_pattern", "high")
    yield _dressed("bare shoulders", wear.bare_shoulders, "bare_shoulders", "high")
    yield _dressed("dark clothes", lambda s, m: wear.dyed(s, (45, 48, 60), m))
