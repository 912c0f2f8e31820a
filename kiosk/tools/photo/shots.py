"""Find the shots in folders, order them, and name their portraits."""

from __future__ import annotations

import os
import re
import stat
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from config.errors import Problem

_PICTURE_SUFFIXES: Final = (
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
    ".heic",
    ".heif",
    ".hif",
    ".avif",
)
# Raw files begin like TIFF files, but the pictures in them that can be decoded are too small for a portrait.
_RAW_SUFFIXES: Final = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".srw")
_SYSTEM_FILES: Final = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini"))  # and every hidden file
# Of drives: deleted files, and what only the system may read. The hidden folders (.Trash-1000) need no entry.
_SYSTEM_FOLDERS: Final = frozenset(("$recycle.bin", "recycler", "system volume information", "lost+found"))
_MAGIC_BYTES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")
_PLACEHOLDERS: Final = ("stem", "number", "standard", "background")
_JPEG_SUFFIXES: Final = (".jpg", ".jpeg")
MAX_BYTES: Final = 500_000_000
"""No picture is larger: 64 megapixels of 16 bits in three channels take 384 MB."""
HEAD_BYTES: Final = 12
"""The number of first bytes of a file that show whether it is a picture."""


@dataclass(frozen=True)
class Shot:
    """A file to make a portrait of. `folder` is its path below the given folder, and that of its portrait below OUT;
    `display_name` is the name in texts for people."""

    path: Path
    folder: PurePath = field(default_factory=PurePath)

    @property
    def display_name(self) -> str:
        return printable(str(self.folder / self.path.name))


@dataclass(frozen=True)
class FoundShots:
    """`skipped`: the number of files by suffix that are not pictures; system files are not counted."""

    shots: tuple[Shot, ...]
    skipped: Counter[str]


def find_shots(paths: Sequence[Path], recursive: bool, out: Path) -> FoundShots:
    """Return the shots in `paths` of files and folders, each folder in natural order (IMG_9 before IMG_10).

    A file in `paths` is always a shot. In a folder, files with a picture's suffix are shots, and files with an unknown
    suffix or none that begin like a picture; the folder `out` is skipped. Raises Problem if a path does not exist.
    """
    real_out = real_path(out)
    shots: dict[Path, Shot] = {}
    skipped: Counter[str] = Counter()
    for path in paths:
        if is_folder(path):
            for shot in _walk_folder(path, recursive, real_out):
                if is_picture(shot.path, _read_head(shot.path)):
                    shots.setdefault(real_path(shot.path), shot)
                else:
                    skipped[shot.path.suffix.lower() or "-"] += 1
        else:
            shots.setdefault(real_path(path), Shot(path))
    return FoundShots(tuple(shots.values()), skipped)


def portrait_names(shots: Sequence[Shot], naming: str, standard: str, background: str) -> list[PurePath]:
    """Return the name of each shot's portrait below OUT, by the pattern `naming`; all differ, regardless of case.

    Of two shots with the same name, the JPEG keeps it and the other gets its suffix ("a-png.jpg"), then a number.
    Raises Problem for an invalid pattern.
    """
    _check_naming(naming)
    preferred = []
    for number, shot in enumerate(shots, start=1):
        name = naming.format(stem=shot.path.stem, number=f"{number:04d}", standard=standard, background=background)
        preferred.append(shot.folder / name)
    names: dict[int, PurePath] = {}
    used: set[str] = set()
    for k in sorted(range(len(shots)), key=lambda k: shots[k].path.suffix.lower() not in _JPEG_SUFFIXES):
        names[k] = _unique_name(preferred[k], shots[k].path.suffix.lower().lstrip("."), used)
        used.add(str(names[k]).casefold())
    return [names[k] for k in range(len(shots))]


