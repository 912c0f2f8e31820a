"""The document for the page's script: rules, texts in both languages, addresses; and the headers of the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from config.i18n import LANGUAGES, translations
from config.standards.registry import load_standard
from kiosk.guidance.coaching.hints import HINT_RULES
from server.core.middleware import CONTENT_SECURITY_POLICY
from server.records.models import Student
from server.remote import page_assets
from server.remote.guide_document import (
    HINT,
    HINT_ONLY_METRICS,
    MEASURED_METRICS,
    TEXT,
    TEXTS,
    guide_document,
    measured_rules,
    prefetch_urls,
)
from server.remote.page_headers import CAMERA_PERMISSIONS, CAMERA_POLICY, camera_page
from tests.server.remote.built_page import PAGE, require_built_page

CHSI = load_standard("chsi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_that_the_page_measures_has_a_hint(language: str) -> None:
    document = guide_document(CHSI, language, 10)
    for hint in HINT_RULES:
        if hint.side and hint.rule in document["rules"]:
            sentence = document["hints"][f"{hint.rule}.{hint.side}"]
            assert sentence.endswith(("。", ".")), sentence
            assert len(sentence) <= (60 if language == "zh_CN" else 130), f"too long to be spoken: {sentence}"
    assert {"hold", "upright"} < set(document["hints"])
    json.dumps(document)


def test_hints_of_left_and_right_name_both_people() -> None:
    for rule in ("yaw", "roll", "head_centred"):
        for side, own, theirs in (("low", "左", "右"), ("high", "右", "左")):
            sentence = translations("zh_CN").translate(f"{HINT}{rule}.{side}")
            assert f"自己的{own}边" in sentence
            assert f"你的{theirs}边" in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_uses_each_text_and_no_other(language: str) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (PAGE / "src").rglob("*.ts"))
    used = set(re.findall(r'\btext\(\s*"(\w+)"', source))
    used |= {name for pair in re.findall(r'\? "(\w+)" : "(\w+)"', source) for name in pair if name in TEXTS}
    used |= {f"start_{source}" for source in ("stream", "camera_app", "album")}
    used |= {f"outcome_{outcome}" for outcome in ("fail", "unsure")}
    assert used == set(TEXTS)
    assert all(translations(language).has(f"{TEXT}{name}") for name in TEXTS)


def test_a_metric_that_differs_much_never_fails_in_the_page() -> None:
    document = guide_document(CHSI, "en", 10)
    hint_only = [rule for rule in document["rules"].values() if rule["metric"] in HINT_ONLY_METRICS]
    assert len(hint_only) == 3
    assert all(rule["advice"] for rule in hint_only)
    assert not document["rules"]["one_face"]["advice"]


def test_only_live_rules_that_the_page_measures_are_sent() -> None:
    rules = measured_rules(CHSI)
    assert {"one_face", "yaw", "backdrop_clear", "stillness", "no_blink"} < set(rules)
    assert {rule.metric for rule in rules.values()} <= MEASURED_METRICS
    assert "glare" not in rules


def test_without_the_built_files_there_is_no_live_guidance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page_assets, "FOLDER", tmp_path)
    page_assets._manifest.cache_clear()
    try:
        assert guide_document(CHSI, "en", 10)["assets"] is None
        assert prefetch_urls() == []
        assert not page_assets.page_built()
    finally:
        page_assets._manifest.cache_clear()


def test_the_addresses_are_those_of_the_built_files() -> None:
    require_built_page()
    assets = guide_document(CHSI, "en", 10)["assets"]
    assert set(prefetch_urls()) < set(assets.values())
    assert all((page_assets.FOLDER.parent / url.removeprefix("/static/")).exists() for url in assets.values())


def test_only_the_page_of_the_camera_gets_the_camera() -> None:
    response = camera_page(lambda: HttpResponse())()
    assert (
        response.headers["Permissions-Policy"] == CAMERA_PERMISSIONS == "camera=(self), microphone=(), geolocation=()"
    )
    policy = response.headers["Content-Security-Policy"]
    assert policy == CAMERA_POLICY
    added = set(re.split(r"[; ]+", policy)) - set(re.split(r"[; ]+", CONTENT_SECURITY_POLICY))
    assert added == {"'wasm-unsafe-eval'", "blob:", "worker-src", "media-src"}
    assert "'unsafe-eval'" not in policy
    assert "'unsafe-inline'" not in policy


def test_a_signed_in_student_gets_the_document_of_the_campaign(phone: Client, student: Student) -> None:
    response = phone.get(reverse("remote:guide", args=[student.pk]))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    document = response.json()
    assert document["language"] == "en"
    assert document["limits"]["photo_bytes"] > 10_000_000
    assert document["hints"]["hold"].startswith("Good")


@pytest.mark.django_db
def test_nobody_else_gets_it(student: Student) -> None:
    assert Client().get(reverse("remote:guide", args=[student.pk])).status_code == 403
