"""`zhengguan-photo reproduce`: a portrait made again from its recipe and its shot; the same bytes, or what differs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.registry import PhotoStandard, load_standard
from kiosk.guidance.verdict import Verdict
from kiosk.tools.photo.output_folder import Album, AlbumProblem
from kiosk.tools.photo.shots import printable, read_shot

if TYPE_CHECKING:
    from kiosk.capture.matting.onnx_network import PortraitNetwork
    from kiosk.capture.recipe.recipe import NetworkUsed


@dataclass(frozen=True)
class Finding:
    """One thing that differs: a word key and what fills its blanks."""

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
    """0 where the same bytes come out, 1 where not. Raises Problem where the recipe cannot be followed."""
    said = translations(arguments.language)
    recipe = read_recipe(arguments.recipe)
    shot = read_shot(arguments.shot)
    if _noted(recipe, "shot") != sha256(shot).hexdigest():
        print(said.translate("reproduce.other_shot", shot=printable(arguments.shot.name)))
        return 1
    return _followed(arguments, recipe, shot, said)


def read_recipe(path: Path) -> dict[str, Any]:
    """The recipe in that file. Raises Problem where it is none."""
    try:
        recipe = json.loads(path.read_bytes())
    except OSError as error:
        raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
    except ValueError as error:
        raise Problem("recipe.no_recipe", path=printable(str(path))) from error
    if not isinstance(recipe, dict) or not {"shot", "portrait"} <= recipe.keys():
        raise Problem("recipe.no_recipe", path=printable(str(path)))
    return recipe


def _followed(arguments: argparse.Namespace, recipe: dict[str, Any], shot: bytes, said: Translations) -> int:
    from kiosk.capture.engine import PhotoEngine
    from kiosk.capture.recipe.replay import plan_replay  # seconds of libraries that a wrong shot does without

    steps = plan_replay(recipe)
    network, findings = _network(steps.network)
    engine = PhotoEngine(steps.matte, network)
    made = engine.replay(shot, steps)
    if arguments.out:
        _written(arguments.out, made.jpeg)
    same = sha256(made.jpeg).hexdigest() == _noted(recipe, "portrait")
    by, changed = _standard(arguments.standard, recipe)
    print(said.translate("reproduce.same" if same else "reproduce.differs", sha256=sha256(made.jpeg).hexdigest()))
    findings = [*changed, *([] if same else _software(recipe)), *findings]
    if not same:
        findings += _pixels(engine, made.jpeg, made.alpha, _portrait(arguments, recipe))
    if by is not None:
        findings += _verdicts(recipe, engine.evaluate(made.jpeg, by), said)
    for finding in findings:
        print("  " + said.translate(finding.key, **finding.values))
    engine.close()
    return 0 if same else 1


def _noted(recipe: Mapping[str, Any], what: str) -> str:
    part = recipe[what]
    return str(part.get("sha256")) if isinstance(part, dict) else ""


def _written(path: Path, jpeg: bytes) -> None:
    try:
        Album(path.parent).write(Path(path.name), jpeg)
    except AlbumProblem as problem:
        raise Problem("reproduce.out_failed", path=printable(str(path)), why=problem.values["why"]) from problem


def _standard(wish: str | None, recipe: Mapping[str, Any]) -> tuple[PhotoStandard | None, list[Finding]]:
    """Today's standard of the recipe's name, and what is to be said of it."""
    noted = recipe["standard"]
    background = noted.get("background") or noted.get("output", {}).get("background")
    try:
        by = load_standard(wish or str(noted["name"])).with_background(str(background))
    except Problem:
        return None, [Finding("reproduce.no_standard", {"name": noted["name"]})]
    changed = noted.get("sha256", by.sha256) != by.sha256 or noted.get("version") != by.version
    values = {"name": noted["name"], "version": noted.get("version"), "now": by.version}
    return by, [Finding("reproduce.other_standard", values)] if changed else []


def _network(used: NetworkUsed | None) -> tuple[PortraitNetwork | None, list[Finding]]:
    """The network that the recipe used, as far as it is here."""
    from kiosk.capture.matting.onnx_network import installed_network

    if used is None:
        return None, []
    network = installed_network(name=used.name)
    if network is None:
        return None, [Finding("reproduce.network_missing", {"name": used.name})]
    other = network.sha256 != used.sha256
    return network, [Finding("reproduce.network_other", {"name": used.name})] if other else []


def _software(recipe: Mapping[str, Any]) -> list[Finding]:
    from kiosk.capture.recipe.recipe import software_versions

    noted, now = recipe.get("software", {}), software_versions()
    others = [f"{name} {noted[name]} > {now[name]}" for name in now if name in noted and noted[name] != now[name]]
    return [Finding("reproduce.other_software", {"which": ", ".join(others)})] if others else []


def _portrait(arguments: argparse.Namespace, recipe: Mapping[str, Any]) -> bytes | None:
    """The first portrait: the one named, else the one that lies with its recipe as `make` leaves them."""
    path = arguments.portrait or _beside(arguments.recipe)
    try:
        jpeg: bytes = path.read_bytes() if path else b""
    except OSError as error:
        if arguments.portrait:
            raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
        return None
    return jpeg if sha256(jpeg).hexdigest() == _noted(recipe, "portrait") else None


def _beside(recipe: Path) -> Path | None:
    at = recipe.resolve()
    folders = [folder for folder in at.parents if folder.name == "recipes"]
    return folders[0].parent / at.relative_to(folders[0]).with_suffix(".jpg") if folders else None


def _pixels(engine: Any, made: bytes, alpha: Any, first: bytes | None) -> list[Finding]:
    if first is None:
        return [Finding("reproduce.no_portrait", {})]
    found = engine.compare(made, first, alpha)
    if found.largest == 0:
        return [Finding("reproduce.only_coding", {})]
    values = {"largest": found.largest, "x": found.at[0], "y": found.at[1], "share": f"{100 * found.share:.2g}"}
    return [Finding(f"reproduce.pixels.{found.where}", values)]


def _verdicts(recipe: Mapping[str, Any], now: tuple[Verdict, ...], said: Translations) -> list[Finding]:
    """The rules that say something else of the portrait made now."""
    before = recipe.get("verdicts", {})
    found = []
    for verdict in now:
        was = before.get(verdict.rule, {}).get("outcome")
        if was and was != verdict.outcome.value:
            key = f"rule.{verdict.rule}"
            values = {
                "rule": said.translate(key) if said.has(key) else verdict.rule,
                "was": said.translate(f"command.outcome.{was}"),
                "now": said.translate(f"command.outcome.{verdict.outcome}"),
            }
            found.append(Finding("reproduce.verdict", values))
    return found
