"""`zhengguan photo standards`: list the photo standards, every number with its source; check a school's
own file, or create one."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Console, RenderableType

from config.errors import Problem
from config.i18n import Translations, translations
from config.standards.loader import shipped_standards
from config.standards.registry import (
    STANDARDS_FOLDER,
    PhotoStandard,
    Stage,
    custom_folder,
    load_standard,
    read_standard,
    standard_files,
)
from config.standards.schema import NAME_PATTERN
from kiosk.tools.photo.standard_text import list_table, standard_details

_TEMPLATE_STANDARD: Final = "chsi"  # the base of a new standard
_CHECK, _NEW = "check", "new"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("standards", help="standards.help", description="standards.description")
    parser.add_argument("name", nargs="?", metavar="NAME|check|new", help="standards.help.name")
    parser.add_argument("file", nargs="?", metavar="FILE|NAME", help="standards.help.file")
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="standards.help.folder")
    parser.add_argument("--json", action="store_true", help="standards.help.json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 if a school's own file is invalid. Raises Problem if there is no such standard."""
    tr = translations(arguments.language)
    folder = arguments.folder or custom_folder()
    if arguments.name in (_CHECK, _NEW):
        if arguments.file is None:
            raise Problem(f"standards.needs.{arguments.name}")
        return _check(Path(arguments.file), tr) if arguments.name == _CHECK else _new(arguments.file, folder, tr)
    if arguments.file is not None:
        raise Problem("standards.one", name=arguments.name, file=arguments.file)
    if arguments.name is None:
        return _list(folder, tr, arguments.json)
    standard = load_standard(arguments.name, folder)
    if arguments.json:
        _print_json({**standard.content(), "sha256": standard.sha256, "shipped": standard.name in shipped_standards()})
    else:
        _print_rich(standard_details(standard, tr))
    return 0


def _list(folder: Path | None, tr: Translations, as_json: bool) -> int:
    """Print all standards; files that cannot be used are reported after them."""
    standards: list[PhotoStandard] = []
    problems: list[Problem] = []
    for path in standard_files(folder).values():
        try:
            standards.append(read_standard(path))
        except Problem as problem:
            problems.append(problem)
    if as_json:
        _print_json([_summary(each) for each in standards])
    else:
        _print_rich(list_table(standards, tr))
    for each in problems:
        print(each.in_language(tr.language), file=sys.stderr)
    return 1 if problems else 0


def _summary(standard: PhotoStandard) -> dict[str, Any]:
    return {
        "name": standard.name,
        "title": standard.title,
        "version": standard.version,
        "sha256": standard.sha256,
        "shipped": standard.name in shipped_standards(),
        "output": standard.output.model_dump(mode="json"),
        "allowed": list(standard.allowed),
        "rules": len(standard.rules),
        "asked_of_a_person": len(standard.rules_for(Stage.PERSON)),
    }


def _check(path: Path, tr: Translations) -> int:
    try:
        standard = read_standard(path)
    except Problem as problem:
        print(problem.in_language(tr.language), file=sys.stderr)
        return 1
    prompt_count = len(standard.rules_for(Stage.PERSON))
    print(
        tr.translate(
            "standards.valid",
            file=path,
            title=standard.title,
            measured=len(standard.rules) - prompt_count,
            by_person=prompt_count,
        )
    )
    return 0


def _new(name: str, folder: Path | None, tr: Translations) -> int:
    """Write a new valid standard that contains all of chsi as comments, ready to be edited."""
    if not re.fullmatch(NAME_PATTERN, name) or name in (*shipped_standards(), _CHECK, _NEW):
        raise Problem("standards.bad_name", name=name)
    path = (folder or Path()) / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_template(name, tr))
    except FileExistsError as error:
        raise Problem("standards.exists", file=path) from error
    except OSError as error:
        raise Problem("standards.not_written", file=path) from error
    print(tr.translate("standards.written", file=path))
    return 0


def _template(name: str, tr: Translations) -> str:
    model = (STANDARDS_FOLDER / f"{_TEMPLATE_STANDARD}.toml").read_text(encoding="utf-8")
    sections = model[model.index("[output]") :]
    commented = [line if not line or line.startswith("#") else f"#{line}" for line in sections.splitlines()]
    head = [f"# {line}" for line in tr.translate("standards.template_header", model=_TEMPLATE_STANDARD).splitlines()]
    fields = [f'name = "{name}"', f'title = "{name}"', 'version = "1"', f'extends = "{_TEMPLATE_STANDARD}"']
    return "\n".join([*head, "", *fields, "", *commented, ""])


def _print_rich(content: RenderableType) -> None:
    # A pipe has no width; 100 columns are readable in any editor.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 100
    console.print(content)


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2))
