"""Guidance from pixels to one hint for a live stream, and the verdicts of the same rules on a single picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from config.arrays import Pixels
from config.linear_algebra import use_one_thread
from config.standards.registry import Colour, PhotoStandard, Stage
from config.two_threads import run_both
from kiosk.guidance.analysis_rate import RateMeter
from kiosk.guidance.background_job import BackgroundJob
from kiosk.guidance.coaching.advice import Advice, FaceBox
from kiosk.guidance.coaching.coach import Coach
from kiosk.guidance.coaching.timing import CoachTiming
from kiosk.guidance.detection.body import Body, BodyFinder
from kiosk.guidance.detection.crown import crown_from_mask
from kiosk.guidance.detection.landmarks import Detections, FaceFinder
from kiosk.guidance.detection.types import FrameContext, PreviousFrame
from kiosk.guidance.metrics.blink import BrowBaseline, EyeBaseline
from kiosk.guidance.metrics.eyes_and_mouth import eye_aspect_ratio
from kiosk.guidance.metrics.registry import measure, to_metric
from kiosk.guidance.metrics.shoulders import shoulder_metrics
from kiosk.guidance.scheduler import FacePosition, MetricScheduler
from kiosk.guidance.verdict import Metric, Verdict, evaluate

EarlierFrame = tuple[Pixels, float]
"""Pixels of a frame that the camera took shortly before the analysed one, and its time."""

MOVEMENT_WINDOW_S: Final = 0.4
"""Seconds over which movement is measured: longer than the landmarks' jitter, short enough for a quick response."""
MAX_MOVEMENT_WINDOW_S: Final = 1.0
"""Upper limit of that time, for slow cameras."""


def _no_earlier_frame() -> EarlierFrame | None:
    return None


@dataclass(frozen=True, eq=False)
class ImageAnalysis:
    """The metrics of one picture, the verdicts of the rules of one stage, and the detections."""

    metrics: Mapping[str, Metric]
    verdicts: tuple[Verdict, ...]
    detections: Detections = field(repr=False)


