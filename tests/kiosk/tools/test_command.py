"""The command `zhengguan`: help, wrong input, missing packages, and the function that each subcommand runs."""

from __future__ import annotations

import io
import subprocess
import sys
import tomllib
from importlib.util import find_spec

import pytest

from kiosk.tools import command
from tests.paths import ROOT

SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


@pytest.mark.parametrize(("locale", "sentence"), [("en", "The capture station"), ("zh_CN.UTF-8", "采集站")])
def test_help_comes_in_the_language_of_the_terminal(
    locale: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    help_text = capsys.readouterr().out
    assert ended.value.code == 0
    assert sentence in help_text
    assert all(f"\n    {name} " in help_text for name in command.SUBCOMMANDS)


@pytest.mark.parametrize("words", [[], ["nonsense"], ["--nonsense"], ["--language"], ["--language", "fr", "photo"]])
def test_wrong_input_is_answered_in_one_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", list(command.SUBCOMMANDS))
def test_every_subcommand_has_its_help_and_refuses_wrong_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for option, status in (("--help", 0), ("--nonsense", 2)):
        with pytest.raises(SystemExit) as ended:
            command.main([name, option])
        assert ended.value.code == status
    assert f"zhengguan {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "language"),
    [(["--language", "zh_CN", "outbox", "rebuild", "--help"], "用法"), (["outbox", "rebuild", "--help"], "Usage")],
)
def test_the_language_of_the_whole_command_is_that_of_its_subcommand(
    words: list[str], language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    with pytest.raises(SystemExit):
        command.main(words)
    assert capsys.readouterr().out.startswith(language)


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Blocked())
from kiosk.tools.command import main
sys.exit(main({words!r}))
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "blocked", "extra"),
    [
        ("run", "PyQt5", "kiosk"),
        ("check", "numpy", "kiosk"),
        ("studio", "mediapipe", "kiosk"),
        ("photo", "numpy", "engine"),
        ("codes", "qrcode", "kiosk"),
        ("outbox", "numpy", "kiosk"),
        ("server", "django", "server"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    name: str, blocked: str, extra: str, language: str
) -> None:
    code = BLOCKED.format(blocked={blocked}, words=["--language", language, name])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
    assert f'pip install "zhengguan[{extra}]"' in done.stderr
    assert ("请运行" in done.stderr) == (language == "zh_CN")


def test_the_demo_needs_the_server_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "django" else find_spec(name))
    assert command.main(["demo"]) == 1
    assert 'pip install "zhengguan[kiosk,server]"' in capsys.readouterr().err


def test_a_missing_module_of_the_project_is_not_reported_as_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = command.Subcommand("kiosk.no_such_module:main", "kiosk", "command.main.run")
    monkeypatch.setattr(command, "SUBCOMMANDS", {"run": broken})
    with pytest.raises(ModuleNotFoundError):
        command.main(["run"])


def test_the_earlier_commands_run_the_same_functions() -> None:
    aliases = {name: entry for name, entry in SCRIPTS.items() if name != "zhengguan"}
    assert len(aliases) == 6
    assert set(aliases.values()) == {one.entry_point for one in command.SUBCOMMANDS.values()} - {
        "kiosk.tools.codes:main"
    }


@pytest.mark.process
def test_the_command_itself_imports_no_subcommand() -> None:
    code = (
        "import sys, kiosk.tools.command; "
        "print([name for name in sys.modules if name.startswith(('server', 'kiosk.', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['kiosk.tools', 'kiosk.tools.command']"


def test_a_character_that_the_terminal_does_not_have_does_not_end_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, "gbk"))
    monkeypatch.setattr(command, "main", lambda: sys.stdout.write("合格 ✓ \udcff.jpg"))
    monkeypatch.setattr(command, "exit_process", lambda status: None)
    command.run()
    sys.stdout.flush()
    assert output.getvalue().decode("gbk") == "合格 \\u2713 \\udcff.jpg"


@pytest.mark.process
def test_standard_streams_that_the_caller_has_closed_are_opened() -> None:
    code = (
        "import os; from config.cli import open_missing_streams; open_missing_streams(); print(1, flush=True);"
        "os.write(2, str([os.path.realpath(f'/proc/self/fd/{n}') for n in (0, 1)]).encode())"
    )
    words = ["sh", "-c", 'exec "$0" -c "$1" <&- >&-', sys.executable, code]
    done = subprocess.run(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=True)
    assert done.stderr == "['/dev/null', '/dev/null']"
