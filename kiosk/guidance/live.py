"""Pixels in, one hint out: the whole of guidance for a live stream, and the same rules asked of a single picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from config.standards.registry import Colour, PhotoStandard, Stage
from kiosk.guidance.analysis_rate import RateMeter
from kiosk.guidance.background_job import SlowLane
from kiosk.guidance.coaching.advice import Advice, FaceBox
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.timing import Patience
from kiosk.guidance.detection.body import Body, BodyFinder
from kiosk.guidance.detection.crown import crown_of_mask
from kiosk.guidance.detection.landmarks import FaceFinder, Pixels, Sighting
from kiosk.guidance.detection.types import Before, Look
from kiosk.guidance.metrics.blink import OwnBrows, OwnEyes
from kiosk.guidance.metrics.eyes_and_mouth import opening
from kiosk.guidance.metrics.registry import measure
from kiosk.guidance.scheduler import Rounds, Spot
from kiosk.guidance.verdict import Metric, Verdict, judge

EarlierFrame = tuple[Pixels, float]
"""Pixels of a frame that the camera took shortly before the one looked at, and when that was."""

LOOK_BACK: Final = 0.4
"""Seconds over which movement is measured: longer than the landmarks' jitter, shorter than a sitter's patience."""
LONGEST: Final = 1.0
"""Seconds over which it is measured at most, where a slow camera has no frame nearer than that."""


def _no_earlier_frame() -> EarlierFrame | None:
    return None


@dataclass(frozen=True, eq=False)
class Examination:
    """What one picture measures, what the rules of one stage say of it, and who was seen in it."""

    metrics: Mapping[str, Metric]
    verdicts: tuple[Verdict, ...]
    sighting: Sighting = field(repr=False)


class Guide:
    """Guides one sitter after another, frame by frame. Used by one thread."""

    def __init__(self, standard: PhotoStandard, meter: RateMeter | None = None) -> None:
        self.standard = standard
        self._meter = meter or RateMeter()
        self._rules = standard.rules_for(Stage.LIVE)
        self._behind = _behind(standard)
        self._finder = FaceFinder(still=False)
        self._coach = Coach(self._rules)
        self._rounds = Rounds({rule.measure for rule in self._rules.values()} | {"eye_opening", "brow_height"})
        self._body_finder = BodyFinder()
        self._bodies: SlowLane[Body | None] = SlowLane("body")
        self.reset()

    def reset(self) -> None:
        """A new sitter: nothing is remembered of the one before, but how fast this machine is."""
        self._meter.pause()
        self._coach.reset()
        self._rounds.reset()
        self._bodies.reset()
        self._eyes, self._brows = OwnEyes(), OwnBrows()
        self._past: deque[tuple[float, Sighting]] = deque()

    def look(
        self, pixels: Pixels, now: float, earlier: Callable[[], EarlierFrame | None] = _no_earlier_frame
    ) -> Advice:
        """Judges one frame, uint8 (h, w, 3) RGB, seen at `now` (seconds, monotonic); one call per frame, in order.

        `earlier` gives a frame that the camera took up to LOOK_BACK before; it is asked for where the last frame looked
        at is older than that. The pixels must not be changed afterwards: the body is looked for in them for some frames
        to come.
        """
        self._follow_rate(now)
        openness_before = self._look_back(now, earlier)
        sighting = self._with_body(pixels, self._finder.find(pixels), now)
        metrics = self._rounds.measure(Look(pixels, sighting, self._before(now), self._behind), now)
        metrics["eye_openness"] = _lower(openness_before, self._eyes.openness(metrics["eye_opening"], now))
        metrics["brow_raise"] = self._brows.raised(metrics["brow_height"], now)
        self._past.append((now, replace(sighting, person=None)))
        advice = self._coach.advise(judge(metrics, self._rules), now)
        return replace(advice, face=_face_box(sighting))

    def close(self) -> None:
        self._bodies.close()
        self._body_finder.close()
        self._finder.close()

    def _with_body(self, pixels: Pixels, sighting: Sighting, now: float) -> Sighting:
        """With the newest body there is of the sitter; the net that finds it takes as long as all others together."""
        if not sighting.faces:
            self._bodies.reset()
            return sighting
        face = sighting.faces[0]

        job = partial(self._body_finder.below, pixels, face)
        body, age = self._bodies.newest(now, job, self._rounds.slowness) or (None, 0.0)
        if body is None or not Spot.of(face).same(Spot.of(body.face)):
            return sighting
        return replace(sighting, body=replace(body, age=age))

    def _follow_rate(self, now: float) -> None:
        """On a slow machine the coach waits longer, and costly measures are taken at fewer frames."""
        self._meter.analysed(now)
        rate = self._meter.rate
        self._coach.patience = Patience().at(rate)
        self._rounds.slowness = rate.slowness if rate else 1.0
        self._longest = max(LONGEST, 1.5 * rate.period) if rate else LONGEST

    def _look_back(self, now: float, earlier: Callable[[], EarlierFrame | None]) -> Metric | None:
        """Looks for the face in the camera's own earlier frame where the last frame looked at is too old to tell
        movement by. Gives how open the eyes were there: twice as many blinks are seen that way."""
        if self._past and now - self._past[-1][0] <= LOOK_BACK:
            return None
        frame = earlier()
        if frame is None or not 0 < now - frame[1] <= self._longest:
            return None
        pixels, at = frame
        sighting = self._finder.faces(pixels)
        self._past.append((at, sighting))
        if not sighting.faces:
            return None
        return self._eyes.openness(Metric("eye_opening", opening(sighting.faces[0]), "ratio"), at)

    def _before(self, now: float) -> Before | None:
        """The oldest sighting not older than LOOK_BACK; where there is none the newest that is not too old."""
        while len(self._past) > 1 and now - self._past[0][0] > LOOK_BACK:
            self._past.popleft()
        if not self._past:
            return None
        return Before(self._past[0][1], now - self._past[0][0], self._longest)


def examine(pixels: Pixels, standard: PhotoStandard, stage: Stage, finder: FaceFinder) -> Examination:
    """Asks the rules of `stage` of one picture, uint8 (h, w, 3) RGB; `finder` should be one for stills."""
    sighting = finder.find(pixels, body=True)
    metrics = measure(pixels, sighting, behind=_behind(standard))
    return Examination(metrics, judge(metrics, standard.rules_for(stage)), sighting)


def _behind(standard: PhotoStandard) -> Colour:
    """The colour that the portrait will have behind the sitter."""
    return standard.output.backgrounds[standard.output.background]


def _lower(one: Metric | None, other: Metric) -> Metric:
    """Of two values the lower one."""
    if one is None or one.value is None or other.value is None:
        return other
    return one if one.value < other.value else other


def _face_box(sighting: Sighting) -> FaceBox | None:
    if not sighting.faces:
        return None
    face, (width, height) = sighting.faces[0], sighting.size
    eye_x, eye_y = float(face.eyes[0]) / width, float(face.eyes[1]) / height
    crown = crown_of_mask(sighting, face)
    hair = None if crown is None else crown / height
    return FaceBox(eye_x, eye_y, float(face.chin[1]) / height, face.width / width, hair)
