"""A campaign with a school's own photo standard, which the server reads from the same folder as the stations."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from config.errors import Problem
from server.records.models import Student
from server.submissions.models import Submission
from tests.server.conftest import make_campaign
from tests.server.station_client import StationClient, Visit

pytestmark = pytest.mark.django_db
OWN = 'name = "ours"\ntitle = "本校"\nversion = "1"\nextends = "chsi"\n[output]\nbackground = "white"\n'


def test_a_campaign_with_its_own_standard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGGUAN_STANDARDS", str(tmp_path))
    campaign = make_campaign("ownstd", standard="ours", background="grey")
    with pytest.raises(ValidationError, match="ours"):
        campaign.full_clean()
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    campaign.full_clean()
    assert campaign.photo_standard().output.background == "grey"


def test_a_wrong_own_standard_is_reported_with_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHENGGUAN_STANDARDS", str(tmp_path))
    (tmp_path / "ours.toml").write_text(OWN + "width = 0\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"output\.width"):
        make_campaign("ownstd", standard="ours").full_clean()


@pytest.mark.parametrize("path", ["/etc/hostname", "ours.toml", "../ours"])
def test_a_campaign_names_a_standard_and_no_file(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(Problem) as problem:
        make_campaign("ownstd", standard=path).photo_standard()
    assert problem.value.key == "problem.standard.unknown"


def test_a_visit_waits_while_its_standard_is_missing(station: StationClient, visit: Visit, student: Student) -> None:
    student.campaign.standard = "ours"
    student.campaign.save()
    response = station.submit(visit)
    assert response.status_code == 500  # stations retry later
    assert "ours" in response.json()["en"]
    assert not Submission.objects.exists()
    student.campaign.standard = "chsi"
    student.campaign.save()
    assert station.submit(visit).status_code == 200
