"""Sheets of photos: the layouts, and the PDF read back and measured in millimetres."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ContentStream

from config.errors import Problem
from config.i18n import LANGUAGES
from config.settings.print_sheets import sheet_layouts
from server.audit.models import Event
from server.installation_check import Level, check_at_start
from server.members.models import Role
from server.payments.orders import order_for
from server.printing import prints
from server.printing.models import PrintedPhoto
from server.printing.photos import Photo, printable
from server.printing.sheet_pdf import draw_labels, draw_photo_sheets, unprintable
from server.records.models import Campaign, School, Student
from server.records.scope import EVERYTHING, Scope
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.clerk.conftest import client_of
from tests.server.conftest import make_student
from tests.server.order_page.conftest import open_campaign
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.usefixtures("small_typeface")
POINTS_PER_MM = 72 / 25.4
RARE = "王㛃𬭎"  # U+36C3 and U+2CB4E, which the Table of General Standard Chinese Characters (2013) has


def page_text(page: Any) -> str:
    return str(page.extract_text()).replace("\x00", "")


def jpeg(width: int = 457, height: int = 640) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (180, 60, 60)).save(out, "JPEG")
    return out.getvalue()


def photo(name: str = "王小明", serial: int = 1, is_reprint: bool = False) -> Photo:
    student = Student(name=name, student_no=f"2022{serial:04}", class_name="一班")
    return Photo(Submission(student=student), is_reprint, jpeg())


def pictures_on(page: Any) -> list[tuple[float, float, float, float]]:
    """Return left, top, width and height of each picture, in mm."""
    pictures, matrix = [], None
    top = float(page.mediabox.height)
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"cm":
            matrix = [float(value) for value in operands]
        elif operator == b"Do" and matrix is not None:
            width, _, _, height, x, y = matrix
            pictures.append(tuple(round(value / POINTS_PER_MM, 2) for value in (x, top - y - height, width, height)))
    return pictures  # type: ignore[return-value]


@pytest.mark.parametrize("name", [name for name, one in sheet_layouts().items() if one.kind != "labels"])
def test_paper_and_photos_have_their_exact_size(name: str) -> None:
    layout = sheet_layouts()[name]
    reader = PdfReader(io.BytesIO(draw_photo_sheets(layout, [photo(), photo("李雷", 2)], "zh_CN")))
    assert len(reader.pages) == (2 if layout.kind == "student" else 1)
    page = reader.pages[0]
    paper = tuple(round(float(side) / POINTS_PER_MM, 2) for side in (page.mediabox.width, page.mediabox.height))
    assert paper == layout.paper
    pictures = pictures_on(page)
    assert len(pictures) == (layout.places if layout.kind == "student" else 2)
    cells = [(cell.x, cell.y, cell.width, cell.height) for cell in layout.cells()]
    for picture, cell in zip(pictures, cells, strict=False):
        assert picture == pytest.approx(cell, abs=0.02)
        assert picture[2:] == pytest.approx(layout.photo, abs=0.01)


def test_the_text_can_be_selected_and_the_colours_are_srgb() -> None:
    content = draw_photo_sheets(sheet_layouts()["a4_class"], [photo(), photo(RARE, 2)], "zh_CN")
    reader = PdfReader(io.BytesIO(content))
    text = page_text(reader.pages[0])
    assert "王小明" in text
    assert RARE in text
    assert "20220002" in text
    [intent] = reader.trailer["/Root"]["/OutputIntents"]
    profile = intent.get_object()["/DestOutputProfile"].get_object().get_data()
    assert profile[36:40] == b"acsp"
    assert profile[16:20] == b"RGB "


def test_a_reprint_is_marked_in_both_languages() -> None:
    sheet = sheet_layouts()["six_inch_one_inch"]
    for again in (False, True):
        content = draw_photo_sheets(sheet, [photo(is_reprint=again)], "zh_CN")
        assert ("重印 / reprint" in page_text(PdfReader(io.BytesIO(content)).pages[0])) is again


def test_a_rotated_sheet_has_its_photos_on_their_side() -> None:
    base = sheet_layouts()["six_inch_one_inch"]
    turned = base.model_validate(
        base.model_dump() | {"rotated": True, "columns": 3, "rows": 3, "gap": (3, 0), "margin": 3}
    )
    assert {(cell.width, cell.height) for cell in turned.cells()} == {(35, 25)}


def test_labels_fill_their_sheet() -> None:
    layout = sheet_layouts()["envelope_labels"]
    campaign = Campaign(title="2026 届", school=School(code="99001", name="示范大学"))
    students = [Student(name=f"王{serial}", student_no=f"{serial:08}", class_name="一班") for serial in range(25)]
    reader = PdfReader(io.BytesIO(draw_labels(layout, campaign, students, "zh_CN")))
    assert len(reader.pages) == 2
    assert page_text(reader.pages[0]).count("示范大学") == 24
    assert [(one.width, one.height) for one in layout.cells()] == [(70, 37)] * 24


def test_a_name_with_a_character_that_no_font_has_is_reported() -> None:
    students = [Student(name=name) for name in ("王小明", RARE, "王\ue000")]
    assert unprintable(students, "zh_CN") == ["王\ue000"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ("columns = 6", "it does not fit"),
        ("rows = 3", "it does not fit"),
        ("margin = 20", "it does not fit"),
        ("caption = 0", "need a caption"),
        ("photo = [0, 35]", "greater than 0"),
        ("photo = [25]", "photo"),
        ("columns = 0", "greater than"),
        ("columns = 1.5", "columns"),
        ("paper = [nan, 102]", "paper"),
        ("paper = [1e9, 102]", "paper"),
        ('kind = "poster"', "kind"),
        ("title = { en = 'x' }", "title needs"),
        ("colour = 1", "colour"),
    ],
)
def test_a_layout_that_cannot_be_printed_is_refused_with_its_name(tmp_path: Path, changes: str, why: str) -> None:
    own = tmp_path / "sheets.toml"
    own.write_text(f"[six_inch_one_inch]\n{changes}\n", encoding="utf-8")
    with pytest.raises(Problem, match=f"sheets.toml.*six_inch_one_inch.*{why}"):
        sheet_layouts(str(own))


def test_a_school_adds_its_own_sheet(tmp_path: Path) -> None:
    base = sheet_layouts()["a4_class"]
    own = tmp_path / "sheets.toml"
    own.write_text(
        '[album]\nkind = "class"\ntitle = { zh_CN = "相册", en = "Album" }\npaper = [203, 152]\nphoto = [25, 35]\n'
        "columns = 6\nrows = 3\ngap = [5, 2]\nmargin = 5\ncaption = 8\nrotated = false\ncutting_lines = false\n",
        encoding="utf-8",
    )
    assert sheet_layouts(str(own))["album"].places == 18
    assert sheet_layouts(str(own))["a4_class"] == base


# ---------------------------------------------------------------- the page


@pytest.fixture
def campaign(db: None, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    printed = open_campaign("printed", payment_required="never", simulated=False)
    for serial, state in ((1, State.CONFIRMED), (2, State.PUBLISHED), (3, State.RECEIVED)):
        student = make_student(printed, serial)
        Student.objects.filter(pk=student.pk).update(class_name="一班")
        submission_of(Student.objects.get(pk=student.pk), state, id=f"{serial:032}")
    monkeypatch.setattr(prints, "picture_of", lambda *_: jpeg())
    return printed


@pytest.fixture
def office(campaign: Campaign) -> Client:
    return client_of("print", EVERYTHING, Role.DELIVERY)


def get(client: Client, part: str, **values: str) -> Any:
    return client.post(f"/printing/printed/{part}", {"class": "一班", **values})


def text_of(answer: Any) -> str:
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()[:2000]
    return "".join(page_text(page) for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_confirmed_portraits_are_printed_and_a_second_print_is_marked(office: Client) -> None:
    first = get(office, "sheets.pdf", sheet="a4_class", key="a" * 32)
    assert len(pictures_on(PdfReader(io.BytesIO(first.content)).pages[0])) == 2
    assert "reprint" not in text_of(first)
    assert "reprint" not in text_of(get(office, "sheets.pdf", sheet="a4_class", key="a" * 32)), "the same form"
    assert text_of(get(office, "sheets.pdf", sheet="a4_class", key="b" * 32)).count("重印 / reprint") == 2
    assert "reprint" not in text_of(get(office, "sheets.pdf", sheet="six_inch_one_inch", key="c" * 32)), "another sheet"
    assert PrintedPhoto.objects.count() == 6
    details = [event.details for event in Event.objects.filter(details__change="sheets printed").order_by("pk")]
    assert [one["reprints"] for one in details] == [0, 0, 2, 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_offers_classes_and_sheets(office: Client, language: str) -> None:
    headers = {"accept-language": "en" if language == "en" else "zh-CN"}
    page = office.get("/printing/printed", headers=headers).content.decode()
    assert sheet_layouts()["a4_class"].title[language] in page
    assert "一班" in page


def test_the_list_and_the_labels_of_a_class(office: Client) -> None:
    assert "20220001" in text_of(get(office, "list.pdf"))
    assert text_of(get(office, "labels.pdf", sheet="envelope_labels")).count("示范大学") == 2


def test_portraits_that_may_not_be_delivered_are_not_printed(campaign: Campaign) -> None:
    Campaign.objects.update(payment_required="before_delivery")
    paying = Campaign.objects.get()
    assert printable(paying, "一班") == []
    order = order_for(Student.objects.filter(student_no="20220001").select_related("campaign").get(), campaign.opens_at)
    assert order is not None
    type(order).objects.update(state="waived")
    assert [row.student.student_no for row in printable(paying, "一班")] == ["20220001"]
    Submission.objects.update(simulated=True)
    assert printable(paying, "一班") == []


def test_others_do_not_print(office: Client, db: None) -> None:
    School.objects.get_or_create(code="99002", defaults={"name": "别校"})
    other = client_of("other", Scope(schools=("99002",)), Role.DELIVERY)
    assert other.get("/printing/printed").status_code == 404
    assert get(other, "sheets.pdf", sheet="a4_class").status_code == 404
    assert client_of("clerk", EVERYTHING).get("/printing/printed").status_code == 403
    assert get_user_model().objects.filter(username="print").exists()


@pytest.mark.parametrize(
    "values", [{"sheet": "x"}, {"sheet": "envelope_labels"}, {"sheet": "a4_class", "class": "\x00"}]
)
def test_nothing_else_can_be_chosen(office: Client, values: dict[str, str]) -> None:
    assert get(office, "sheets.pdf", **values).status_code == 404
    assert PrintedPhoto.objects.count() == 0


def test_a_file_that_cannot_be_read_prints_nothing(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(prints, "picture_of", fail)
    answer = get(office, "sheets.pdf", sheet="a4_class")
    assert answer.status_code == 503
    assert "cannot be read, and nothing was printed" in answer.content.decode()
    assert PrintedPhoto.objects.count() == 0


def test_a_mistake_in_the_school_s_file_is_reported_on_the_page_and_by_the_check(
    office: Client, settings: Any, tmp_path: Path
) -> None:
    own = tmp_path / "sheets.toml"
    own.write_text("[six_inch_one_inch]\nrows = 9\n", encoding="utf-8")
    delivery = settings.APP.delivery.model_copy(update={"print_sheets": str(own)})
    settings.APP = settings.APP.model_copy(update={"delivery": delivery})
    for answer in (office.get("/printing/printed"), get(office, "sheets.pdf", sheet="a4_class")):
        assert answer.status_code == 503
        assert "it does not fit" in answer.content.decode()
    failures = [str(one.message) for one in check_at_start() if one.level is Level.FAILURE]
    assert any("sheets.toml" in text for text in failures)
