"""`zhengguan photo reproduce`: remake a portrait from its recipe and its shot, and compare the bytes."""

from __future__ import annotations

import argparse
import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, load_standard
from kiosk.capture.recipe.entries import reject_damaged
from kiosk.guidance.verdict import Verdict
from kiosk.tools.photo.output_folder import OutputFolder, OutputFolderProblem
from kiosk.tools.photo.shots import printable, read_shot, real_path, reject_input_as_output

if TYPE_CHECKING:
    from kiosk.capture.matting.onnx_network import PortraitNetwork
    from kiosk.capture.recipe.recipe import NetworkUsed


@dataclass(frozen=True)
class Finding:
    """One difference: a message id and its values."""

    key: str
    values: Mapping[str, object]


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("reproduce", help="reproduce.help", description="reproduce.description")
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="reproduce.recipe")
    parser.add_argument("shot", type=Path, metavar="SHOT", help="reproduce.shot")
    parser.add_argument("--portrait", type=Path, metavar="FILE", help="reproduce.portrait")
    parser.add_argument("--standard", metavar="NAME|FILE", help="reproduce.standard")
    parser.add_argument("--out", type=Path, metavar="FILE", help="reproduce.out")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if the bytes are the same, else 1. Raises Problem if the recipe cannot be replayed."""
    tr = translations(arguments.language)
    recipe = read_recipe(arguments.recipe)
    shot = read_shot(arguments.shot)
    if arguments.out:
        _reject_overwriting(arguments, recipe)
    if _recorded_hash(recipe, "shot") != sha256(shot).hexdigest():
        print(tr.translate("reproduce.other_shot", shot=printable(arguments.shot.name)))
        return 1
    return _reproduce(arguments, recipe, shot, tr)


def read_recipe(path: Path) -> dict[str, Any]:
    """Return the recipe in that file. Raises Problem if it contains none."""
    try:
        recipe = json.loads(path.read_bytes())
    except OSError as error:
        raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise Problem("recipe.no_recipe", path=printable(str(path))) from error
    if not isinstance(recipe, dict) or not {"shot", "portrait"} <= recipe.keys():
        raise Problem("recipe.no_recipe", path=printable(str(path)))
    reject_damaged(recipe)
    return recipe


def _reproduce(arguments: argparse.Namespace, recipe: dict[str, Any], shot: bytes, tr: Translations) -> int:
    from kiosk.capture.engine import PhotoEngine
    from kiosk.capture.recipe.recipe import backdrop_of
    from kiosk.capture.recipe.replay import (
        plan_replay,
    )  # slow to import, and not needed for a wrong shot

    steps = plan_replay(recipe)
    network, findings = _find_network(steps.network)
    engine = PhotoEngine(steps.matte, network)
    replayed = engine.replay(shot, steps)
    if arguments.out:
        _write_portrait(arguments.out, replayed.jpeg)
    same = sha256(replayed.jpeg).hexdigest() == _recorded_hash(recipe, "portrait")
    photo_standard, differences = _compare_standard(arguments.standard, recipe)
    print(tr.translate("reproduce.same" if same else "reproduce.differs", sha256=sha256(replayed.jpeg).hexdigest()))
    findings = [*differences, *([] if same else _compare_software(recipe)), *findings]
    if not same:
        findings += _compare_pixels(engine, replayed.jpeg, replayed.alpha, _recorded_portrait(arguments, recipe))
    if photo_standard is not None:
        findings += _compare_verdicts(recipe, engine.evaluate(replayed.jpeg, photo_standard, backdrop_of(recipe)), tr)
    for finding in findings:
        print("  " + tr.translate(finding.key, **finding.values))
    engine.close()
    return 0 if same else 1


def _recorded_hash(recipe: Mapping[str, Any], section: str) -> str:
    part = recipe[section]
    return str(part.get("sha256")) if isinstance(part, dict) else ""


def _reject_overwriting(arguments: argparse.Namespace, recipe: Mapping[str, Any]) -> None:
    inputs = [arguments.recipe, arguments.shot]
    if _recorded_portrait(arguments, recipe) is not None:
        inputs.append(arguments.portrait or _portrait_path(arguments.recipe))
    reject_input_as_output(arguments.out, inputs)


def _write_portrait(path: Path, jpeg: bytes) -> None:
    if os.path.isdir(path):
        raise Problem("reproduce.out_failed", path=printable(str(path)), why=os.strerror(errno.EISDIR))
    try:
        OutputFolder(path.parent).write(Path(path.name), jpeg)
    except OutputFolderProblem as problem:
        raise Problem("reproduce.out_failed", path=printable(str(path)), why=problem.values["why"]) from problem


def _compare_standard(name: str | None, recipe: Mapping[str, Any]) -> tuple[PhotoStandard | None, list[Finding]]:
    """Return the current standard with the recipe's name, and findings about it."""
    recorded = {"name": "", **recipe["standard"]}
    background = recorded.get("background") or recorded.get("output", {}).get("background")
    try:
        photo_standard = load_standard(name or str(recorded["name"])).with_background(str(background))
    except Problem:
        return None, [Finding("reproduce.no_standard", {"name": recorded["name"]})]
    changed = (
        recorded.get("sha256", photo_standard.sha256) != photo_standard.sha256
        or recorded.get("version") != photo_standard.version
    )
    values = {"name": recorded["name"], "version": recorded.get("version"), "now": photo_standard.version}
    return photo_standard, [Finding("reproduce.other_standard", values)] if changed else []


