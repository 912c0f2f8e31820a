"""`zhengguan check`: test the station, print each result immediately, and store one report to send.

`zhengguan outbox rebuild`: see kiosk.diagnostics.rebuild.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from config.cli import TranslatedParser, add_language, chosen_language
from config.errors import Problem
from config.i18n import translations
from config.settings.station import StationSettings, station_settings
from kiosk.diagnostics.checks import require_owner, run_all
from kiosk.diagnostics.rebuild import rebuild
from kiosk.diagnostics.report import CheckResult, Level, as_json_lines, as_text, format_result, summary
from kiosk.station.paths import data_dir, local_time


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0 if the station is ready, 1 if a check failed, 2 if the station could not be checked or the report not
    stored."""
    argv_list = sys.argv[1:] if argv is None else list(argv)
    arguments = parser(chosen_language(argv_list, os.environ)).parse_args(argv_list)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the terminal cannot show is replaced
    try:
        return run(arguments)
    except Problem as problem:
        sys.stderr.write(problem.in_language(arguments.language) + "\n")
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT  # like a shell
    except BrokenPipeError:  # the reader of the pipe has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # SIGPIPE, which does not exist on every system


def parser(language: str) -> TranslatedParser:
    translated_parser: Any = partial(TranslatedParser, translations=translations(language))
    top: TranslatedParser = translated_parser(prog="zhengguan", description="diagnosis.command.description")
    commands = top.add_subparsers(dest="command", required=True, parser_class=translated_parser)
    check = commands.add_parser("check", help="diagnosis.command.check", description="diagnosis.command.check")
    check.add_argument("--config", type=Path, metavar="FILE", help="diagnosis.command.config")
    check.add_argument("--data", type=Path, metavar="FOLDER", help="diagnosis.command.data")
    check.add_argument("--camera", metavar="SPEC", help="diagnosis.command.camera")
    check.add_argument("--reader", metavar="PORT", help="diagnosis.command.reader")
    check.add_argument("--report", type=Path, metavar="FILE", help="diagnosis.command.report")
    check.add_argument("--json", action="store_true", help="diagnosis.command.json")
    add_language(check, language)
    outbox = commands.add_parser("outbox", help="diagnosis.command.outbox", description="diagnosis.command.outbox")
    steps: Any = outbox.add_subparsers(dest="step", required=True, parser_class=translated_parser)
    rebuild_parser = steps.add_parser(
        "rebuild", help="diagnosis.command.rebuild", description="diagnosis.command.rebuild"
    )
    add_language(outbox, language)
    rebuild_parser.add_argument("--config", type=Path, metavar="FILE", help="diagnosis.command.config")
    rebuild_parser.add_argument("--data", type=Path, metavar="FOLDER", help="diagnosis.command.data")
    add_language(rebuild_parser, argparse.SUPPRESS)
    top.translate_texts()
    return top


def run(arguments: argparse.Namespace) -> int:
    return _rebuild(arguments) if arguments.command == "outbox" else _check(arguments)


def _rebuild(arguments: argparse.Namespace) -> int:
    folder = data_dir(arguments.data, station_settings(arguments.config).station.data)
    tr = translations(arguments.language)
    for message in rebuild(folder):
        _print(tr.translate(message.key, **message.values) + "\n")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    settings = load_settings(arguments)
    folder = data_dir(arguments.data, settings.station.data)
    require_owner(folder)
    tr, results = translations(arguments.language), list[CheckResult]()
    with closing(run_all(settings, folder)) as checks:  # also after an error, so that no camera process remains
        for result in checks:
            results.append(result)
            _print(as_json_lines([result], tr) if arguments.json else format_result(result, tr) + "\n")
    if not arguments.json:
        _print(f"\n{summary(results, tr)}\n")
    failed = any(result.level is Level.FAILURE for result in results)
    report = arguments.report or folder / "station-check.txt"
    try:
        _save_report(report, as_text(results, local_time(), tr))
    except Problem as problem:
        sys.stderr.write(problem.in_language(arguments.language) + "\n")
        return 1 if failed else 2
    if not arguments.json:
        _print(tr.translate("diagnosis.report_saved", file=str(report)) + "\n")
    return int(failed)


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def load_settings(arguments: argparse.Namespace) -> StationSettings:
    changes: dict[str, dict[str, str]] = {}
    if arguments.camera:
        changes["camera"] = {"driver": arguments.camera}
    if arguments.reader:
        changes["card_reader"] = {"port": arguments.reader}
    return station_settings(arguments.config, **changes)


def _save_report(report: Path, text: str) -> None:
    try:
        report.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem("diagnosis.report_not_saved", file=str(report), why=error.strerror or str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
