"""The one way from a shot to its portrait: decode > landmarks > crop > matte > composite > encode > keep > judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from config.standards.registry import Operation, Output, PhotoStandard, Stage
from kiosk.capture.cropping.solver import Crop, face_aim, solve
from kiosk.capture.cropping.subject import SeenShot, head, see
from kiosk.capture.image_io.decode import Picture, decode
from kiosk.capture.image_io.jpeg_encoder import encode, written
from kiosk.capture.matting.backdrop_model import Image
from kiosk.capture.matting.matte import Matte, MatteSettings, compose, cut_out, matte
from kiosk.capture.matting.onnx_network import PortraitNetwork
from kiosk.capture.recipe.recipe import NetworkUsed, recipe, with_verdicts
from kiosk.capture.recipe.replay import Difference, Instructions, difference
from kiosk.capture.storage import Kept, Originals
from kiosk.capture.types import Made, PhotoProblem, Portrait
from kiosk.capture.verification.check_file import Checked, check_portrait_file
from kiosk.capture.verification.measure_portrait import judge_portrait
from kiosk.guidance.detection.crown import find_crown
from kiosk.guidance.detection.landmarks import FaceFinder
from kiosk.guidance.verdict import Verdict

_FILE_NAME: Final = "portrait.jpg"
_CROPS: Final = 3  # times the crop may be solved again with the crown the matte has found
_DONE_TO_EVERY_SHOT: Final = (Operation.CROP, Operation.SCALE, Operation.BACKGROUND, Operation.ENCODE)


@dataclass(frozen=True)
class _Cut:
    """A crop with its matte, and where the matte shows the crown (a row of the portrait)."""

    crop: Crop
    matte: Matte = field(repr=False)
    crown: float | None


@dataclass(frozen=True)
class Followed:
    """What a recipe made: a JPEG, and the matte it was made with, float32 (h, w)."""

    jpeg: bytes = field(repr=False)
    alpha: NDArray[np.float32] = field(repr=False)


class PhotoEngine:
    """Bytes of a shot to bytes of a portrait. Holds the nets; to be used from one thread at a time.

    `network`, if there is one, is heard wherever a person is cut out, together with the engine's own mask.
    """

    def __init__(self, settings: MatteSettings | None = None, network: PortraitNetwork | None = None) -> None:
        self.settings = settings or MatteSettings()
        self._network = network
        self._nets: FaceFinder | None = None

    def warm_up(self) -> None:
        """Loads the nets and compiles the matting (seconds, the first time), so that nobody waits later."""
        image = np.full((128, 96, 3), 0.4, np.float32)
        person = np.zeros((128, 96), np.float32)
        image[40:, 24:72], person[40:, 24:72] = 0.9, 1.0
        matte(image, person, self.settings)
        self._finder.find(np.zeros((128, 96, 3), np.uint8))

    def make(self, shot: bytes, standard: PhotoStandard, camera: Mapping[str, object]) -> Made:
        """The portrait of `shot` (the bytes of its file) after `standard`, to be judged once it is written.

        `camera` goes into the recipe as given (driver, model, simulated...). Raises PhotoProblem with the one sentence
        why there is no portrait, and Problem where the standard does not allow what it takes to make one.
        """
        for operation in _DONE_TO_EVERY_SHOT:
            standard.require(operation)
        seen = see(shot, standard, self._finder)
        cut = self._cut(seen, standard)
        output = standard.output
        made = encode(compose(cut.matte, output.backgrounds[output.background]), output)
        used = self.network_used
        notes = recipe(shot, seen.asked, seen.picture, cut.crop, self.settings, used, standard, made, camera)
        return Made(made.jpeg, notes)

    @property
    def network_used(self) -> NetworkUsed | None:
        """What recipes say of the network."""
        return NetworkUsed(self._network.name, self._network.sha256) if self._network else None

    def follow(self, shot: bytes, steps: Instructions) -> Followed:
        """The portrait of `shot` as a recipe says, with nothing looked for that the recipe tells.

        Raises PhotoProblem where the shot cannot be opened or has nobody in it.
        """
        picture = decode(shot, steps.asked.least, steps.asked.shortest)
        found = self._matte(picture, steps.crop, steps.output, steps.matte)
        pixels = compose(found, steps.output.backgrounds[steps.output.background])
        made = written(pixels, steps.output, steps.quality, steps.subsampling, steps.optimized)
        return Followed(made.jpeg, found.alpha)

    def compare(self, one: bytes, other: bytes, alpha: NDArray[np.float32]) -> Difference:
        """How two portraits of the same shot differ; `alpha` is the matte of either."""
        first, second = decode(one).pixels, decode(other).pixels
        faces = self._finder.find(first).faces
        return difference(first, second, alpha, faces[0] if faces else None)

    def judge(self, jpeg: bytes, standard: PhotoStandard) -> tuple[Verdict, ...]:
        """What every portrait rule says of a file, as read back from where it was written."""
        return judge_portrait(jpeg, standard, self._finder)

    def check(self, jpeg: bytes, standard: PhotoStandard) -> Checked:
        """As `judge`, with all that a sheet shows."""
        return check_portrait_file(jpeg, standard, self._finder)

    def develop_bytes(self, shot: bytes, standard: PhotoStandard, camera: Mapping[str, object]) -> Portrait:
        """`make` and `judge` at once, for who keeps no file."""
        made = self.make(shot, standard, camera)
        return _judged(made, self.judge(made.jpeg, standard))

    def close(self) -> None:
        """Frees the nets; the next use loads them again."""
        if self._nets is not None:
            self._nets.close()
            self._nets = None

    @property
    def _finder(self) -> FaceFinder:
        if self._nets is None:
            self._nets = FaceFinder(still=True)
        return self._nets

    def _cut(self, seen: SeenShot, standard: PhotoStandard) -> _Cut:
        at = self._usable_crown(seen, standard)
        for _ in range(_CROPS):
            cut = self._matted(seen, at, standard)
            if cut.crown is None or _well_placed(cut.crown, standard):
                break
            at = cut.crop.top + cut.crown / cut.crop.scale
        return cut

    def _usable_crown(self, seen: SeenShot, standard: PhotoStandard) -> float:
        """The crown the crop begins with: the mask's where that leads to a crop, for the crop's own matte will correct
        it. A refusal has no second look, so it is made on the crown of a matte."""
        at = seen.levelled(seen.crown)
        try:
            solve(seen.head(at), seen.picture.size, standard)
        except PhotoProblem:
            return seen.levelled(self._crown_by_matte(seen, face_aim(standard)))
        return at

    def _crown_by_matte(self, seen: SeenShot, face_width: float) -> float:
        """From a matte of what there is around the head, at the portrait's scale; the mask's crown where none comes."""
        around = seen.around_head(min(1.0, face_width / seen.face.width))
        size = (max(1, round(around.width * around.scale)), max(1, round(around.height * around.scale)))
        image = cut_out(seen.picture.pixels, around, size)
        try:
            found = self._matte_of(image, self.settings)
        except PhotoProblem:
            return seen.crown
        placed = around.placed(head(seen.face, seen.crown))
        at = find_crown(found.alpha, placed.centre, placed.width, placed.eyes)
        return seen.crown if at is None else around.top + at / around.scale

    def _matted(self, seen: SeenShot, at: float, standard: PhotoStandard) -> _Cut:
        crop = solve(seen.head(at), seen.picture.size, standard)
        found = self._matte(seen.picture, crop, standard.output, self.settings)
        placed = crop.placed(seen.head(at))
        return _Cut(crop, found, find_crown(found.alpha, placed.centre, placed.width, placed.eyes))

    def _matte(self, picture: Picture, crop: Crop, output: Output, settings: MatteSettings) -> Matte:
        return self._matte_of(cut_out(picture.pixels, crop, (output.width, output.height)), settings)

    def _matte_of(self, image: Image, settings: MatteSettings) -> Matte:
        heard = self._network.alpha(image) if self._network else None
        return matte(image, self._person(image), settings, heard)

    def _person(self, image: Image) -> NDArray[np.float32]:
        """The person mask of the crop alone: the net then spends all its pixels on it."""
        return self._finder.person_mask(np.rint(image * 255).astype(np.uint8))


class Darkroom:
    """Makes portraits from shots and keeps them. To be used from one thread at a time."""

    def __init__(
        self, portraits: Originals, settings: MatteSettings | None = None, network: PortraitNetwork | None = None
    ) -> None:
        self._portraits = portraits
        self._engine = PhotoEngine(settings, network)

    def warm_up(self) -> None:
        """As PhotoEngine.warm_up."""
        self._engine.warm_up()

    def develop(
        self,
        shot: bytes,
        standard: PhotoStandard,
        camera: Mapping[str, object],
        header: Callable[[Portrait], Mapping[str, Any] | None] | None = None,
    ) -> tuple[Portrait, Kept]:
        """The portrait of `shot`, and its file among the portraits; `header` says what stands in the file's header.

        What was judged is what is on disk: `read` compares the hashes. Raises as PhotoEngine.make and Originals do.
        """
        made = self._engine.make(shot, standard, camera)
        portrait = _judged(made, self._engine.judge(made.jpeg, standard))
        kept = self._portraits.keep(made.jpeg, _FILE_NAME, header(portrait) if header else None)
        self._portraits.read(kept)
        return portrait, kept

    def close(self) -> None:
        """As PhotoEngine.close."""
        self._engine.close()


def _judged(made: Made, verdicts: tuple[Verdict, ...]) -> Portrait:
    return Portrait(made.jpeg, sha256(made.jpeg).hexdigest(), verdicts, with_verdicts(made.recipe, verdicts))


def _well_placed(at: float, standard: PhotoStandard) -> bool:
    rules = [rule for rule in standard.rules_for(Stage.PORTRAIT).values() if rule.measure == "hair_top"]
    return all((r.low or 0) + r.margin <= at <= (r.high or np.inf) - r.margin for r in rules)
