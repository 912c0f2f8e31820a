"""`zhengguan-photo make`: a portrait of every shot of a folder."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, load_standard
from kiosk.tools.photo.job import Done, Errand, Order
from kiosk.tools.photo.output_folder import Album, AlbumProblem
from kiosk.tools.photo.progress import Telling
from kiosk.tools.photo.report import REPORT, as_json, table
from kiosk.tools.photo.shots import Found, find_shots, portrait_names, printable
from kiosk.tools.photo.worker_pool import Lanes

_FAULTS: Final = "faults.log"  # made only where there is one
_MOST_JOBS: Final = 4  # each takes 0.6 GB and more


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("make", help="command.make.help", description="command.make.description")
    parser.add_argument("shots", nargs="+", type=Path, metavar="FOLDER|FILE", help="command.make.shots")
    parser.add_argument("--standard", default="chsi", metavar="NAME|FILE", help="command.make.standard")
    parser.add_argument("--background", metavar="NAME", help="command.make.background")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="command.make.out")
    parser.add_argument("--recursive", action="store_true", help="command.make.recursive")
    parser.add_argument("--naming", default="{stem}.jpg", metavar="PATTERN", help="command.make.naming")
    parser.add_argument("--again", action="store_true", help="command.make.again")
    parser.add_argument("--sheet", action="store_true", help="command.make.sheet")
    parser.add_argument("--without-network", action="store_true", help="command.make.without_network")
    parser.add_argument("--jobs", type=int, metavar="N", help="command.make.jobs")
    parser.add_argument("--json", action="store_true", help="command.make.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 where every shot has a portrait that passes every rule, 1 where not. Raises Problem where it cannot begin."""
    said = translations(arguments.language)
    by = chosen_standard(arguments.standard, arguments.background)
    found, errands = _errands(arguments, by)
    jobs = _jobs(arguments.jobs, len(errands))
    album = Album(arguments.out)
    album.open()
    faults = logging.FileHandler(arguments.out / _FAULTS, encoding="utf-8", delay=True)
    logging.basicConfig(handlers=[faults], format="%(asctime)s %(name)s: %(message)s")
    network = not arguments.without_network and _has_network()
    order = Order(arguments.out, by, arguments.language, arguments.again, arguments.sheet, network)
    with Telling(len(errands), said, sys.stderr if arguments.json else sys.stdout) as telling:
        done, ended = _develop(order, errands, jobs, telling)
    done.sort(key=lambda one: errands.index(one.errand))
    album.tidy()
    telling.sum_up(done, found.passed_over, arguments.out, isinstance(ended, KeyboardInterrupt))
    if arguments.json:
        print(as_json(done, arguments.language, ended is not None))
    return _status(album, done, said, ended, len(errands))


def _has_network() -> bool:
    """Whether a portrait network is installed. One that cannot be used is said now and not once for every shot."""
    from kiosk.capture.matting.onnx_network import installed_network  # libraries that --help does without

    return installed_network() is not None


def chosen_standard(name: str, background: str | None) -> PhotoStandard:
    """The standard of that name, or in that file of the school's own, with the background that was asked for."""
    found = load_standard(name)
    return found.with_background(background) if background else found


def _errands(arguments: argparse.Namespace, by: PhotoStandard) -> tuple[Found, list[Errand]]:
    out: Path = arguments.out
    if any(path.is_dir() and path.resolve() == out.resolve() for path in arguments.shots):
        raise Problem("command.out_is_folder", out=printable(str(out)))
    found = find_shots(arguments.shots, arguments.recursive, out)
    if not found.shots:
        raise Problem("command.no_shots", folder=", ".join(printable(str(path)) for path in arguments.shots))
    names = portrait_names(found.shots, arguments.naming, by.name, by.output.background)
    originals = {shot.path.resolve() for shot in found.shots}
    for name in names:
        if (out / name).resolve() in originals:
            raise Problem("command.over_original", path=printable(str(name)), out=printable(str(out)))
    return found, [Errand(shot.path, name, shot.shown) for shot, name in zip(found.shots, names, strict=True)]


def _jobs(wish: int | None, shots: int) -> int:
    if wish is not None and wish < 1:
        raise Problem("command.jobs", jobs=wish)
    return min(wish or min(os.cpu_count() or 1, _MOST_JOBS), shots)


def _develop(
    order: Order, errands: Sequence[Errand], jobs: int, telling: Telling
) -> tuple[list[Done], BaseException | None]:
    """What became of the errands, and what ended the work before its end. SIGTERM ends it as Ctrl-C does."""
    done: list[Done] = []
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with closing(Lanes(order, jobs)) as lanes:
            for one in lanes.develop(errands):
                done.append(one)
                telling.tell(one)
    except (KeyboardInterrupt, AlbumProblem) as end:
        return done, end
    finally:
        signal.signal(signal.SIGTERM, before)
    return done, None


def _status(album: Album, done: Sequence[Done], said: Translations, ended: BaseException | None, asked: int) -> int:
    try:
        album.write(Path(REPORT), table(done, said))
    except AlbumProblem as problem:
        ended = ended or problem
    if isinstance(ended, Problem):
        print(ended.in_language(said.language), file=sys.stderr)
    if isinstance(ended, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 0 if ended is None and len(done) == asked and all(one.well for one in done) else 1
