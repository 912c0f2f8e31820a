"""`zhengguan photo models`: list, install, verify and remove the optional portrait networks."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from config.arrays import FloatImage
from config.cli import TranslatedParser, add_language
from config.errors import Problem
from config.i18n import Translations, translations
from config.opencv import cv2
from config.settings.matting_models import Network, known_networks, models_folder
from kiosk.capture.matting.onnx_network import load_network, model_path
from kiosk.tools.photo.network_installation import InstallState, ProgressCallback, install, remove, state

_RUNTIME: Final = "onnxruntime"
_MIN_CONTRAST: Final = 0.5  # minimum difference of the mean alpha between the drawn sitter and the wall


def add_parser(subparsers: Any) -> None:
    """Add `models` with its own subcommands; the default is `list`."""
    top = subparsers.add_parser("models", help="models.help", description="models.description")
    top.set_defaults(run=run, work=_list)
    _add_folder_option(top, None)
    options = (
        {"parser_class": partial(TranslatedParser, translations=top.translations)}
        if isinstance(top, TranslatedParser)
        else {}
    )
    subcommands = top.add_subparsers(metavar="ACTION", **options)
    parsers = {}
    for name, work in (("list", _list), ("install", _install), ("verify", _verify), ("remove", _remove)):
        parser = subcommands.add_parser(name, help=f"models.help.{name}", description=f"models.help.{name}")
        parser.set_defaults(work=work)
        _add_folder_option(parser, argparse.SUPPRESS)
        add_language(parser, argparse.SUPPRESS)
        parsers[name] = parser
    for name, count in (("install", None), ("remove", None), ("verify", "?")):
        parsers[name].add_argument("name", metavar="NAME", nargs=count, help="models.help.name")
    parsers["install"].add_argument(
        "--from", dest="source", metavar="FILE", type=Path, help="models.help.from", default=None
    )


def run(arguments: argparse.Namespace) -> int:
    """Execute the subcommand; return the exit status. Raises Problem with the reason of a failure."""
    status: int = arguments.work(arguments, translations(arguments.language))
    return status


def _add_folder_option(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument("--folder", metavar="FOLDER", type=Path, default=default, help="models.help.folder")


def _list(arguments: argparse.Namespace, tr: Translations) -> int:
    for network in known_networks(arguments.folder):
        print(f"{network.name}: {network.title}")
        print("  " + tr.translate(f"models.kind.{network.kind}"))
        print("  " + tr.translate("models.licence", licence=network.licence, source=network.source))
        if network.package:
            package = f"{network.package.name} {network.package.version}"
            print("  " + tr.translate("models.package", package=package, size=f"{network.package.size / 1e6:.0f} MB"))
        install_state = state(network, arguments.folder)
        print(
            "  "
            + tr.translate(f"models.{install_state}", name=network.name, file=model_path(network, arguments.folder))
        )
    runtime = importlib.util.find_spec(_RUNTIME) is not None
    print(
        tr.translate("models.runtime", version=importlib.metadata.version(_RUNTIME))
        if runtime
        else tr.translate("models.none")
    )
    print(tr.translate("models.folder", folder=models_folder(arguments.folder)))
    return 0


def _install(arguments: argparse.Namespace, tr: Translations) -> int:
    network = _find_network(arguments)
    was_installed = state(network, arguments.folder) is InstallState.INSTALLED
    with _progress_bar(tr.translate("models.downloading", name=network.name)) as progress:
        path = install(network, arguments.folder, arguments.source, progress)
    print(
        tr.translate("models.was_installed" if was_installed else "models.is_installed", name=network.name, file=path)
    )
    if importlib.util.find_spec(_RUNTIME) is None:
        print(tr.translate("models.no_runtime", name=network.name))
    return 0


def _remove(arguments: argparse.Namespace, tr: Translations) -> int:
    network = _find_network(arguments)
    removed = remove(network, arguments.folder)
    print(tr.translate("models.removed" if removed else "models.was_absent", name=network.name))
    return 0


def _verify(arguments: argparse.Namespace, tr: Translations) -> int:
    """Return 1 if an installed network cannot be used, or the named one is not installed."""
    if arguments.name:
        networks = [_find_network(arguments)]
    else:
        networks = [n for n in known_networks(arguments.folder) if os.path.isfile(model_path(n, arguments.folder))]
    if not networks:
        print(tr.translate("models.nothing"))
    results = [_verify_network(network, arguments, tr) for network in networks]
    return 0 if all(results) else 1


def _verify_network(network: Network, arguments: argparse.Namespace, tr: Translations) -> bool:
    if not os.path.isfile(model_path(network, arguments.folder)):
        print(tr.translate("models.was_absent", name=network.name))
        return False
    try:
        values = check_network(network, arguments.folder)
    except Problem as problem:
        print(problem.in_language(tr.language))
        return False
    print(tr.translate("models.verified", name=network.name, sha256=network.sha256, **values))
    return True


def check_network(network: Network, folder: Path | None = None) -> dict[str, object]:
    """Run `network` twice on a drawn sitter; return its mean alpha on the `person` and the `wall`, and the `seconds` of
    one run.

    Raises Problem: models.damaged, models.wrong_interface, models.not_deterministic (different bits in two runs) or
    models.no_separation (it does not separate the sitter from the wall, so its entry or its file is not of a portrait
    network).
    """
    loaded = load_network(network, folder)
    picture, inside, outside = draw_sitter()
    first = loaded.alpha(picture)
    began = time.perf_counter()
    second = loaded.alpha(picture)
    seconds = time.perf_counter() - began
    if not np.array_equal(first, second):
        raise Problem("models.not_deterministic", name=network.name)
    person, wall = float(first[inside].mean()), float(first[outside].mean())
    values: dict[str, object] = {"person": f"{person:.2f}", "wall": f"{wall:.2f}"}
    if person - wall < _MIN_CONTRAST:
        raise Problem("models.no_separation", name=network.name, **values)
    return {**values, "seconds": f"{seconds:.2f}"}


def draw_sitter() -> tuple[FloatImage, Any, Any]:
    """Return a drawn portrait, float32 (640, 480, 3) sRGB 0..1, and bool (640, 480) masks well within and well outside
    it."""
    pixels = np.full((640, 480, 3), (62, 132, 205), np.uint8)
    body = np.zeros((640, 480), np.uint8)

    def draw(centre: tuple[int, int], axes: tuple[int, int], colour: tuple[int, int, int]) -> None:
        for target, fill in ((pixels, colour), (body, (255, 255, 255))):
            cv2.ellipse(target, centre, axes, 0, 0, 360, fill, -1, cv2.LINE_AA)

    draw((240, 640), (205, 200), (38, 44, 66))  # jacket
    draw((240, 455), (52, 80), (208, 160, 132))  # neck
    draw((240, 268), (118, 150), (44, 32, 26))  # hair
    draw((240, 292), (98, 138), (222, 176, 148))  # face
    for x in (200, 280):
        draw((x, 275), (17, 9), (250, 248, 245))
        draw((x, 275), (8, 8), (52, 36, 28))
        draw((x, 248), (24, 5), (50, 36, 30))
    draw((240, 322), (10, 14), (205, 152, 126))
    draw((240, 362), (30, 8), (176, 92, 88))
    picture = cv2.GaussianBlur(pixels, (0, 0), 1.5).astype(np.float32) / 255
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41))
    return picture, cv2.erode(body, kernel) > 0, cv2.dilate(body, kernel) == 0


def _find_network(arguments: argparse.Namespace) -> Network:
    networks = known_networks(arguments.folder)
    for network in networks:
        if network.name == arguments.name:
            return network
    raise Problem("models.unknown", name=arguments.name, known=", ".join(network.name for network in networks))


@contextmanager
def _progress_bar(title: str) -> Iterator[ProgressCallback]:
    """Provide a callback that shows a progress bar on a terminal, from the first progress on; elsewhere nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None, visible=False)
        yield lambda done, total: progress.update(task, completed=done, total=total, visible=True)
