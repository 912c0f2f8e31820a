"""The report at the end of a capture day, as PDF and as workbook."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from config.errors import Problem
from config.i18n import translations
from server.day import report_views
from server.day.report import DayReport, day_report, default_day, spread
from server.day.report_tables import report_tables
from server.day.tables import Table
from server.records.models import Campaign
from server.stations.models import Heartbeat
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.states import State
from tests.server.conftest import fake_number, make_student
from tests.server.day.conftest import close, make_station, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_typeface")]
DAY = date(2026, 5, 20)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """Return a time at the school."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone.get_default_timezone())


def make_photo(
    serial: int, campaign: Campaign, moment: datetime, state: State = State.CONFIRMED, **details: Any
) -> Submission:
    """Create a submission: make_photo two minutes after the consent, received half a minute later."""
    consent = {"consent": {"given_at": (moment - timedelta(minutes=2)).isoformat()}}
    student = make_student(campaign, serial, class_name="一班" if serial < 10 else "二班", name=f"同学{serial}")
    times = {"taken_at": moment, "received_at": moment + timedelta(seconds=30), "envelope": consent}
    return submit(student, state, **{**times, **details})


@pytest.fixture
def busy(campaign: Campaign) -> Campaign:
    """Two stations on 20 May, a photo of the day before, and students without a photo."""
    first, second = make_station("一号站"), make_station("二号站")
    gaps = {"first": at(8).isoformat(), "last": at(17).isoformat(), "gaps": [[at(12, 5).isoformat(), 1500]]}
    Heartbeat.objects.create(station=second, received_at=at(17), days={"2026-05-20": gaps})
    make_photo(1, campaign, at(9, 1), station=first)
    make_photo(2, campaign, at(9, 30), station=second)
    rejected = make_photo(3, campaign, at(11), State.REJECTED, station=second)
    entry = AuditEntry.objects.create(submission=rejected, at=at(13), to_state=State.REJECTED.value)
    Reason.objects.create(submission=rejected, entry=entry, code="blur")
    Reason.objects.create(submission=rejected, entry=entry, code="glasses_glare")
    make_photo(4, campaign, at(11, 20), State.RECEIVED, kind="broken_off", station=second)
    make_photo(5, campaign, at(10), State.SUPERSEDED, kind="broken_off", station=second)
    make_photo(11, campaign, at(15, day=DAY - timedelta(days=1)), station=first)
    for serial in (12, 13):
        make_student(campaign, serial, class_name="二班", name="缺拍的同学")
    return close(campaign)


def report_of(campaign: Campaign) -> DayReport:
    return day_report(campaign, Submission.objects.all(), DAY, timezone.now())


def table(campaign: Campaign, title: str, language: str = "en") -> Table:
    return next(one for one in report_tables(report_of(campaign), language) if one.title == title)


def test_the_classes(busy: Campaign) -> None:
    classes = table(busy, "day.report.classes")
    assert list(classes.rows) == [
        ("一班", 5, 2, 3, 2, 1, 0, 3),
        ("二班", 3, 1, 0, 1, 0, 0, 2),
    ]
    assert classes.total == ("Total", 8, 3, 3, 3, 1, 0, 5)


def test_the_stations(busy: Campaign) -> None:
    assert list(table(busy, "day.report.stations").rows) == [
        ("一号站", 1, 0, 0, "09:01", "09:01", "–", "–"),
        ("二号站", 2, 1, 1, "09:30", "11:20", "08:00 – 17:00", 1),
    ]


def test_the_hours_have_no_gap(busy: Campaign) -> None:
    assert list(table(busy, "day.report.hours").rows) == [
        ("09:00 – 10:00", 2, 0, 0),
        ("10:00 – 11:00", 0, 0, 0),
        ("11:00 – 12:00", 1, 1, 1),
    ]


def test_the_times(busy: Campaign) -> None:
    assert list(table(busy, "day.report.times").rows) == [
        ("From consent to photo", 4, "2 min", "2 min"),
        ("From photo to server", 4, "30 s", "30 s"),
    ]


