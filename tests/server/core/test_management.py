"""The server's commands as Django calls them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from server import cli
from server.stations.models import PairingCode


@pytest.mark.django_db
def test_a_command_writes_where_django_expects() -> None:
    output = StringIO()
    call_command("pair_code", "--all", stdout=output)
    assert len(output.getvalue().strip()) == len("ABCD-EFGH")
    assert PairingCode.objects.count() == 1


@pytest.mark.django_db
def test_an_expected_failure_is_an_error_of_the_command() -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("reset_second_factor", "nobody")


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"]])
def test_help_needs_no_data_folder(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("django.setup", lambda: pytest.fail("the settings were read"))
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    assert "zhengguan server" in capsys.readouterr().out


@pytest.mark.parametrize("port", ["65536", "-1", "99999999"])
def test_a_port_that_does_not_exist_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The system takes the last 16 bits, so the server would answer at a port that nobody opens."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--port", port])
    assert ended.value.code == 2
    assert f"{port} is not a port" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_folder_without_backups_is_no_source_of_intact_pictures(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no complete backup"):
        call_command("scrub", "--from", str(tmp_path / "backusp"))


@pytest.mark.parametrize("text", ["2026-02-30", "0001-01-01", "9999-12-31", "yesterday"])
@pytest.mark.parametrize(
    "arguments", [["breach", "--user", "mei", "--until"], ["proof-key", "revoke", "1", "--last-day"]], ids=" ".join
)
def test_a_wrong_day_is_called_one(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, text])
    assert ended.value.code == 2
    assert f"invalid day value: '{text}'" in capsys.readouterr().err
