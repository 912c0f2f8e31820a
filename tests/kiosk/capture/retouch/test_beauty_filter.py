"""Metadata is read, smoothed skin has a higher score, and no picture is rejected."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from config.arrays import Pixels
from config.i18n import LANGUAGES, translations
from config.settings.beauty_filter import beauty_filter_settings
from kiosk.capture.retouch.beauty_filter import (
    UNDETECTABLE,
    Suspicion,
    SuspicionLevel,
    assess_beauty_filter,
    file_evidence,
    smoothing_probability,
    suspicion_lines,
)
from kiosk.capture.types import PhotoProblem
from kiosk.capture.verification.file_metrics import read_jpeg_properties
from kiosk.guidance.detection.landmarks import FaceFinder
from tests.bench.retouching import bilateral, encode
from tests.kiosk.guidance.pictures import place_astronaut

MAKE, MODEL, SOFTWARE = 0x010F, 0x0110, 0x0131


@pytest.fixture(scope="module")
def person() -> Pixels:
    """The astronaut with the noise of a sensor, which her scanned photograph lacks."""
    noise = np.random.default_rng(4).normal(0, 2, (800, 640, 3))
    return np.clip(place_astronaut(eyes=(320, 330), size=(640, 800)) + noise, 0, 255).astype(np.uint8)


def add_exif_signature(pixels: Pixels, tags: dict[int, str], **options: object) -> bytes:
    exif = Image.Exif()
    for tag, text in tags.items():
        exif[tag] = text
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90, exif=exif, **options)
    return file.getvalue()


def evidence_keys(suspicion: Suspicion) -> set[str]:
    return {key for key, _ in suspicion.evidence}


@pytest.mark.parametrize("software", ["Meitu 9.8.1", "BeautyCam", "B612"])
def test_a_beauty_apps_signature_is_strong(person: Pixels, finder: FaceFinder, software: str) -> None:
    result = assess_beauty_filter(add_exif_signature(person, {SOFTWARE: software}), finder)
    assert (result.level, evidence_keys(result) >= {"beauty_app", "no_camera"}) == (SuspicionLevel.STRONG, True)
    assert result.score >= 0.9


def test_a_signature_in_xmp_is_read(person: Pixels, finder: FaceFinder) -> None:
    xmp = '<x:xmpmeta><rdf:Description xmp:CreatorTool="美图秀秀 10"/></x:xmpmeta>'.encode()
    assert "beauty_app" in evidence_keys(assess_beauty_filter(add_exif_signature(person, {}, xmp=xmp), finder))


def test_an_editor_leads_to_a_review_but_a_part_of_a_word_does_not(person: Pixels, finder: FaceFinder) -> None:
    result = assess_beauty_filter(add_exif_signature(person, {SOFTWARE: "Adobe Photoshop 25.0 (Windows)"}), finder)
    assert (result.level, "editor" in evidence_keys(result)) == (SuspicionLevel.REVIEW, True)
    result = assess_beauty_filter(add_exif_signature(person, {MAKE: "Snowdon", MODEL: "Sodality"}), finder)
    assert evidence_keys(result) & {"editor", "beauty_app"} == set()
    assert ("camera", "Snowdon Sodality") in result.evidence


def test_a_camera_writes_no_progressive_jpeg(person: Pixels, finder: FaceFinder) -> None:
    tags = {MAKE: "Maker", MODEL: "One"}
    assert "saved_again" not in evidence_keys(assess_beauty_filter(add_exif_signature(person, tags), finder))
    assert "saved_again" in evidence_keys(
        assess_beauty_filter(add_exif_signature(person, tags, progressive=True), finder)
    )


def test_smoothed_skin_scores_higher(person: Pixels, finder: FaceFinder) -> None:
    face = finder.find(person).faces[0]
    before = assess_beauty_filter(encode(person, 92), finder)
    after = assess_beauty_filter(encode(bilateral(bilateral(person, face, 4), face, 4), 92), finder)
    assert before.level is SuspicionLevel.NONE
    assert after.score > before.score
    assert (after.level, after.evidence[0][0]) == (SuspicionLevel.REVIEW, "smooth")


def test_a_feature_changes_the_probability_by_the_sign_of_its_weight() -> None:
    model = beauty_filter_settings().smoothness
    usual = {name: part.mean for name, part in model.features.items()}
    assert smoothing_probability(usual, model) == pytest.approx(1 / (1 + np.exp(-model.bias)))
    name, part = next(iter(model.features.items()))
    more = usual | {name: part.mean + part.spread}
    assert (smoothing_probability(more, model) > smoothing_probability(usual, model)) == (part.weight > 0)


def test_a_preview_of_another_picture_leads_to_a_review(person: Pixels) -> None:
    facts = read_jpeg_properties(encode(person, 90))
    settings = beauty_filter_settings()
    assert facts is not None

    def found(levels: float | None) -> set[str]:
        return {key for key, _ in file_evidence(replace(facts, thumbnail_difference=levels), settings)}

    assert "thumbnail" in found(settings.thumbnail_difference + 1)
    assert "thumbnail" not in found(settings.thumbnail_difference - 1) | found(None)
    assert settings.weights["thumbnail"] >= settings.review_from


def test_undetectable_changes_are_listed(finder: FaceFinder) -> None:
    empty = assess_beauty_filter(encode(np.full((300, 300, 3), 128, np.uint8)), finder)
    assert set(empty.unable) == {*UNDETECTABLE, "no_face"}
    assert (empty.level, empty.score) == (SuspicionLevel.NONE, 0.0)
    with pytest.raises(PhotoProblem):
        assess_beauty_filter(b"no picture", finder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_its_sentence(language: str) -> None:
    evidence = ("smooth", "beauty_app", "editor", "thumbnail", "saved_again", "no_camera", "camera")
    unable = (*UNDETECTABLE, "no_face", "small_face", "little_skin", "compressed")
    for level in SuspicionLevel:
        result = Suspicion(0.5, level, tuple((key, "x") for key in evidence), unable)
        lines = suspicion_lines(result, translations(language))
        assert len(lines) == 2 + len(evidence) + len(unable)
        assert not any("beauty_filter." in line or "{" in line for line in lines)
