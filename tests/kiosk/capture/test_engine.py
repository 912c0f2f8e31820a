from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from config.errors import Problem
from config.standards.registry import Operation, PhotoStandard, Stage, load_standard
from hardware.cameras.api import Shot
from kiosk.capture.cropping import subject
from kiosk.capture.cropping.solver import solve
from kiosk.capture.cropping.subject import head_of_face
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.image_io.colour_profile import adobe_rgb
from kiosk.capture.portrait_service import PortraitService
from kiosk.capture.recipe.recipe import backdrop_of
from kiosk.capture.recipe.replay import plan_replay
from kiosk.capture.storage import FileStore, StoredFile
from kiosk.capture.types import PhotoProblem, Portrait
from kiosk.capture.verification.measure_portrait import evaluate_portrait
from kiosk.guidance.detection.landmarks import Detections, Face, FaceFinder
from kiosk.guidance.verdict import Outcome
from tests.kiosk.capture.conftest import Take

CHSI = load_standard("chsi")
CAMERA = {"driver": "studio", "simulated": True}


@cache
def downscale(shot: Shot, width: int = 1600) -> Image.Image:
    """Return the shot at `width`. Tests must not change it, because it is cached."""
    image = Image.open(io.BytesIO(shot.data))
    image.draft("RGB", (width, width))
    return image.convert("RGB").resize((width, width * image.height // image.width), Image.Resampling.LANCZOS)


def encode_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


@pytest.fixture(scope="module")
def small_portrait(portrait_service: PortraitService, take: Take) -> Portrait:
    """The portrait of the scene "right" by the standard chsi, from a shot 1600 pixels wide."""
    return portrait_service.make_and_store(encode_jpeg(downscale(take("right"))), CHSI, CAMERA)[0]


def test_every_rule_passes_as_measured_from_the_file_on_disk(
    developed: tuple[Portrait, StoredFile], on_disk: Path
) -> None:
    finder = FaceFinder(still=True)
    verdicts = evaluate_portrait(on_disk.read_bytes(), CHSI, finder, backdrop_of(developed[0].recipe))
    finder.close()
    assert [v.rule for v in verdicts] == list(CHSI.rules_for(Stage.PORTRAIT))
    assert {v.rule: v.outcome for v in verdicts if v.outcome is not Outcome.PASS} == {}


def test_the_portrait_is_the_file_on_disk(developed: tuple[Portrait, StoredFile]) -> None:
    portrait, stored = developed
    assert stored.path.read_bytes() == portrait.jpeg
    assert sha256(portrait.jpeg).hexdigest() == portrait.sha256 == stored.sha256


def test_the_recipe_contains_everything_and_fits_into_json(developed: tuple[Portrait, StoredFile], take: Take) -> None:
    portrait, _ = developed
    recipe = portrait.recipe
    assert json.loads(json.dumps(recipe)) == recipe
    assert recipe["shot"]["sha256"] == sha256(take("right").data).hexdigest()
    assert recipe["portrait"] == {"sha256": portrait.sha256, "bytes": len(portrait.jpeg)}
    assert (recipe["standard"]["name"], recipe["standard"]["version"]) == (CHSI.name, CHSI.version)
    assert recipe["standard"]["output"] == {
        "width": 480,
        "height": 640,
        "dpi": 300,
        "quality_low": 60,
        "bytes_low": 31744,
        "bytes_high": 40000,
        "backgrounds": {"blue": [100, 197, 255], "white": [255, 255, 255], "grey": [240, 240, 240]},
        "background": "blue",
    }, "the names of the first release"
    assert recipe["standard"]["sha256"] == CHSI.sha256
    assert {rule for rule, entry in recipe["verdicts"].items() if entry["outcome"] == "pass"} == set(recipe["verdicts"])
    assert recipe["camera"]["simulated"] is True
    assert {"zhengguan", "mediapipe", "opencv", "pymatting", "pillow", "numpy"} <= recipe["software"].keys()
    assert "unknown" not in recipe["software"].values()


def test_the_same_shot_gives_the_same_bytes_again(
    developed: tuple[Portrait, StoredFile], take: Take, tmp_path: Path
) -> None:
    another = PortraitService(FileStore(tmp_path))
    again, stored = another.make_and_store(take("right").data, CHSI, asdict(take("right").camera))
    another.close()
    assert again.sha256 == developed[0].sha256
    assert again.recipe == developed[0].recipe
    assert stored.path != developed[1].path


def test_a_shot_that_was_searched_is_neither_decoded_nor_searched_again(
    developed: tuple[Portrait, StoredFile], take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, shot = PhotoEngine(), take("right")
    searched, analysis = engine.assess(shot.data, 1600, CHSI)
    assert analysis.detections.faces == searched.detections.faces
    searched_sizes, find = [], FaceFinder.find

    def record_size(finder: FaceFinder, pixels: NDArray[np.uint8], body: bool = False) -> Detections:
        searched_sizes.append(pixels.shape)
        return find(finder, pixels, body)

    monkeypatch.setattr(FaceFinder, "find", record_size)
    monkeypatch.setattr(subject.DecodeRequest, "decode", lambda *arguments: pytest.fail("decoded again"))
    again = engine.make_and_verify(shot.data, CHSI, asdict(shot.camera), searched)
    engine.close()
    assert searched_sizes == [(640, 480, 3)], "only the portrait is searched"
    assert again.recipe == developed[0].recipe


def test_a_shot_that_was_searched_at_another_size_is_searched_again(
    developed: tuple[Portrait, StoredFile], take: Take
) -> None:
    engine, shot = PhotoEngine(), take("right")
    searched, _ = engine.assess(shot.data, 1, CHSI)
    again = engine.make_and_verify(shot.data, CHSI, asdict(shot.camera), searched)
    engine.close()
    assert searched.picture.reduction != again.recipe["shot"]["decoded_reduction"]
    assert again.recipe == developed[0].recipe


@pytest.mark.parametrize("name", ["blue", "white", "grey"])
def test_the_background_is_the_standards_colour(portrait_service: PortraitService, take: Take, name: str) -> None:
    photo_standard = CHSI.with_background(name)
    portrait, _ = portrait_service.make_and_store(encode_jpeg(downscale(take("right"))), photo_standard, CAMERA)
    pixels = np.asarray(Image.open(io.BytesIO(portrait.jpeg))).astype(int)
    corners = np.concatenate([pixels[:40, :40].reshape(-1, 3), pixels[:40, -40:].reshape(-1, 3)])
    assert np.abs(corners - CHSI.output.backgrounds[name]).max() <= 2
    place = [v for v in portrait.verdicts if v.rule in ("hair_top", "background_colour", "background_evenness")]
    assert {v.outcome for v in place} == {Outcome.PASS}


def test_nothing_is_mirrored_and_the_face_is_not_touched(portrait_service: PortraitService, take: Take) -> None:
    image = downscale(take("right"), 2000)
    portrait, _ = portrait_service.make_and_store(encode_jpeg(image), CHSI, CAMERA)
    crop = portrait.recipe["crop"]
    box = (crop["left"], crop["top"], crop["left"] + crop["width"], crop["top"] + crop["height"])
    before = np.asarray(image.resize((480, 640), Image.Resampling.BOX, box=box)).astype(float)
    after = np.asarray(Image.open(io.BytesIO(portrait.jpeg))).astype(float)
    face = np.s_[230:400, 190:290]
    assert np.abs(after[face] - before[face]).mean() < 5
    assert np.abs(after[:, ::-1][face] - before[face]).mean() > 8, "the comparison does not detect a mirrored face"


@pytest.mark.parametrize(("scene", "key"), [("empty", "photo.no_face"), ("two_people", "photo.two_faces")])
def test_a_shot_without_exactly_one_person_is_refused(
    portrait_service: PortraitService, take: Take, scene: str, key: str
) -> None:
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(take(scene).data, CHSI, CAMERA)
    assert problem.value.key == key


@pytest.mark.parametrize("bottom", [1.0, 0.6])
def test_a_small_face_behind_is_refused_before_all_else(
    portrait_service: PortraitService, take: Take, bottom: float
) -> None:
    """The face is searched for during the matting, even if the matting fails because the shot ends at the shoulders."""
    image = downscale(take("right"), 3000).copy()
    image.paste(image.resize((round(0.25 * image.width), round(0.25 * image.height))), (0, 0))
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(crop_share(image, bottom=bottom)), CHSI, CAMERA)
    assert problem.value.key == "photo.two_faces"


@pytest.mark.parametrize(("scene", "rule"), [("tilted", "roll"), ("dark", "exposure")])
def test_faults_that_the_crop_cannot_correct_are_verdicts(
    portrait_service: PortraitService, take: Take, scene: str, rule: str
) -> None:
    portrait, _ = portrait_service.make_and_store(encode_jpeg(downscale(take(scene))), CHSI, CAMERA)
    failed = {v.rule for v in portrait.verdicts if v.outcome is Outcome.FAIL}
    assert rule in failed
    assert failed <= {rule, "shine", "colour"}  # in the dark, noise and clipping also change the colour of the skin


def crop_share(image: Image.Image, left: float = 0, top: float = 0, right: float = 1, bottom: float = 1) -> Image.Image:
    width, height = image.size
    return image.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


@pytest.mark.parametrize(
    ("edges", "key"),
    [
        ({"top": 0.28}, "photo.hair_cut"),
        ({"bottom": 0.6}, "photo.room_bottom"),
        ({"left": 0.4}, "photo.room_left"),
        ({"right": 0.6}, "photo.room_right"),
        ({"left": 0.41, "right": 0.59}, "photo.too_near"),
    ],
)
def test_a_crop_beyond_the_picture_names_the_side(
    portrait_service: PortraitService, take: Take, edges: dict[str, float], key: str
) -> None:
    image = crop_share(downscale(take("right"), 3000), **edges)
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(image), CHSI, CAMERA)
    assert problem.value.key == key
    assert 0 < int(str(problem.value.values["pixels"])) < 400


def test_too_few_pixels_are_not_enlarged(portrait_service: PortraitService, take: Take) -> None:
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(downscale(take("right"), 1000)), CHSI, CAMERA)
    assert problem.value.key == "photo.too_far"


