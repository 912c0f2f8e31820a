"""The pipeline from a shot to its portrait: decode, landmarks, crop, matte, composite, encode, evaluate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.arrays import FloatImage
from config.linear_algebra import use_one_thread
from config.native_memory import keep_freed_memory, share_one_arena
from config.standards.registry import Colour, Operation, Output, PhotoStandard, Stage
from config.two_threads import run_both
from kiosk.capture.cropping.solver import Crop
from kiosk.capture.cropping.subject import SearchedShot, SitterSearch, SubjectGeometry, analyze_shot
from kiosk.capture.image_io.decode import decode
from kiosk.capture.image_io.jpeg_encoder import encode, encode_with
from kiosk.capture.matted_crop import MattedCrop, find_matted_crop
from kiosk.capture.matting.extended_crop import extend_image, extend_matte, extract_part_within
from kiosk.capture.matting.matte import Matte, MatteSettings, composite, compute_matte
from kiosk.capture.matting.onnx_network import PortraitNetwork
from kiosk.capture.recipe.recipe import (
    DecodeRequest,
    NetworkUsed,
    RecipeStart,
    add_verdicts,
    backdrop_of,
    build_recipe,
)
from kiosk.capture.recipe.replay import PixelDifference, ReplayPlan, compare_pixels
from kiosk.capture.repair.start import RepairStart
from kiosk.capture.types import DraftPortrait, PhotoProblem, Portrait
from kiosk.capture.verification.check_file import CheckReport, check_portrait
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.live import ImageAnalysis, analyze_searched
from kiosk.guidance.verdict import Verdict

_REQUIRED_OPERATIONS: Final = (Operation.CROP, Operation.SCALE, Operation.BACKGROUND, Operation.ENCODE)


@dataclass(frozen=True)
class Replayed:
    """The result of a replay: a JPEG, the crop of the shot, float32 (h, w, 3) sRGB 0..1, and its matte."""

    jpeg: bytes = field(repr=False)
    image: FloatImage = field(repr=False)
    matte: Matte = field(repr=False)

    @property
    def alpha(self) -> NDArray[np.float32]:
        return self.matte.alpha


class PhotoEngine:
    """Makes portraits from the bytes of shots. Holds the networks; use it from one thread at a time.

    The optional `network` contributes to every matte, together with the engine's own mask.
    """

    def __init__(self, settings: MatteSettings | None = None, network: PortraitNetwork | None = None) -> None:
        share_one_arena()
        keep_freed_memory()
        use_one_thread()
        self.settings = settings or MatteSettings()
        self._network = network
        self._loaded_finder: FaceFinder | None = None

    def warm_up(self, for_assessment: bool = False) -> None:
        """Load the networks and compile the matting, which takes seconds the first time; with `for_assessment`, also
        load everything that `assess` and the first verdicts need."""
        image = np.full((128, 96, 3), 0.4, np.float32)
        person = np.zeros((128, 96), np.float32)
        image[40:, 24:72], person[40:, 24:72] = 0.9, 1.0
        compute_matte(image, person, self.settings)
        self._finder.find(np.zeros((128, 96, 3), np.uint8))
        if for_assessment:
            self._finder.load_all()

    def assess(self, shot: bytes, min_short_side: int, standard: PhotoStandard) -> tuple[SearchedShot, ImageAnalysis]:
        """Return the picture of `shot`, whose shorter side keeps at least `min_short_side` pixels, with the people in
        it, and the verdicts of the shot rules. Raises PhotoProblem if it is no picture."""
        searched = SearchedShot.of(shot, min_short_side, self._finder)
        pixels, detections = searched.picture.pixels, searched.detections
        return searched, analyze_searched(pixels, detections, standard, Stage.SHOT, self._finder)

    def make(
        self,
        shot: bytes,
        standard: PhotoStandard,
        camera: Mapping[str, object],
        searched: SearchedShot | None = None,
    ) -> DraftPortrait:
        """Make the portrait of `shot` (the bytes of its file) by `standard`; the caller evaluates the written file.

        `searched` is the result of `assess` for the same shot, if there is one; it only saves time.
        `camera` is stored in the recipe unchanged (driver, model, simulated...). Raises PhotoProblem if no portrait is
        possible, and Problem where the standard does not allow a required operation.
        """
        for operation in _REQUIRED_OPERATIONS:
            standard.require(operation)
        (subject, cut), start = run_both(
            lambda: self._find_and_crop(shot, standard, searched), lambda: RecipeStart.of(shot, standard)
        )
        output = standard.output
        encoded = encode(composite(cut.matte, output.background_colour), output)
        source, matting = (start, subject.decode_request, subject.picture), (self.settings, self.network_used)
        recipe = build_recipe(*source, cut.crop, *matting, encoded, camera, cut.matte.backdrop)
        return DraftPortrait(encoded.jpeg, recipe)

    def make_with_crop(
        self,
        shot: bytes,
        standard: PhotoStandard,
        camera: Mapping[str, object],
        decode_request: DecodeRequest,
        crop: Crop,
    ) -> DraftPortrait:
        """Like `make`, with a crop that a person chose in the picture that `decode_request` gives. The caller checks
        that it keeps the rules (kiosk.capture.cropping.crop_range)."""
        for operation in _REQUIRED_OPERATIONS:
            standard.require(operation)
        picture, output = decode_request.decode(shot), standard.output
        part = extract_part_within(picture.pixels, crop, (output.width, output.height))
        matte = extend_matte(self._matte_image(part, self.settings), crop.extension)
        encoded, network = encode(composite(matte, output.background_colour), output), self.network_used
        source, matting = (RecipeStart.of(shot, standard), decode_request, picture), (self.settings, network)
        recipe = build_recipe(*source, crop, *matting, encoded, camera, matte.backdrop)
        return DraftPortrait(encoded.jpeg, recipe)

    @property
    def network_used(self) -> NetworkUsed | None:
        """The entry `network` of a recipe."""
        return NetworkUsed(self._network.name, self._network.sha256) if self._network else None

    def replay(self, shot: bytes, plan: ReplayPlan) -> Replayed:
        """Make the portrait of `shot` by a recipe; nothing that the recipe contains is searched for again.

        Raises PhotoProblem if the shot cannot be opened or shows nobody.
        """
        picture = plan.decode_request.decode(shot)
        part = extract_part_within(picture.pixels, plan.crop, (plan.output.width, plan.output.height))
        matte = extend_matte(self._matte_image(part, plan.matte), plan.crop.extension)
        image = extend_image(part, plan.crop.extension, plan.output.background_colour)
        if plan.strokes:
            matte = self.repair_start(image, matte, plan.output).repair(plan.strokes)
        pixels = composite(matte, plan.output.background_colour)
        encoded = encode_with(
            pixels, plan.output, plan.quality, plan.subsampling, plan.optimized, plan.restart_interval
        )
        return Replayed(encoded.jpeg, image, matte)

    def repair_start(self, image: FloatImage, matte: Matte, output: Output) -> RepairStart:
        """Return the start of a repair of this portrait. Raises PhotoProblem if it does not show exactly one face."""
        pixels = composite(matte, output.background_colour)
        return RepairStart.of(image, matte, pixels, self._finder.find(pixels).faces)

    def compare(self, one: bytes, other: bytes, alpha: NDArray[np.float32]) -> PixelDifference:
        """Return the difference of two portraits of one shot; `alpha` is the matte of either."""
        first, second = decode(one).pixels, decode(other).pixels
        faces = self._finder.find(first).faces
        return compare_pixels(first, second, alpha, faces[0] if faces else None)

    def evaluate(self, jpeg: bytes, standard: PhotoStandard, backdrop: Colour | None) -> tuple[Verdict, ...]:
        """Return the verdicts of the portrait rules on a file as read back from disk; `backdrop` is the colour of
        the backdrop in its shot (kiosk.capture.recipe.recipe.backdrop_of)."""
        return evaluate_portrait(jpeg, standard, self._finder, backdrop)

    def check(self, jpeg: bytes, standard: PhotoStandard, backdrop: Colour | None) -> CheckReport:
        """Like `evaluate`, with everything that a sheet shows."""
        return check_portrait(jpeg, standard, self._finder, backdrop=backdrop)

    def make_and_verify(
        self,
        shot: bytes,
        standard: PhotoStandard,
        camera: Mapping[str, object],
        searched: SearchedShot | None = None,
    ) -> Portrait:
        """Make the portrait and evaluate it, for callers that store no file."""
        draft = self.make(shot, standard, camera, searched)
        return finish_portrait(draft, self.evaluate(draft.jpeg, standard, backdrop_of(draft.recipe)), standard)

    def close(self) -> None:
        """Free the networks; the next use loads them again."""
        if self._loaded_finder is not None:
            self._loaded_finder.close()
            self._loaded_finder = None

    @property
    def _finder(self) -> FaceFinder:
        if self._loaded_finder is None:
            self._loaded_finder = FaceFinder(still=True)
        return self._loaded_finder

    def _find_and_crop(
        self, shot: bytes, standard: PhotoStandard, searched: SearchedShot | None
    ) -> tuple[SubjectGeometry, MattedCrop]:
        """Find the sitter and the crop, and search for bystanders during the matting, which does not need them. If
        there are any, which nearly always means a refusal, start again with all faces."""
        search = SitterSearch(self._finder)
        try:
            subject = analyze_shot(shot, standard, self._finder, searched, search.find)
            has_bystanders, cut = run_both(lambda: search.has_bystanders, lambda: self._crop(subject, standard))
            if not has_bystanders:
                return subject, cut
        except PhotoProblem:
            if not search.has_bystanders:
                raise
        subject = analyze_shot(shot, standard, self._finder, searched)
        return subject, self._crop(subject, standard)

    def _crop(self, subject: SubjectGeometry, standard: PhotoStandard) -> MattedCrop:
        return find_matted_crop(subject, standard, lambda image: self._matte_image(image, self.settings))

    def _matte_image(self, image: FloatImage, settings: MatteSettings) -> Matte:
        network = self._network

        def person_mask() -> NDArray[np.float32]:
            """Return the mask of the crop alone, so that the network's whole resolution is used for it."""
            return self._finder.person_mask(np.rint(image * 255).astype(np.uint8))

        if network is None:
            return compute_matte(image, person_mask(), settings)
        person, alpha = run_both(person_mask, lambda: network.alpha(image, settings.is_method_2))
        return compute_matte(image, person, settings, alpha)


def finish_portrait(draft: DraftPortrait, verdicts: tuple[Verdict, ...], standard: PhotoStandard) -> Portrait:
    """Return the portrait with the verdicts on its file, and add them to its recipe."""
    recipe, digest = add_verdicts(draft.recipe, verdicts), sha256(draft.jpeg).hexdigest()
    return Portrait(draft.jpeg, digest, verdicts, recipe, tuple(standard.rules_for(Stage.PERSON)))