def _find_network(recorded: NetworkUsed | None) -> tuple[PortraitNetwork | None, list[Finding]]:
    """Return the network that the recipe used, if it is installed."""
    from kiosk.capture.matting.onnx_network import installed_network

    if recorded is None:
        return None, []
    network = installed_network(name=recorded.name)
    if network is None:
        return None, [Finding("reproduce.network_missing", {"name": recorded.name})]
    differs = network.sha256 != recorded.sha256
    return network, [Finding("reproduce.network_other", {"name": recorded.name})] if differs else []


def _compare_software(recipe: Mapping[str, Any]) -> list[Finding]:
    from kiosk.capture.recipe.recipe import software_versions

    recorded, now = recipe.get("software", {}), software_versions()
    differences = [
        f"{name} {recorded[name]} > {now[name]}" for name in now if name in recorded and recorded[name] != now[name]
    ]
    return [Finding("reproduce.other_software", {"which": ", ".join(differences)})] if differences else []


def _recorded_portrait(arguments: argparse.Namespace, recipe: Mapping[str, Any]) -> bytes | None:
    """Return the portrait of the recipe, from --portrait or from the place where `make` stores it; None if the file is
    missing or contains other bytes."""
    path = arguments.portrait or _portrait_path(arguments.recipe)
    try:
        jpeg: bytes = path.read_bytes() if path else b""
    except OSError as error:
        if arguments.portrait:
            raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
        return None
    return jpeg if sha256(jpeg).hexdigest() == _recorded_hash(recipe, "portrait") else None


def _portrait_path(recipe: Path) -> Path | None:
    path = real_path(recipe)
    folders = [folder for folder in path.parents if folder.name == "recipes"]
    return folders[0].parent / path.relative_to(folders[0]).with_suffix(".jpg") if folders else None


def _compare_pixels(engine: Any, remade: bytes, alpha: Any, recorded: bytes | None) -> list[Finding]:
    if recorded is None:
        return [Finding("reproduce.no_portrait", {})]
    difference = engine.compare(remade, recorded, alpha)
    if difference.largest == 0:
        return [Finding("reproduce.only_coding", {})]
    x, y = difference.at
    values = {"largest": difference.largest, "x": x, "y": y, "share": f"{100 * difference.share:.2g}"}
    return [Finding(f"reproduce.pixels.{difference.where}", values)]


def _compare_verdicts(recipe: Mapping[str, Any], now: tuple[Verdict, ...], tr: Translations) -> list[Finding]:
    """Return the rules whose outcome differs from that in the recipe."""
    recorded = recipe.get("verdicts", {})
    findings = []
    for verdict in now:
        was = recorded.get(verdict.rule, {}).get("outcome")
        if was and was != verdict.outcome.value:
            key = f"rule.{verdict.rule}"
            values = {
                "rule": tr.translate(key) if tr.has(key) else verdict.rule,
                "was": tr.translate(f"command.outcome.{was}"),
                "now": tr.translate(f"command.outcome.{verdict.outcome}"),
            }
            findings.append(Finding("reproduce.verdict", values))
    return findings