def read_shot(path: Path) -> bytes:
    """Return the bytes of a shot's file. Raises Problem if it cannot be read, or is larger than any picture."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Problem("command.too_large", most=MAX_BYTES // 1_000_000)
        return path.read_bytes()
    except OSError as error:
        raise Problem("command.unreadable", path=printable(path.name), why=error.strerror) from error


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder; False if it is a file. Raises Problem if it does not exist, or if a folder
    above it cannot be opened."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except PermissionError as error:
        raise Problem("command.unreadable", path=printable(str(path)), why=error.strerror) from error
    except (OSError, ValueError) as error:
        raise Problem("command.missing", path=printable(str(path))) from error


def real_path(path: Path) -> Path:
    """Return the absolute path without symbolic links; Path.resolve raises RuntimeError if they form a loop."""
    return Path(os.path.realpath(path))


def natural_order(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a key that sorts numbers within names by value, and "a" before "a2" regardless of their suffixes."""
    stem, ending = os.path.splitext(name.casefold())
    parts = re.split(r"(\d+)", stem)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part), ending


def printable(text: str) -> str:
    """Remove characters that would move a terminal's cursor or cannot be encoded; file names may contain any."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _walk_folder(top: Path, recursive: bool, out: Path) -> Iterator[Shot]:
    for folder, below, files in os.walk(top, onerror=_raise_unreadable):
        here = Path(folder)
        folders = [name for name in below if not is_system_folder(name) and real_path(here / name) != out]
        below[:] = sorted(folders, key=natural_order) if recursive else []
        for name in sorted(files, key=natural_order):
            if not is_system_file(name) and not _is_special(here / name):
                yield Shot(here / name, here.relative_to(top))


def _is_special(path: Path) -> bool:
    """Return whether the path is a pipe, a socket or a device: opening it may block."""
    try:
        mode = path.stat().st_mode
    except OSError:  # its shot reports the reason
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _raise_unreadable(error: OSError) -> None:
    raise Problem("command.unreadable", path=printable(str(error.filename)), why=error.strerror) from error


def reject_input_as_output(out: Path, inputs: Iterable[Path]) -> None:
    """Raise Problem if the result `out` of a command would overwrite one of the files that the command reads."""
    for path in inputs:
        if os.path.exists(out) and os.path.exists(path) and os.path.samefile(out, path):
            raise Problem("command.over_input", path=printable(str(out)))


def is_system_file(name: str) -> bool:
    """Return whether a file of this name is hidden or belongs to a file manager."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def is_system_folder(name: str) -> bool:
    """Return whether a folder of this name is hidden, contains deleted files or belongs to the file system."""
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def is_picture(name: PurePath, head: bytes) -> bool:
    """Return whether a file counts as a picture: by its suffix, else by its first HEAD_BYTES bytes."""
    ending = name.suffix.lower()
    if ending in _PICTURE_SUFFIXES or ending in _RAW_SUFFIXES:
        return ending in _PICTURE_SUFFIXES
    return head.startswith(_MAGIC_BYTES) or head[8:] == b"WEBP" or head[4:] in (b"ftypheic", b"ftypmif1")


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _check_naming(naming: str) -> None:
    try:
        placeholders = {name for _, name, _, _ in string.Formatter().parse(naming) if name is not None}
        if placeholders <= set(_PLACEHOLDERS):
            naming.format(**dict.fromkeys(_PLACEHOLDERS, "1"))  # "{number:d}" is a valid format, but not of text
    except (ValueError, LookupError, MemoryError) as error:
        raise Problem("command.naming", naming=naming, known=_placeholder_list()) from error
    is_not_jpeg_name = "/" in naming or "\\" in naming or not naming.lower().endswith(_JPEG_SUFFIXES)
    if is_not_jpeg_name or not placeholders <= set(_PLACEHOLDERS):
        raise Problem("command.naming", naming=naming, known=_placeholder_list())


def _placeholder_list() -> str:
    return ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)


def _unique_name(preferred: PurePath, kind: str, used: Iterable[str]) -> PurePath:
    if str(preferred).casefold() not in used:
        return preferred
    stem, number = f"{preferred.stem}-{kind}" if kind not in ("", "jpg") else preferred.stem, 2
    name = (
        preferred.with_name(stem + preferred.suffix)
        if stem != preferred.stem
        else preferred.with_name(f"{stem}-{number}{preferred.suffix}")
    )
    while str(name).casefold() in used:
        name = preferred.with_name(f"{stem}-{number}{preferred.suffix}")
        number += 1
    return name
