"""The sheet: no text overlaps or leaves the paper for any values, and the result is always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PdfParser import PdfParser

from config.errors import Problem
from config.i18n import LANGUAGES, Message, translations
from config.standards.registry import PhotoStandard, Rule, Stage, load_standard
from kiosk.capture.recipe.extension_notes import extension_notes
from kiosk.capture.report import fonts, sheet
from kiosk.capture.report.bitmap import render_bitmap
from kiosk.capture.report.fonts import typeface_for
from kiosk.capture.report.label_layout import layout_labels
from kiosk.capture.report.number_format import format_band, format_value
from kiosk.capture.report.overview import OverviewEntry, draw_overview
from kiosk.capture.report.page import COLOURS, HEIGHT, MARGIN, WIDTH, Page, wrap_text
from kiosk.capture.report.pdf import SheetWriter
from kiosk.capture.report.sheet import draw_pages
from kiosk.capture.report.verdict_table import even_split
from kiosk.capture.verification.check_file import CheckReport, FileProperties
from kiosk.capture.verification.portrait_analysis import Head
from kiosk.capture.verification.summary import Summary
from kiosk.guidance.verdict import MANUAL_CHECK, NOT_IN_FILE, Metric, Outcome, Verdict, evaluate, unevaluated

pytestmark = pytest.mark.usefixtures("small_typeface")

CHSI = load_standard("chsi")
PLAIN = Head(73.0, 0.0, 263.0, 430.0, (137.0, 283.0), (344.0, 283.0), 240.0, ((194.0, 262.0), (288.0, 263.0)), 207.0)
HEADS = {
    "plain": PLAIN,
    "cut off": replace(PLAIN, crown=0.0, eyes=20.0, chin=150.0),
    "tiny": Head(
        300.0, 9.0, 306.0, 312.0, (238.0, 307.0), (244.0, 307.0), 241.0, ((239.0, 306.0), (243.0, 306.0)), 6.0
    ),
    "at the left edge": Head(
        100.0, 0.0, 250.0, 400.0, (-40.0, 280.0), (60.0, 280.0), 8.0, ((0.0, 250.0), (30.0, 250.0)), 100.0
    ),
    "at the right edge": Head(
        100.0, 0.0, 250.0, 400.0, (420.0, 280.0), (520.0, 280.0), 472.0, ((440.0, 250.0), (479.0, 250.0)), 100.0
    ),
    "beyond": Head(
        0.0, 0.0, 330.0, 700.0, (-100.0, 300.0), (580.0, 300.0), 240.0, ((100.0, 330.0), (380.0, 330.0)), 680.0
    ),
    "without a crown": replace(PLAIN, crown=None),
}


def make_report(
    head: Head | None = PLAIN, standard: PhotoStandard = CHSI, size: tuple[int, int] = (480, 640), **values: float
) -> CheckReport:
    """Return a check whose metrics are in the middle of their bands, except the `values` by metric."""
    rules = standard.rules_for(Stage.PORTRAIT)
    metrics = {
        rule.metric: Metric(rule.metric, values.get(rule.metric, _well_inside(rule)), rule.unit)
        for rule in rules.values()
    }
    others = {name: rule for name, rule in standard.rules.items() if name not in rules}
    facts = FileProperties("照片.jpg", "JPEG", *size, 39_264, 24, 300.0, 71.0, "ab" * 32)
    pixels = np.full((size[1], size[0], 3), (100, 197, 255), np.uint8)
    verdicts = (*evaluate(metrics, rules), *unevaluated(others))
    return CheckReport(facts, verdicts, standard.output.background, True, (101, 197, 255), head, pixels)


def _well_inside(rule: Rule) -> float:
    if rule.min is not None and rule.max is not None:
        return (rule.min + rule.max) / 2
    room = 2 * rule.tolerance + 1e-6
    return rule.min + room if rule.min is not None else (rule.max or 0.0) - room


def all_failing_report(reason: str = "") -> CheckReport:
    plain = make_report(HEADS["tiny"])
    verdicts = [
        v
        if v.reason in (MANUAL_CHECK, NOT_IN_FILE)
        else replace(v, outcome=Outcome.FAIL, value=98765.4321, reason=reason or f"rule.{v.rule}.high")
        for v in plain.verdicts
    ]
    facts = replace(plain.facts, name="x" * 200 + ".jpg", width=123456, height=123456, bytes=10**10)
    return replace(plain, verdicts=tuple(verdicts), facts=facts)


@dataclass(frozen=True)
class DrawnText:
    box: tuple[float, float, float, float]
    text: str


def drawn_texts(pages: Sequence[Page]) -> list[list[DrawnText]]:
    """Return all texts of each page."""
    return [[DrawnText(box, text) for text, box in page.text_boxes()] for page in pages]


def collisions(texts: list[DrawnText]) -> list[tuple[str, str]]:
    found = []
    for number, one in enumerate(texts):
        for other in texts[:number]:
            a, b = one.box, other.box
            if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1:
                found.append((one.text, other.text))
    return found


def off_paper(texts: list[DrawnText]) -> list[str]:
    edge = MARGIN - 12
    return [
        t.text for t in texts if t.box[0] < edge or t.box[2] > WIDTH - edge or t.box[1] < 90 or t.box[3] > HEIGHT - 90
    ]


PICTURES = [
    *(("en", head, (480, 640)) for head in HEADS),
    *(("en", head, size) for head in ("cut off", "beyond") for size in ((640, 480), (60, 640))),
    *(("zh_CN", head, (480, 640)) for head in ("plain", "beyond")),
]


@pytest.mark.parametrize(("language", "head", "size"), PICTURES)
def test_no_text_overlaps(language: str, head: str, size: tuple[int, int]) -> None:
    pages = sheet.draw_pages(make_report(HEADS[head], size=size), CHSI, language, date(2026, 11, 22))
    for texts in drawn_texts(pages):
        assert len(texts) > 10, "the page itself must be drawn"
        assert collisions(texts) == []
        assert off_paper(texts) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["", "rule.unretouched.question"])
def test_a_sheet_of_failures_takes_more_pages_and_still_collides_nowhere(language: str, reason: str) -> None:
    pages = sheet.draw_pages(all_failing_report(reason), CHSI, language)
    assert len(pages) >= 2
    for texts in drawn_texts(pages):
        assert collisions(texts) == []
        assert off_paper(texts) == []


def test_collisions_are_detected() -> None:
    one, other = DrawnText((0, 0, 10, 10), "a"), DrawnText((5, 5, 15, 15), "b")
    assert collisions([one, other]) == [("b", "a")]
    assert off_paper([one]) == ["a"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_shows_every_value_band_and_message(language: str) -> None:
    tr = translations(language)
    report = make_report(hair_top=18.0, eye_line=200.2)
    pages = sheet.draw_pages(report, CHSI, language, date(2026, 11, 22))
    sheet_text = " ".join(text.text for texts in drawn_texts(pages) for text in texts)
    for verdict in report.evaluated:
        for part in (format_value(verdict), format_band(verdict, tr)):
            assert part in sheet_text
    for verdict in report.manual:
        assert tr.translate(f"rule.{verdict.rule}.question")[:10] in sheet_text
    assert tr.translate("rule.hair_top.low").rstrip(".。") in sheet_text
    assert "2026-11-22" in sheet_text
    assert CHSI.version in sheet_text


def test_a_sheet_is_reproducible_and_has_no_date_unless_requested() -> None:
    one, two = (sheet.draw_sheet(make_report(), CHSI, "en") for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert one.size == (WIDTH, 2 * HEIGHT)  # chsi's questions for a person come on a second page
    assert sheet.draw_sheet(make_report(), CHSI, "en", date(2026, 1, 2)).tobytes() != one.tobytes()


def test_symbols_differ_in_grey() -> None:
    """In a print without colour, the shapes still distinguish the four outcomes."""
    page = Page(typeface_for("en"))
    shapes = []
    for number, outcome in enumerate(COLOURS):
        page.symbol((200 + 100 * number, 200), outcome, 36)
    image = render_bitmap(page).convert("L")
    for number in range(len(COLOURS)):
        shapes.append(np.asarray(image.crop((182 + 100 * number, 182, 218 + 100 * number, 218))) < 200)
    for number, shape in enumerate(shapes):
        assert all((shape != other).mean() > 0.05 for other in shapes[:number])


# --- words and numbers


def verdict(value: float | None, unit: str, low: float | None, high: float | None) -> Verdict:
    return Verdict("any", Outcome.PASS, value, unit, low, high)


@pytest.mark.parametrize(
    ("formatted", "value", "band"),
    [
        (verdict(73.1, "px", 50, 110), "73 px", "50 – 110 px"),
        (verdict(49.8, "px", 50, 110), "49.8 px", "50 – 110 px"),
        (verdict(110.04, "px", 50, 110), "110.04 px", "50 – 110 px"),
        (verdict(-4.2, "deg", -4, 4), "−4.2°", "±4°"),
        (verdict(-0.2, "px", -12, 12), "0 px", "±12 px"),
        (verdict(39264, "byte", 31744, 40000), "39.3 KB", "31.7 – 40 KB"),
        (verdict(0.333, "share", 0.25, None), "33 %", "at least 25 %"),
        (verdict(0.1149, "ratio", None, 0.115), "0.11", "at most 0.115"),
        (verdict(24, "bit", 24, 24), "24 bit", "24 bit"),
        (verdict(3, "px", None, 0), "3 px", "0 px"),
        (verdict(None, "px", 50, None), "–", "at least 50 px"),
    ],
)
def test_values_and_bands_are_formatted(formatted: Verdict, value: str, band: str) -> None:
    assert (format_value(formatted), format_band(formatted, translations("en"))) == (value, band)


@given(
    wanted=st.lists(st.floats(-500, 1500), min_size=1, max_size=8),
    size=st.floats(10, 120),
)
def test_labels_are_spread_without_overlap(wanted: list[float], size: float) -> None:
    placed = layout_labels(wanted, [size] * len(wanted), 0, 1000)
    assert all(size / 2 - 1e-6 <= at <= 1000 - size / 2 + 1e-6 for at in placed)
    in_order = sorted(placed)
    assert all(b - a >= size - 1e-6 for a, b in pairwise(in_order))
    if all(b - a >= size for a, b in pairwise(sorted(wanted))):
        inside = [min(max(at, size / 2), 1000 - size / 2) for at in wanted]
        if all(b - a >= size for a, b in pairwise(sorted(inside))):
            assert placed == pytest.approx(inside)


@given(st.lists(st.floats(1, 200), max_size=30))
def test_columns_are_about_equally_high(heights: list[float]) -> None:
    cut = even_split(heights)
    assert max(sum(heights[:cut]), sum(heights[cut:])) <= sum(heights) / 2 + max(heights, default=0)


@pytest.mark.parametrize(
    "text",
    [
        "头顶离上边太近，请往后坐一点，再拍一张。" * 3,
        "A sentence of words. " * 9,
        "x" * 300,
        "混排 mixed 文字 text，" * 8,
    ],
)
def test_lines_are_broken_within_the_width_and_lose_nothing(text: str) -> None:
    letters = typeface_for("zh_CN")
    lines = wrap_text(letters, text, 30, 400)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(letters.font(30).getlength(line) <= 400 for line in lines)
    assert not any(line.startswith(("，", "。", ".")) for line in lines)


# --- letters


@pytest.fixture
def fresh_letters() -> None:
    typeface_for.cache_clear()


def test_without_chinese_letters_the_package_is_named(monkeypatch: pytest.MonkeyPatch, fresh_letters: None) -> None:
    monkeypatch.setattr(fonts, "chinese_typeface", lambda: None)
    with pytest.raises(Problem) as caught:
        sheet.draw_sheet(make_report(), CHSI, "zh_CN")
    assert caught.value.key == "sheet.no_font"
    assert "fonts-noto-cjk" in caught.value.in_language("zh_CN")


def test_an_english_sheet_needs_no_chinese_letters(monkeypatch: pytest.MonkeyPatch, fresh_letters: None) -> None:
    monkeypatch.setattr(fonts, "chinese_typeface", lambda: None)
    pages = sheet.draw_pages(make_report(), CHSI, "en")
    typeface_for.cache_clear()
    assert np.asarray(render_bitmap(pages[0])).std() > 10
    assert all(collisions(texts) == [] and off_paper(texts) == [] for texts in drawn_texts(pages))


# --- many files


def test_the_overview_has_a_line_for_each_file(tmp_path: Path) -> None:
    entries = [OverviewEntry(f"{n}.jpg", make_report(), page=n) for n in range(3)] + [
        OverviewEntry("broken.jpg", None, "It is broken.")
    ]
    assert len(draw_overview(entries, CHSI, "en")) == 1
    assert len(draw_overview(entries * 20, CHSI, "zh_CN")) > 1


def test_one_pdf_contains_all_sheets_and_is_reproducible(tmp_path: Path) -> None:
    def write_pdf(name: str) -> bytes:
        path = tmp_path / name / "sheets.pdf"
        path.parent.mkdir()
        sheets = SheetWriter(path, 2, CHSI, "en", None)
        sheets.add("one.jpg", make_report())
        sheets.add("two.jpg", None, "It is broken.")
        sheets.write()
        assert [file.name for file in path.parent.iterdir()] == ["sheets.pdf"]
        return path.read_bytes()

    first = write_pdf("first")
    assert first.startswith(b"%PDF-")
    with PdfParser(buf=bytearray(first)) as document:
        assert len(document.pages) == 3
    assert first == write_pdf("second")


def test_a_single_picture_is_a_png(tmp_path: Path) -> None:
    sheets = SheetWriter(tmp_path / "one.png", 1, CHSI, "en", None)
    sheets.add("one.jpg", make_report())
    sheets.write()
    with Image.open(tmp_path / "one.png") as drawn:
        assert drawn.size == (WIDTH, 2 * HEIGHT)
        assert drawn.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(
    ("name", "count", "key"),
    [("x.docx", 1, "sheet.kind_unknown"), ("x.png", 2, "sheet.many"), ("nowhere/x.pdf", 1, "sheet.not_written")],
)
def test_a_sheet_that_cannot_be_written_is_reported_before_anything_is_checked(
    tmp_path: Path, name: str, count: int, key: str
) -> None:
    with pytest.raises(Problem) as caught:
        SheetWriter(tmp_path / name, count, CHSI, "en", None)
    assert caught.value.key == key


@pytest.mark.parametrize("name", ["x.pdf", "x.png"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def full(source: Path, target: Path) -> None:
        assert Path(source).stat().st_size > 1000, "control: something was written"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.capture.report.pdf.os.replace", full)
    sheets = SheetWriter(tmp_path / name, 1, CHSI, "en", None)
    sheets.add("one.jpg", make_report())
    with pytest.raises(Problem) as caught:
        sheets.write()
    assert caught.value.key == "sheet.not_written"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_entered_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    sheets = SheetWriter(tmp_path / "one.png", 1, CHSI, "en", None)
    sheets.add("one.jpg", None, "The file is empty.")
    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(Problem) as caught:
        sheets.write()
    assert caught.value.key == "sheet.not_written"


def test_the_summary_is_right_only_where_everything_passes() -> None:
    assert make_report().summary is Summary.RIGHT
    assert make_report(hair_top=51.0).summary is Summary.UNSURE
    assert make_report(hair_top=10.0, eye_line=200.1).summary is Summary.WRONG


def test_a_sheet_shows_added_background_and_the_fault_of_the_whole_picture() -> None:
    notes = extension_notes({"crop": {"extension": {"top": 21, "left": 0, "right": 4}}})
    rotated = Message("check.rotated_left")
    for language in LANGUAGES:
        tr = translations(language)
        report = replace(make_report(), notes=notes, fault=rotated)
        texts = "".join(text.text for page in drawn_texts(draw_pages(report, CHSI, language)) for text in page)
        without_spaces = texts.replace(" ", "")
        for message in (*notes, rotated):
            assert tr.translate(message.key, **message.values).replace(" ", "") in without_spaces
        assert tr.translate("sheet.manual_count", count=12).replace(" ", "") in without_spaces
    assert report.summary is Summary.WRONG
    assert (
        extension_notes({"crop": [1, 2]}) == extension_notes(None) == extension_notes({"crop": {"extension": 3}}) == ()
    )
