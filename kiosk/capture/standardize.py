"""The one way from a shot to its portrait: decode > landmarks > crop > matte > composite > encode > keep > judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.standard import PhotoStandard, Stage
from kiosk.capture.backdrop import Image
from kiosk.capture.composite import compose, cut_out
from kiosk.capture.crop import Crop, face_aim, solve
from kiosk.capture.crown import crown
from kiosk.capture.decode import Picture, decode
from kiosk.capture.encode import encode
from kiosk.capture.heads import head, middle
from kiosk.capture.matte import Matte, MatteSettings, matte
from kiosk.capture.measure_portrait import judge_portrait
from kiosk.capture.originals import Kept, Originals
from kiosk.capture.portrait import PhotoProblem, Portrait
from kiosk.capture.recipe import recipe
from kiosk.guidance.landmarks import Face, FaceFinder, Sighting

_FILE_NAME: Final = "portrait.jpg"
_SPARE: Final = 2  # decoded at half size only where the crop keeps twice the portrait's pixels
_CROPS: Final = 3  # times the crop may be solved again with the crown the matte has found


@dataclass(frozen=True)
class _Cut:
    """A crop with its matte, and whether the crown the matte shows is where the crop meant it to be."""

    crop: Crop
    matte: Matte = field(repr=False)
    crown: float | None


class Darkroom:
    """Makes portraits from shots. Holds the nets; to be used from one thread at a time."""

    def __init__(self, portraits: Originals, settings: MatteSettings | None = None) -> None:
        self._portraits = portraits
        self._settings = settings or MatteSettings()
        self._nets: FaceFinder | None = None

    def warm_up(self) -> None:
        """Loads the nets and compiles the matting (seconds, the first time), so that nobody waits later."""
        image = np.full((128, 96, 3), 0.4, np.float32)
        person = np.zeros((128, 96), np.float32)
        image[40:, 24:72], person[40:, 24:72] = 0.9, 1.0
        matte(image, person, self._settings)
        self._finder.find(np.zeros((128, 96, 3), np.uint8))

    def develop(self, shot: bytes, standard: PhotoStandard, camera: Mapping[str, object]) -> tuple[Portrait, Kept]:
        """The portrait of `shot` (the bytes of its file) after `standard`, and its file among the portraits.

        `camera` goes into the recipe as given (driver, model, simulated...). The verdicts are those of the bytes read
        back from disk. Raises PhotoProblem with the one sentence why there is none.
        """
        picture, crop, cut = self._cut(shot, standard)
        output = standard.output
        made = encode(compose(cut, output.backgrounds[output.background]), output)
        kept = self._portraits.keep(made.jpeg, _FILE_NAME)
        jpeg = self._portraits.read(kept)
        verdicts = judge_portrait(jpeg, standard, self._finder)
        notes = recipe(shot, picture, standard, crop, self._settings, made, camera)
        return Portrait(jpeg, kept.sha256, verdicts, notes), kept

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

    def _cut(self, shot: bytes, standard: PhotoStandard) -> tuple[Picture, Crop, Matte]:
        """The picture, the crop and its matte."""
        picture, face, at = self._seen(shot, standard)
        for _ in range(_CROPS):
            cut = self._matted(picture, face, at, standard)
            if cut.crown is None or _well_placed(cut.crown, standard):
                break
            at = cut.crop.top + cut.crown / cut.crop.scale
        return picture, cut.crop, cut.matte

    def _seen(self, shot: bytes, standard: PhotoStandard) -> tuple[Picture, Face, float]:
        """The picture, its one face and about where hair begins; decoded at a fraction if that has pixels to spare."""
        least = (standard.output.width, standard.output.height)
        shortest = _SPARE * least[1]
        picture = decode(shot, least, shortest)
        sighting = self._finder.find(picture.pixels)
        while picture.reduction > 1 and not _enough(sighting, standard):
            shortest *= 2
            picture = decode(shot, least, shortest)
            sighting = self._finder.find(picture.pixels)
        face = _only_face(sighting)
        return picture, face, _crown_of_mask(sighting, face)

    def _matted(self, picture: Picture, face: Face, at: float, standard: PhotoStandard) -> _Cut:
        crop = solve(head(face, at), picture.size, standard)
        image = cut_out(picture.pixels, crop, (standard.output.width, standard.output.height))
        found = matte(image, self._person(image), self._settings)
        placed = crop.placed(head(face, at))
        return _Cut(crop, found, crown(found.alpha, placed.centre, placed.width, placed.eyes))

    def _person(self, image: Image) -> NDArray[np.float32]:
        """The person mask of the crop alone: the net then spends all its pixels on it."""
        sighting = self._finder.find(np.rint(image * 255).astype(np.uint8))
        mask = sighting.person_at(sighting.size)
        if mask is None:
            raise PhotoProblem("photo.no_person")
        return mask


def _enough(sighting: Sighting, standard: PhotoStandard) -> bool:
    """Whether the face has the pixels of the portrait twice over."""
    return bool(sighting.faces) and sighting.faces[0].width >= _SPARE * face_aim(standard)


def _only_face(sighting: Sighting) -> Face:
    if not sighting.faces:
        raise PhotoProblem("photo.no_face")
    if len(sighting.faces) > 1:
        raise PhotoProblem("photo.two_faces", count=len(sighting.faces))
    return sighting.faces[0]


def _crown_of_mask(sighting: Sighting, face: Face) -> float:
    """The crown after the person mask, good to some pixels (p95 5.7 px at portrait size); the matte tells it better."""
    if sighting.person is None:
        raise PhotoProblem("photo.no_person")
    zoom = sighting.person.shape[0] / sighting.size[1]
    at = crown(sighting.person, middle(face) * zoom, face.width * zoom, float(face.eyes[1]) * zoom)
    if at is None:
        raise PhotoProblem("photo.no_person")
    return at / zoom


def _well_placed(at: float, standard: PhotoStandard) -> bool:
    rules = [rule for rule in standard.asked(Stage.PORTRAIT).values() if rule.measure == "hair_top"]
    return all((r.low or 0) + r.margin <= at <= (r.high or np.inf) - r.margin for r in rules)
