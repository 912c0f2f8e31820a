"""The list of codes: read from the files of offices, stored encrypted, accepted completely or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.identification.code_list import CodeList, payload_hash, read_bindings
from kiosk.identification.code_resolver import CodeProblem
from kiosk.upload.roster import Roster
from tests.kiosk.identification.conftest import CIPHER, NOW

TABLE = "采集码,学号,特征码\nsealed one,2022S001,NOW001\nsealed two,2022S777,NOW002\n"
ONE, TWO = payload_hash("sealed one"), payload_hash("sealed two")
BINDINGS = {ONE: ("2022S001", "NOW001"), TWO: ("2022S777", "NOW002")}


def write_csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_offices_are_read(tmp_path: Path, encoding: str) -> None:
    assert read_bindings(write_csv(tmp_path, TABLE, encoding)) == BINDINGS


@pytest.mark.parametrize(
    "text",
    [
        f"sha256,student number,campaign\n{ONE},2022S001,NOW001\n{TWO.upper()},2022S777,NOW002\n",
        "学号,姓名,采集码,特征码\n2022S001,甲,sealed one,NOW001\n\n,,,\n2022S777,乙, sealed two ,NOW002",
        '采集码,学号,特征码\r\n"sealed one",2022S001,NOW001\r\n"sealed two",2022S777,NOW002\r\n',
        TABLE + "sealed one,2022S001,NOW001\n",
    ],
    ids=["hashes", "other columns and blank lines", "quoted", "the same line twice"],
)
def test_columns_and_order_are_free(tmp_path: Path, text: str) -> None:
    assert read_bindings(write_csv(tmp_path, text)) == BINDINGS


def test_without_a_column_of_campaigns_a_code_is_valid_in_all(tmp_path: Path) -> None:
    assert read_bindings(write_csv(tmp_path, "code,student_no\nsealed one,2022S001\n")) == {ONE: ("2022S001", "")}


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("", "code.list_unreadable", None),
        ("姓名,学号\n甲,2022S001\n", "code.list_unreadable", None),
        ("采集码,姓名\nx,甲\n", "code.list_unreadable", None),
        (TABLE + "sealed one,2022S777,NOW002\n", "code.list_row", 4),
        (TABLE + ",2022S777,NOW002\n", "code.list_row", 4),
        (TABLE + "sealed three,,NOW002\n", "code.list_row", 4),
        (TABLE + "sealed three\n", "code.list_row", 4),
        ("sha256,学号\nnot a hash,2022S001\n", "code.list_row", 2),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path: Path, text: str, key: str, line: int | None) -> None:
    with pytest.raises(CodeProblem) as caught:
        read_bindings(write_csv(tmp_path, text))
    assert (caught.value.key, caught.value.values.get("line")) == (key, line)


@pytest.mark.parametrize("content", [None, b"\xff\xff\x00\x81"])
def test_a_file_that_is_no_table_is_reported(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CodeProblem) as caught:
        read_bindings(path)
    assert caught.value.key == "code.list_unreadable"
    assert "list.csv" in caught.value.in_language("en")
    assert caught.value.values["why"]


def test_a_list_is_stored_encrypted_and_read_at_the_next_start(tmp_path: Path, roster: Roster) -> None:
    path = tmp_path / "codes"
    CodeList(path, CIPHER, roster).replace(BINDINGS)
    assert b"2022S001" not in path.read_bytes()
    assert ONE.encode() not in path.read_bytes()
    again = CodeList(path, CIPHER, roster)
    assert len(again) == 2
    enrolment = again.resolve("sealed one", NOW)
    assert enrolment is not None
    assert enrolment.student.id == "wang"


@pytest.mark.parametrize("content", [b"spoilt", CIPHER.encrypt(b'{"hash": 1}')], ids=["bytes", "json"])
def test_a_damaged_list_is_reported_and_the_station_starts(content: bytes, tmp_path: Path, roster: Roster) -> None:
    path = tmp_path / "codes"
    path.write_bytes(content)
    damaged = CodeList(path, CIPHER, roster)
    assert damaged.problem is not None
    assert damaged.problem.key == "code.list_damaged"
    assert damaged.resolve("sealed one", NOW) is None
    damaged.replace(BINDINGS)
    assert damaged.problem is None


def test_a_station_without_a_list_resolves_no_code(tmp_path: Path, roster: Roster) -> None:
    codes = CodeList(tmp_path / "codes", CIPHER, roster)
    assert (len(codes), codes.problem, codes.resolve("sealed one", NOW)) == (0, None, None)


def test_a_list_that_cannot_be_read_is_reported_and_the_station_starts(tmp_path: Path, roster: Roster) -> None:
    unreadable = CodeList(tmp_path, CIPHER, roster)
    assert unreadable.problem is not None
    assert str(tmp_path) in unreadable.problem.in_language("en")
    assert len(unreadable) == 0


def test_a_list_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "codes"
    codes = CodeList(path, CIPHER, roster)
    codes.replace(BINDINGS)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        codes.replace({})
    assert len(CodeList(path, CIPHER, roster)) == len(codes) == 2
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")] == []
