"""The command that restores a backup erases again the students who were erased after the backup."""

from __future__ import annotations

import io
from argparse import Namespace
from pathlib import Path

import pytest

from server.core.management.commands.restore import Command
from server.privacy.erased_list import NAME, listed_students
from server.records.models import Student
from tests.server.backup.conftest import back_up, empty_server


def run_restore(folder: Path) -> tuple[int, str]:
    command = Command(stdout=io.StringIO())
    status = command.run(Namespace(folder=folder, backup=None, skip_damaged=False))
    return status, command.stdout.getvalue()


def test_students_on_the_list_next_to_the_backups_are_erased_again(data: Path, backups: Path, tmp_path: Path) -> None:
    """The new server's settings name no folder of backups; the list is read from the one that is restored."""
    erased, other = Student.objects.order_by("student_no")
    back_up(backups)
    (backups / NAME).write_text(f"{erased.pk}\n")
    with empty_server(tmp_path / "other") as place:
        status, printed = run_restore(backups)
        assert (status, "Students erased again: 1." in printed, "is restored" in printed) == (0, True, True), printed
        assert Student.objects.get(pk=erased.pk).name == "—"
        assert Student.objects.get(pk=other.pk).name == other.name
        assert listed_students() == {erased.pk}
        assert (place / NAME).is_file()


def test_a_restore_without_a_list_erases_nobody(data: Path, backups: Path, tmp_path: Path) -> None:
    back_up(backups)
    with empty_server(tmp_path / "other"):
        status, printed = run_restore(backups)
        assert (status, "Students erased again: 0." in printed) == (0, True), printed
        assert Student.objects.filter(erased_at=None).count() == 2


@pytest.mark.parametrize("content", [b"\xff\xfe", "学生\n".encode()])
def test_a_list_that_cannot_be_read_is_reported_with_the_command(
    content: bytes, data: Path, backups: Path, tmp_path: Path
) -> None:
    back_up(backups)
    (backups / NAME).write_bytes(content)
    with empty_server(tmp_path / "other"):
        status, printed = run_restore(backups)
        assert status == 1
        assert "is not erased again" in printed
        assert "zhengguan server erase --after-restore" in printed.split("is not erased again", 1)[1]
        assert "is restored: database" in printed
        assert Student.objects.filter(erased_at=None).count() == 2
