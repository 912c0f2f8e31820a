"""Metrics that need a stream, on rendered frames: `python -m tests.bench.guidance_stream`.

Movement, blinks and raised brows are measured relative to earlier frames of the sitter.

LiveGuidance receives 30 frames a second of each cut-out sitter: still, then with the eyes shut, then with the brows up,
then moving at a known speed. While the sitter is still, no rule may fail; otherwise the rule must fail within
MAX_DELAY_S.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.live import LiveGuidance
from kiosk.guidance.verdict import Outcome, Verdict
from tests.bench.picture_files import photo_folder
from tests.bench.rendered_face import raise_brows, set_eye_opening
from tests.bench.rendered_scene import photograph
from tests.bench.rendered_sitters import EYES, FACE_SHARE, Sitter, sitters

FRAMES_PER_SECOND: Final = 30
SPEED: Final = 0.4  # face widths a second: more than twice the limit
MAX_DELAY_S: Final = 0.5
RULES: Final = ("no_blink", "brows_raised", "stillness")


@dataclass(frozen=True)
class Part:
    """A part of the stream, with the rule that must fail in it within MAX_DELAY_S; "" if none may fail."""

    title: str
    rule: str
    frames: list[Pixels]


def parts(sitter: Sitter) -> Iterator[Part]:
    """Yield: still for 1.5 s, eyes shut for 0.4 s, still, brows up, still, then moving to the side for 0.6 s."""
    scene = sitter.scene()
    still, shut = photograph(scene), photograph(set_eye_opening(scene, 0))
    yield Part("still", "", _jitter(still, 45))
    yield Part("eyes shut", "no_blink", _jitter(shut, 12))
    yield Part("still again", "", _jitter(still, 30))
    yield Part("brows up", "brows_raised", _jitter(photograph(raise_brows(scene, 0.5)), 18))
    yield Part("brows at rest again", "", _jitter(still, 24))
    step = SPEED * FACE_SHARE * 960 / 1280 / FRAMES_PER_SECOND
    yield Part(
        "moving",
        "stillness",
        [photograph(sitter.scene(FACE_SHARE, (EYES[0] + step * k, EYES[1]))) for k in range(18)],
    )


def _jitter(picture: Pixels, number: int) -> list[Pixels]:
    """Return `number` copies with new noise, shifted by up to a third of a pixel, as nobody sits perfectly still."""
    rng = np.random.default_rng(3)
    frames = []
    for k in range(number):
        shift = np.array([[1, 0, 0.3 * np.sin(k / 5)], [0, 1, 0.2 * np.cos(k / 7)]], np.float32)
        moved = cv2.warpAffine(picture, shift, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        noise = rng.normal(0, 1.5, (240, 320, 3)).astype(np.float32)
        frames.append(np.clip(moved + np.tile(noise, (4, 4, 1)), 0, 255).astype(np.uint8))
    return frames


@dataclass
class Tally:
    """The delays of detections, the missed parts and the false alarms."""

    delays: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    frame_count: int = 0

    def run(self, sitter: Sitter) -> None:
        """Run all parts through one LiveGuidance."""
        guide, now = LiveGuidance(load_standard("chsi")), 0.0
        for part in parts(sitter):
            began, delay = now, None
            for frame in part.frames:
                now += 1 / FRAMES_PER_SECOND
                self.frame_count += 1
                failing = _failing(guide.analyze(frame, now).verdicts)
                if part.rule in failing and delay is None:
                    delay = now - began
                if (
                    failing and not part.rule and now - began > MAX_DELAY_S
                ):  # until then the previous part has an effect
                    self.alarms.append(f"{sitter.name} {part.title}: {', '.join(sorted(failing))}")
            self._record(sitter, part, delay)
        guide.close()

    def _record(self, sitter: Sitter, part: Part, delay: float | None) -> None:
        if part.rule and (delay is None or delay > MAX_DELAY_S):
            self.missed.append(f"{sitter.name} {part.title}")
        elif part.rule and delay is not None:
            self.delays.append(delay)


def main() -> int:
    finder = FaceFinder(still=True)
    everyone = list(sitters(photo_folder(), finder))
    finder.close()
    tally = Tally()
    for sitter in everyone:
        tally.run(sitter)
    after = (
        f", after {np.median(tally.delays):.2f} s (median), {max(tally.delays):.2f} s at most" if tally.delays else ""
    )
    print(
        f"movement, blinks and brows: {len(everyone)} sitters, "
        f"{tally.frame_count} frames at {FRAMES_PER_SECOND} a second"
    )
    missed, expected = "; ".join(tally.missed) or "none", len(RULES) * len(everyone)
    print(f"   detected {len(tally.delays)} of {expected}{after}; missed: {missed}")
    print(f"   frames with a false alarm: {len(tally.alarms)}{': ' + tally.alarms[0] if tally.alarms else ''}")
    return 0


def _failing(verdicts: tuple[Verdict, ...]) -> set[str]:
    return {verdict.rule for verdict in verdicts if verdict.outcome is Outcome.FAIL and verdict.rule in RULES}


if __name__ == "__main__":
    sys.exit(main())
