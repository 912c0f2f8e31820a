"""`zhengguan photo make`: make a portrait of every shot in a folder."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, Stage
from kiosk.tools.photo.engine_options import (
    add_engine_arguments,
    chosen_standard,
    has_network,
    sigterm_as_interrupt,
    worker_count,
)
from kiosk.tools.photo.job import BatchOptions, Job, JobResult
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem
from kiosk.tools.photo.progress import ProgressReporter
from kiosk.tools.photo.report import REPORT_NAME, as_csv, as_json
from kiosk.tools.photo.shots import FoundShots, find_shots, is_folder, portrait_names, printable, real_path
from kiosk.tools.photo.worker_pool import WorkerPool

_ERROR_LOG: Final = "faults.log"  # created only if there is an error


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("make", help="command.make.help", description="command.make.description")
    parser.add_argument("shots", nargs="+", type=Path, metavar="FOLDER|FILE", help="command.make.shots")
    add_engine_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="command.make.out")
    parser.add_argument("--recursive", action="store_true", help="command.make.recursive")
    parser.add_argument("--naming", default="{stem}.jpg", metavar="PATTERN", help="command.make.naming")
    parser.add_argument("--again", action="store_true", help="command.make.again")
    parser.add_argument("--sheet", action="store_true", help="command.make.sheet")
    parser.add_argument("--json", action="store_true", help="command.make.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if every shot has a portrait that passes every rule, else 1. Raises Problem if it cannot start."""
    photo_standard = chosen_standard(arguments.standard, arguments.background)
    found, jobs = _plan_jobs(arguments, photo_standard)
    count = worker_count(arguments.jobs, len(jobs))
    output_folder = OutputFolder(arguments.out)
    with output_folder.opened():
        return _make_portraits(arguments, photo_standard, found, jobs, count, output_folder)


def _make_portraits(
    arguments: argparse.Namespace,
    photo_standard: PhotoStandard,
    found: FoundShots,
    jobs: Sequence[Job],
    count: int,
    output_folder: OutputFolder,
) -> int:
    tr = translations(arguments.language)
    error_log = logging.FileHandler(arguments.out / _ERROR_LOG, encoding="utf-8", delay=True)
    logging.basicConfig(handlers=[error_log], format="%(asctime)s %(name)s: %(message)s")
    network = not arguments.without_network and has_network()
    options = BatchOptions(arguments.out, photo_standard, arguments.language, arguments.again, arguments.sheet, network)
    with ProgressReporter(len(jobs), tr, sys.stderr if arguments.json else sys.stdout) as progress:
        results, interruption = _run_jobs(options, jobs, count, progress)
    results.sort(key=lambda one: jobs.index(one.job))
    output_folder.remove_partial()
    questions = len(photo_standard.rules_for(Stage.PERSON))
    interrupted = isinstance(interruption, KeyboardInterrupt)
    progress.print_summary(results, found.skipped, arguments.out, interrupted, questions)
    if arguments.json:
        print(as_json(results, arguments.language, interruption is not None))
    return _exit_status(output_folder, results, tr, interruption, len(jobs))


def _plan_jobs(arguments: argparse.Namespace, photo_standard: PhotoStandard) -> tuple[FoundShots, list[Job]]:
    out: Path = arguments.out
    if any(is_folder(path) and real_path(path) == real_path(out) for path in arguments.shots):
        raise Problem("command.out_is_folder", out=printable(str(out)))
    found = find_shots(arguments.shots, arguments.recursive, out)
    if not found.shots:
        raise Problem("command.no_shots", folder=", ".join(printable(str(path)) for path in arguments.shots))
    names = portrait_names(found.shots, arguments.naming, photo_standard.name, photo_standard.output.background)
    originals = {real_path(shot.path) for shot in found.shots}
    for name in names:
        if real_path(out / name) in originals:
            raise Problem("command.over_original", path=printable(str(name)), out=printable(str(out)))
    return found, [Job(shot.path, name, shot.display_name) for shot, name in zip(found.shots, names, strict=True)]


def _run_jobs(
    options: BatchOptions, jobs: Sequence[Job], count: int, progress: ProgressReporter
) -> tuple[list[JobResult], BaseException | None]:
    """Return the results of the jobs, and the exception that ended the run early, if any. SIGTERM acts like Ctrl-C."""
    results: list[JobResult] = []
    try:
        with sigterm_as_interrupt(), closing(WorkerPool(options, count)) as pool:
            for one in pool.run(jobs):
                results.append(one)
                progress.report(one)
    except (KeyboardInterrupt, OutputFolderProblem) as end:
        return results, end
    return results, None


def _exit_status(
    output_folder: OutputFolder,
    results: Sequence[JobResult],
    tr: Translations,
    interruption: BaseException | None,
    job_count: int,
) -> int:
    try:
        output_folder.write(Path(REPORT_NAME), as_csv(results, tr))
    except OutputFolderProblem as problem:
        interruption = interruption or problem
    if isinstance(interruption, Problem):
        print(interruption.in_language(tr.language), file=sys.stderr)
    if isinstance(interruption, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 0 if interruption is None and len(results) == job_count and all(one.passed for one in results) else 1