def test_nobody_is_refused_by_the_mask_alone(
    portrait_service: PortraitService, take: Take, small_portrait: Portrait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crown of the person mask is wrong by some pixels, before a dark wall by much more, as here."""
    shot, of_mask = encode_jpeg(downscale(take("right"))), subject._mask_crown
    wrong: list[PhotoProblem] = []

    def too_high(detections: Detections, face: Face) -> float:
        at = of_mask(detections, face) - 0.5 * face.width
        with pytest.raises(PhotoProblem) as problem:
            solve(head_of_face(face, at), detections.size, CHSI)
        wrong.append(problem.value)
        return at

    monkeypatch.setattr(subject, "_mask_crown", too_high)
    portrait, _ = portrait_service.make_and_store(shot, CHSI, CAMERA)
    assert wrong
    tops = [next(v.value for v in one.verdicts if v.rule == "hair_top") for one in (portrait, small_portrait)]
    assert tops[0] == pytest.approx(tops[1], abs=2)


def standard_allowing(*operations: Operation) -> PhotoStandard:
    return CHSI.model_copy(update={"allowed": operations})


def test_a_tilted_head_is_levelled_only_where_the_standard_allows_turning(
    portrait_service: PortraitService, take: Take
) -> None:
    shot = encode_jpeg(downscale(take("tilted")))
    turned, _ = portrait_service.make_and_store(shot, standard_allowing(*Operation), CAMERA)
    assert abs(turned.recipe["crop"]["angle"]) > 3
    assert [v.rule for v in turned.verdicts if v.outcome is Outcome.FAIL] == []
    plain, _ = portrait_service.make_and_store(shot, CHSI, CAMERA)
    assert plain.recipe["crop"]["angle"] == 0


@pytest.mark.parametrize("forbidden", [Operation.CROP, Operation.SCALE, Operation.BACKGROUND, Operation.ENCODE])
def test_an_operation_that_the_standard_does_not_allow_is_not_done(
    portrait_service: PortraitService, take: Take, forbidden: Operation
) -> None:
    photo_standard = standard_allowing(*(operation for operation in Operation if operation is not forbidden))
    with pytest.raises(Problem) as problem:
        portrait_service.make_and_store(take("right").data, photo_standard, CAMERA)
    assert problem.value.key == "problem.standard.forbidden"
    assert problem.value.values["operation"] == forbidden.value


def test_colours_are_converted_only_where_the_standard_allows_it(portrait_service: PortraitService, take: Take) -> None:
    file = io.BytesIO()
    downscale(take("right"), 1450).save(file, "JPEG", quality=92, icc_profile=adobe_rgb().icc)
    photo_standard = standard_allowing(
        *(operation for operation in Operation if operation is not Operation.COLOUR_MANAGEMENT)
    )
    with pytest.raises(Problem) as problem:
        portrait_service.make_and_store(file.getvalue(), photo_standard, CAMERA)
    assert problem.value.values["operation"] == "colour_management"
    portrait, _ = portrait_service.make_and_store(encode_jpeg(downscale(take("right"), 1450)), photo_standard, CAMERA)
    assert portrait.recipe["shot"]["profile"] == "none"


class RecordingNetwork:
    """A network that records its inputs and returns a person in the middle of every picture."""

    name, sha256 = "onlooker", "5e" * 32

    def __init__(self) -> None:
        self.images: list[tuple[int, ...]] = []
        self.methods_2: list[bool] = []

    def alpha(self, image: NDArray[np.float32], method_2: bool = False) -> NDArray[np.float32]:
        self.images.append(image.shape)
        self.methods_2.append(method_2)
        height, width = image.shape[:2]
        person = np.zeros((height, width), np.float32)
        person[height // 8 :, width // 5 : -width // 5] = 1
        return person


def test_a_network_is_used_and_named_in_the_recipe(take: Take, developed: tuple[Portrait, StoredFile]) -> None:
    network, shot = RecordingNetwork(), encode_jpeg(downscale(take("right"), 1450))
    engine = PhotoEngine(network=network)
    portrait = engine.make_and_verify(shot, CHSI, CAMERA)
    assert network.images == [(640, 480, 3)]
    assert portrait.recipe["network"] == {"name": network.name, "sha256": network.sha256}
    assert developed[0].recipe["network"] is None
    plan = plan_replay(portrait.recipe)
    engine.replay(shot, replace(plan, matte=replace(plan.matte, trimap=replace(plan.matte.trimap, gaps=None))))
    engine.close()
    assert network.methods_2 == [False, True]


def test_a_wrong_file_leaves_no_portrait(take: Take, tmp_path: Path) -> None:
    service = PortraitService(FileStore(tmp_path / "portraits"))
    for data in (b"no picture", take("right").data[:300_000]):
        with pytest.raises(PhotoProblem):
            service.make_and_store(data, CHSI, CAMERA)
    service.close()
    assert not (tmp_path / "portraits").exists()


def test_background_is_added_where_hair_ends_below_the_edge_and_the_recipe_records_it(
    portrait_service: PortraitService, take: Take, small_portrait: Portrait
) -> None:
    """The same shot, cut off above the hair and through the hair."""
    image = downscale(take("right"))
    crop = small_portrait.recipe["crop"]
    hair = next(v.value for v in small_portrait.verdicts if v.rule == "hair_top")
    assert crop["extension"] == {"top": 0, "left": 0, "right": 0}
    top = crop["top"] + (hair or 0.0) / crop["scale"]
    shot = encode_jpeg(image.crop((0, round(top - 14 / crop["scale"]), *image.size)))
    portrait, _ = portrait_service.make_and_store(shot, CHSI, CAMERA)
    added = portrait.recipe["crop"]["extension"]["top"]
    assert 30 <= added <= 60
    assert not {v.rule for v in portrait.verdicts if v.outcome is Outcome.FAIL}
    pixels = np.asarray(Image.open(io.BytesIO(portrait.jpeg))).astype(int)
    assert np.abs(pixels[:added] - CHSI.output.backgrounds["blue"]).max() <= 2
    engine = PhotoEngine()
    assert engine.replay(shot, plan_replay(portrait.recipe)).jpeg == portrait.jpeg
    engine.close()
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(
            encode_jpeg(image.crop((0, round(top + 12 / crop["scale"]), *image.size))), CHSI, CAMERA
        )
    assert problem.value.key == "photo.hair_cut"
    assert int(str(problem.value.values["pixels"])) > added


def test_a_sideways_shot_is_turned_only_where_the_standard_allows_it(
    portrait_service: PortraitService, take: Take, small_portrait: Portrait
) -> None:
    image = downscale(take("right"))
    shot = encode_jpeg(image.transpose(Image.Transpose.ROTATE_90))
    turned, _ = portrait_service.make_and_store(shot, standard_allowing(*Operation), CAMERA)
    assert turned.recipe["decode"]["quarter_turns"] == 3
    assert small_portrait.recipe["decode"]["quarter_turns"] == 0
    assert turned.recipe["shot"]["decoded_size"] == list(image.size)
    engine = PhotoEngine()
    assert engine.replay(shot, plan_replay(turned.recipe)).jpeg == turned.jpeg
    engine.close()


def test_a_shot_with_a_grey_lower_part_is_incomplete(portrait_service: PortraitService, take: Take) -> None:
    pixels = np.asarray(downscale(take("right"))).copy()
    pixels[len(pixels) // 2 :] = 128
    with pytest.raises(PhotoProblem) as problem:
        portrait_service.make_and_store(encode_jpeg(Image.fromarray(pixels)), CHSI, CAMERA)
    assert problem.value.key == "photo.part_lost"
    assert problem.value.values["percent"] in (50, 51)