@pytest.mark.parametrize(
    "given_at", ["x", "", None, "2026-05-20T09:00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_consent_without_a_usable_time_is_left_out(given_at: str | None, campaign: Campaign) -> None:
    make_photo(1, campaign, at(9), envelope={"consent": {"given_at": given_at}})
    make_photo(2, campaign, at(9), envelope={})
    assert report_of(campaign).at_station is None
    assert report_of(campaign).to_server is not None


def test_the_reasons(busy: Campaign) -> None:
    tr = translations("en")
    expected = [(tr.translate("reject.blur"), 1), (tr.translate("reject.glasses_glare"), 1)]
    assert list(table(busy, "day.report.reasons").rows) == expected
    Reason.objects.update(code="of_an_earlier_version")
    assert list(table(busy, "day.report.reasons").rows) == [("of_an_earlier_version", 1)]


def test_the_outages(busy: Campaign) -> None:
    assert list(table(busy, "day.report.outages").rows) == [("二号站", "12:05", "25 min")]


def test_the_students_without_a_photo_are_masked(busy: Campaign) -> None:
    rows = list(table(busy, "day.absent_title").rows)
    assert [row[1] for row in rows] == ["20220003", "20220005", "20220012", "20220013"]
    assert rows[-1][2:4] == ("缺***学", f"…{fake_number(13)[-4:]}")


def test_the_list_of_students_may_be_shortened(busy: Campaign) -> None:
    shortened = report_tables(report_of(busy), "en", max_students=1)[-1]
    assert len(shortened.rows) == 1
    assert shortened.note.startswith("3 more")


def test_a_day_without_a_visit(busy: Campaign) -> None:
    report = day_report(busy, Submission.objects.all(), DAY + timedelta(days=3), timezone.now())
    assert [len(one.rows) for one in report_tables(report, "en")] == [2, 0, 0, 0, 0, 0, 4]


def test_only_submissions_that_the_user_may_see_are_counted(busy: Campaign) -> None:
    report = day_report(busy, Submission.objects.none(), DAY, timezone.now())
    assert (report.visits, report.reasons) == ([], [])


@pytest.mark.parametrize(
    ("seconds", "median", "ninth"), [([5], 5, 5), ([1, 2, 3, 4], 2.5, 4), (list(range(1, 11)), 5.5, 9)]
)
def test_the_spread(seconds: list[float], median: float, ninth: float) -> None:
    result = spread([timedelta(seconds=value) for value in seconds])
    assert result is not None
    assert (result.count, result.median, result.ninth) == (
        len(seconds),
        timedelta(seconds=median),
        timedelta(seconds=ninth),
    )


def test_the_default_day_is_today_or_the_last_one(campaign: Campaign) -> None:
    now = timezone.now()
    assert default_day(campaign, now) == timezone.localdate(now)
    assert default_day(campaign, now + timedelta(days=40)) == campaign.capture_days()[1]


# ---------------------------------------------------------------------- files


def pdf_text(client: Client, campaign: Campaign, language: str) -> list[str]:
    answer = client.get(f"/day/{campaign.pk}/report.pdf", {"lang": language, "date": "2026-05-20"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="day-{campaign.pk}-2026-05-20.pdf"'
    # pypdf reads two bytes for each character of this kind of font.
    return [page.extract_text().replace("\0", "") for page in PdfReader(io.BytesIO(answer.content)).pages]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_pdf_has_every_section_with_titles_in_both_languages(
    language: str, operator: Client, busy: Campaign
) -> None:
    text = "".join(pdf_text(operator, busy, language)).replace(" ", "")
    for title in ("采集日报", "Capturedayreport", "各采集站", "Bystation", "缺拍名单", "Studentswithoutaphoto"):
        assert title in text
    for value in ("二号站", "08:00–17:00", "12:05", "2026-05-20", f"…{fake_number(13)[-4:]}", "20220012"):
        assert value in text
    assert fake_number(13) not in text
    assert "缺拍的同学" not in text


def test_a_long_list_continues_on_further_pages_with_its_titles(operator: Client, busy: Campaign) -> None:
    for serial in range(20, 120):
        make_student(busy, serial, class_name="三班")
    pages = pdf_text(operator, busy, "en")
    assert len(pages) >= 3
    assert all("Student" in page for page in pages[2:])
    assert f"{len(pages)} / {len(pages)}" in pages[-1]


def test_the_same_report_gives_the_same_pdf(busy: Campaign) -> None:
    from server.day.report_pdf import draw_report

    report = report_of(busy)
    tables = report_tables(report, "en")
    assert draw_report(report, tables, "en") == draw_report(report, tables, "en")


def test_a_server_without_a_font_reports_that(
    operator: Client, busy: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise Problem("sheet.no_font", package="fonts-noto-cjk")

    monkeypatch.setattr(report_views, "draw_report", fail)
    answer = operator.get(f"/day/{busy.pk}/report.pdf")
    assert answer.status_code == 503
    assert "fonts-noto-cjk" in answer.content.decode()


@pytest.mark.parametrize(("language", "first"), [("zh_CN", "各班情况"), ("en", "By class")])
def test_the_workbook_has_a_sheet_for_each_section(language: str, first: str, operator: Client, busy: Campaign) -> None:
    answer = operator.get(f"/day/{busy.pk}/report.xlsx", {"lang": language, "date": "2026-05-20"})
    book = load_workbook(io.BytesIO(answer.content))
    assert (len(book.sheetnames), book.sheetnames[0]) == (7, first)
    last = [cell.value for cell in list(book[first].iter_rows())[-1]]
    assert last[1:] == [8, 3, 3, 3, 1, 0, 5], "numbers are numbers"


@pytest.mark.parametrize("wrong", ["x", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_an_invalid_date_is_ignored(wrong: str, operator: Client, campaign: Campaign) -> None:
    answer = operator.get(f"/day/{campaign.pk}/report.xlsx", {"date": wrong})
    assert str(timezone.localdate()) in answer.headers["Content-Disposition"]
