"""Which files of a folder are shots, in which order, and what their portraits are called."""

from __future__ import annotations

import os
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from config.errors import Problem

_PICTURES: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif")
# TIFF by their beginning, and so small a picture where TIFF has it that no portrait could be made.
_RAW: Final = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".srw")
_OF_THE_SYSTEM: Final = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini"))  # and every hidden file
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")
_PLACEHOLDERS: Final = ("stem", "number", "standard", "background")
_ENDINGS: Final = (".jpg", ".jpeg")
_MOST_BYTES: Final = 500_000_000  # 64 megapixels of 16 bits in three channels take 384 MB


@dataclass(frozen=True)
class Shot:
    """A file to make a portrait of. `folder` is where it stands below the folder that was given: its portrait stands
    there below OUT; `shown` is how it is called in everything that people read."""

    path: Path
    folder: PurePath = field(default_factory=PurePath)

    @property
    def shown(self) -> str:
        return printable(str(self.folder / self.path.name))


@dataclass(frozen=True)
class Found:
    """`passed_over`: how many files of each ending are no pictures; those of the system are not counted."""

    shots: tuple[Shot, ...]
    passed_over: Counter[str]


def find_shots(given: Sequence[Path], recursive: bool, out: Path) -> Found:
    """The shots among `given` files and folders, each folder in natural order (IMG_9 before IMG_10).

    Files that are named are taken whatever they are called; in folders those called as pictures, and those without such
    a name that begin as one. What lies in `out` is never a shot. Raises Problem where something given is not there.
    """
    shots: dict[Path, Shot] = {}
    passed_over: Counter[str] = Counter()
    for path in given:
        if path.is_dir():
            for shot in _in_folder(path, recursive, out.resolve()):
                if _is_picture(shot.path):
                    shots.setdefault(shot.path.resolve(), shot)
                else:
                    passed_over[shot.path.suffix.lower() or "-"] += 1
        elif path.exists():
            shots.setdefault(path.resolve(), Shot(path))
        else:
            raise Problem("command.missing", path=printable(str(path)))
    return Found(tuple(shots.values()), passed_over)


def portrait_names(shots: Sequence[Shot], naming: str, standard: str, background: str) -> list[PurePath]:
    """The name of each shot's portrait below OUT, by the pattern `naming`; no two are the same, in any case of letters.

    Of two shots that would be called the same, the JPEG keeps the name and the other's ending is added ("a-png.jpg"),
    then a number. Raises Problem where the pattern is wrong.
    """
    _check_naming(naming)
    wanted = []
    for number, shot in enumerate(shots, start=1):
        name = naming.format(stem=shot.path.stem, number=f"{number:04d}", standard=standard, background=background)
        wanted.append(shot.folder / name)
    names: dict[int, PurePath] = {}
    taken: set[str] = set()
    for at in sorted(range(len(shots)), key=lambda at: shots[at].path.suffix.lower() not in _ENDINGS):
        names[at] = _free(wanted[at], shots[at].path.suffix.lower().lstrip("."), taken)
        taken.add(str(names[at]).casefold())
    return [names[at] for at in range(len(shots))]


def read_shot(path: Path) -> bytes:
    """The bytes of a shot's file. Raises Problem where it cannot be read, or is larger than any picture."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Problem("command.huge", most=_MOST_BYTES // 1_000_000)
        return path.read_bytes()
    except OSError as error:
        raise Problem("command.unreadable", path=printable(path.name), why=error.strerror) from error


def natural_order(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """A key that sorts numbers within names by their value, and "a" before "a2" whatever their endings."""
    stem, ending = os.path.splitext(name.casefold())
    parts = re.split(r"(\d+)", stem)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part), ending


def printable(text: str) -> str:
    """`text` without what would move a terminal's cursor or cannot be encoded: file names may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _in_folder(top: Path, recursive: bool, out: Path) -> Iterator[Shot]:
    for folder, below, files in os.walk(top, onerror=_unreadable):
        here = Path(folder)
        kept = [name for name in below if not name.startswith(".") and (here / name).resolve() != out]
        below[:] = sorted(kept, key=natural_order) if recursive else []
        for name in sorted(files, key=natural_order):
            if not name.startswith(".") and name.lower() not in _OF_THE_SYSTEM:
                yield Shot(here / name, here.relative_to(top))


def _unreadable(error: OSError) -> None:
    raise Problem("command.unreadable", path=printable(str(error.filename)), why=error.strerror) from error


def _is_picture(path: Path) -> bool:
    ending = path.suffix.lower()
    if ending in _PICTURES or ending in _RAW:
        return ending in _PICTURES
    try:
        with path.open("rb") as file:
            begins = file.read(12)
    except OSError:
        return False
    return begins.startswith(_BEGINNINGS) or begins[8:] == b"WEBP" or begins[4:] in (b"ftypheic", b"ftypmif1")


def _check_naming(naming: str) -> None:
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(naming) if name is not None}
    except ValueError as error:
        raise Problem("command.naming", naming=naming, known=_known()) from error
    ill_placed = "/" in naming or "\\" in naming or not naming.lower().endswith(_ENDINGS)
    if ill_placed or not named <= set(_PLACEHOLDERS):
        raise Problem("command.naming", naming=naming, known=_known())


def _known() -> str:
    return ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)


def _free(wish: PurePath, kind: str, taken: Iterable[str]) -> PurePath:
    if str(wish).casefold() not in taken:
        return wish
    stem, number = f"{wish.stem}-{kind}" if kind not in ("", "jpg") else wish.stem, 2
    name = wish.with_name(stem + wish.suffix) if stem != wish.stem else wish.with_name(f"{stem}-{number}{wish.suffix}")
    while str(name).casefold() in taken:
        name = wish.with_name(f"{stem}-{number}{wish.suffix}")
        number += 1
    return name
