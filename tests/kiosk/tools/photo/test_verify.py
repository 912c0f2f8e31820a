"""`zhengguan photo verify`: sentences and exit codes, offline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.capture.proof.documents import Revocations, RevokedKey, SignedRevocations
from kiosk.capture.proof.keys import SigningKey, key_file
from kiosk.capture.proof.signing import recipe_text
from kiosk.tools.photo.__main__ import main
from tests.kiosk.capture.proof.samples import DAY, PORTRAIT, SCHOOL, STATION, proof, recipe, signed

OTHER = SigningKey(bytes(32))


@dataclass(frozen=True)
class Case:
    """The files of one verification."""

    folder: Path

    @property
    def arguments(self) -> list[str]:
        names = (self.folder / "a.jpg", self.folder / "a.proof.json", "--key", self.folder / "school.pub")
        return ["verify", *map(str, names), "--language", "en"]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    (tmp_path / "a.jpg").write_bytes(PORTRAIT)
    (tmp_path / "a.proof.json").write_bytes(proof().to_bytes())
    (tmp_path / "school.pub").write_text(key_file([OTHER.public, SCHOOL.public]))
    return Case(tmp_path)


def test_a_portrait_is_confirmed(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(case.arguments) == 0
    printed = capsys.readouterr().out
    assert "Confirmed. The station “一号机” made exactly this file on 2026-05-20." in printed
    assert "Nothing was done to it besides: crop, scale" in printed
    assert "does not prove who the person is" in printed
    assert "No list of revoked keys was given" in printed


def test_it_is_in_chinese_too(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*case.arguments, "--language", "zh_CN"]) == 0
    assert "核验通过。这个文件由采集站“一号机”于 2026-05-20 制作" in capsys.readouterr().out


def test_a_changed_portrait_fails(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    (case.folder / "a.jpg").write_bytes(PORTRAIT + b"\0")
    assert main(case.arguments) == 1
    assert capsys.readouterr().out.startswith("Not confirmed. The proof belongs to another file.")


def test_simulated_is_not_confirmed(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    (case.folder / "a.proof.json").write_bytes(proof(signed(simulated=True)).to_bytes())
    assert main(case.arguments) == 1
    assert capsys.readouterr().out.startswith("SIMULATED")


@pytest.mark.parametrize(("days", "status"), [(-1, 1), (0, 0)])
def test_the_list_of_revoked_keys(case: Case, days: int, status: int) -> None:
    last_day = DAY + timedelta(days=days)
    revocations = Revocations(
        day=DAY, keys=(RevokedKey(key=STATION.public, holder_name="一号机", last_day=last_day),), issuer=SCHOOL.public
    )
    file = SignedRevocations(revocations=revocations, signature=SCHOOL.sign(revocations.to_bytes()))
    (case.folder / "revoked.json").write_bytes(file.to_bytes())
    assert main([*case.arguments, "--revoked", str(case.folder / "revoked.json")]) == status


@pytest.mark.parametrize("name", ["a.jpg", "a.proof.json", "school.pub"])
def test_a_missing_file_is_named(case: Case, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (case.folder / name).unlink()
    assert main(case.arguments) == 2
    printed = capsys.readouterr()
    assert name in printed.err
    assert "nothing was verified" in printed.err


@pytest.mark.parametrize("content", [b"", b"{}", b"x" * 5_000_000])
def test_a_wrong_list_verifies_nothing(case: Case, content: bytes) -> None:
    (case.folder / "revoked.json").write_bytes(content)
    assert main([*case.arguments, "--revoked", str(case.folder / "revoked.json")]) == 2


def test_the_recipe_is_written(case: Case) -> None:
    assert main([*case.arguments, "--recipe", str(case.folder / "recipe.json")]) == 0
    written = (case.folder / "recipe.json").read_text(encoding="utf-8")
    assert written == recipe_text(recipe())


@pytest.mark.parametrize("name", ["a.jpg", "a.proof.json", "school.pub"])
def test_the_recipe_overwrites_no_file_that_is_read(case: Case, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (case.folder / name).read_bytes()
    assert main([*case.arguments, "--recipe", str(case.folder / name)]) == 2
    assert "is a file that this command reads" in capsys.readouterr().err
    assert (case.folder / name).read_bytes() == before


def test_json_for_programs(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*case.arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["confirmed"], result["standard_only"], result["statement"]["day"]) == (True, True, "2026-05-20")
    (case.folder / "a.proof.json").write_bytes(b"{}")
    assert main([*case.arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "proof.unreadable"