class LiveGuidance:
    """Guides one sitter after another, frame by frame. Use it from one thread."""

    def __init__(self, standard: PhotoStandard, meter: RateMeter | None = None) -> None:
        use_one_thread()
        self.standard = standard
        self._meter = meter or RateMeter()
        self._rules = standard.rules_for(Stage.LIVE)
        self._background_colour = _output_background(standard)
        self._finder = FaceFinder(still=False)
        self._coach = Coach(self._rules)
        self._scheduler = MetricScheduler(
            {rule.metric for rule in self._rules.values()} | {"eye_opening", "brow_height"}
        )
        self._body_finder = BodyFinder()
        self._body_job: BackgroundJob[Body | None] = BackgroundJob("body")
        self.reset()

    def reset(self) -> None:
        """Start with a new sitter; only the measured speed of this machine stays."""
        self._meter.pause()
        self._coach.reset()
        self._scheduler.reset()
        self._body_job.reset()
        self._eyes, self._brows = EyeBaseline(), BrowBaseline()
        self._history: deque[tuple[float, Detections]] = deque()

    def analyze(
        self, pixels: Pixels, now: float, earlier_frame: Callable[[], EarlierFrame | None] = _no_earlier_frame
    ) -> Advice:
        """Analyze one frame, uint8 (h, w, 3) RGB, taken at `now` (seconds, monotonic); one call per frame, in order.

        `earlier_frame` returns a frame that the camera took up to MOVEMENT_WINDOW_S before; it is called where the last
        analysed frame is older than that. The pixels must not change afterwards: the body is searched for in them
        during the next frames.
        """
        self._adapt_to_rate(now)
        openness_before = self._analyze_earlier_frame(now, earlier_frame)
        detections = self._add_body(pixels, self._finder.find(pixels), now)
        metrics = self._scheduler.measure(
            FrameContext(pixels, detections, self._previous_frame(now), self._background_colour), now
        )
        metrics["eye_openness"] = _lower_of(openness_before, self._eyes.openness(metrics["eye_opening"], now))
        metrics["brow_raise"] = self._brows.raise_ratio(metrics["brow_height"], now)
        self._history.append((now, replace(detections, person=None)))
        advice = self._coach.advise(evaluate(metrics, self._rules), now)
        return replace(advice, face=_face_box(detections))

    def close(self) -> None:
        self._body_job.close()
        self._body_finder.close()
        self._finder.close()

    def _add_body(self, pixels: Pixels, detections: Detections, now: float) -> Detections:
        """Add the newest body of the sitter; its network takes as long as all others together."""
        if not detections.faces:
            self._body_job.reset()
            return detections
        face = detections.faces[0]

        job = partial(self._body_finder.find_below, pixels, face)
        body, age = self._body_job.latest_result(now, job, self._scheduler.slowness) or (None, 0.0)
        if body is None or not FacePosition.of(face).is_same_face(FacePosition.of(body.face)):
            return detections
        return replace(detections, body=replace(body, age=age))

    def _adapt_to_rate(self, now: float) -> None:
        """Adapt the coach's times to a slow machine, and run expensive metrics less often there."""
        self._meter.record_frame(now)
        rate = self._meter.rate
        self._coach.timing = CoachTiming().for_rate(rate)
        self._scheduler.slowness = rate.slowness if rate else 1.0
        self._max_window_s = max(MAX_MOVEMENT_WINDOW_S, 1.5 * rate.period) if rate else MAX_MOVEMENT_WINDOW_S

    def _analyze_earlier_frame(self, now: float, earlier_frame: Callable[[], EarlierFrame | None]) -> Metric | None:
        """Find the face in an earlier frame of the camera where the last analysed frame is too old to measure movement.
        Returns the eye opening there, with which twice as many blinks are detected."""
        if self._history and now - self._history[-1][0] <= MOVEMENT_WINDOW_S:
            return None
        frame = earlier_frame()
        if frame is None or not 0 < now - frame[1] <= self._max_window_s:
            return None
        pixels, at = frame
        detections = self._finder.find_faces(pixels)
        self._history.append((at, detections))
        if not detections.faces:
            return None
        return self._eyes.openness(Metric("eye_opening", eye_aspect_ratio(detections.faces[0]), "ratio"), at)

    def _previous_frame(self, now: float) -> PreviousFrame | None:
        """Return the oldest detections within MOVEMENT_WINDOW_S; otherwise the newest within the upper limit."""
        while len(self._history) > 1 and now - self._history[0][0] > MOVEMENT_WINDOW_S:
            self._history.popleft()
        if not self._history:
            return None
        return PreviousFrame(self._history[0][1], now - self._history[0][0], self._max_window_s)


def analyze_image(pixels: Pixels, standard: PhotoStandard, stage: Stage, finder: FaceFinder) -> ImageAnalysis:
    """Evaluate the rules of `stage` on one picture, uint8 (h, w, 3) RGB; `finder` should be one for stills."""
    return analyze_searched(pixels, finder.find(pixels), standard, stage, finder)


def analyze_searched(
    pixels: Pixels, detections: Detections, standard: PhotoStandard, stage: Stage, finder: FaceFinder
) -> ImageAnalysis:
    """Like `analyze_image`, for a picture in which `finder` has found faces and person already. The body is searched
    for in a second thread, at the same time as the metrics that do not need it are measured."""
    colour = _output_background(standard)

    def find_body() -> Body | None:
        return finder.find_body(pixels, detections.faces[0]) if detections.faces else None

    metrics, body = run_both(lambda: measure(pixels, detections, background_colour=colour), find_body)
    if body is not None:
        detections = replace(detections, body=body)
        metrics |= {name: to_metric(name, reading) for name, reading in shoulder_metrics(detections).items()}
    return ImageAnalysis(metrics, evaluate(metrics, standard.rules_for(stage)), detections)


def _output_background(standard: PhotoStandard) -> Colour:
    """Return the background colour of the future portrait."""
    return standard.output.backgrounds[standard.output.background]


def _lower_of(one: Metric | None, other: Metric) -> Metric:
    """Return the smaller of two values that may be missing."""
    if one is None or one.value is None or other.value is None:
        return other
    return one if one.value < other.value else other


def _face_box(detections: Detections) -> FaceBox | None:
    if not detections.faces:
        return None
    face, (width, height) = detections.faces[0], detections.size
    eye_x, eye_y = float(face.eyes[0]) / width, float(face.eyes[1]) / height
    crown = crown_from_mask(detections, face)
    hair = None if crown is None else crown / height
    return FaceBox(eye_x, eye_y, float(face.chin[1]) / height, face.width / width, hair)
