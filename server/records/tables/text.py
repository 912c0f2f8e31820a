"""Decode the text of a table file in any encoding that offices use, and parse its table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from config.errors import Problem
from server.records.tables.table import Line, Sheet

DELIMITERS: Final = (",", "\t", ";", "，", "|")
_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MIN_MARGIN: Final = 0.15
"""Minimum difference between the shares of common characters for choosing one encoding over the other."""
_MAX_DAMAGED_SHARE: Final = 0.02
_MIN_ZERO_SHARE: Final = 0.1  # the share of zero bytes from which a text counts as UTF-16
_HEAD_LINES: Final = 40
HasHeader = Callable[[Sequence[Sequence[str]]], bool]


@dataclass(frozen=True)
class DecodedText:
    text: str = field(repr=False)
    encoding: str


def decode_text(content: bytes, has_header: Callable[[str], bool]) -> DecodedText:
    """Decode the text. `has_header` returns whether a decoded text starts with the column names of a roster.

    Raises Problem: roster.encoding, roster.encoding_mixed, roster.encoding_ambiguous, roster.cut_character.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_strict(content, encoding)
    if content[:4000].count(0) > _MIN_ZERO_SHARE * len(content[:4000]):
        return _decode_strict(content, _utf16_encoding(content))
    try:
        return DecodedText(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        _reject_damaged_utf8(content, error)
    return _decode_chinese(content, has_header)


def _decode_strict(content: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        at_end = error.end >= len(content) - 1 and len(content) > 64
        raise Problem("roster.cut_character" if at_end else "roster.encoding") from error


def _utf16_encoding(content: bytes) -> str:
    """Detect UTF-16 without a byte order mark: the zero bytes of commas and digits are at odd positions, or at even
    ones."""
    head = content[:4000]
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _reject_damaged_utf8(content: bytes, error: UnicodeDecodeError) -> None:
    """Raise Problem if nearly all bytes are UTF-8: the file is damaged UTF-8."""
    text = content.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    whole = sum(character >= "\x80" for character in text) - lost
    if error.start >= len(content) - 4 and whole:
        raise Problem("roster.cut_character") from error
    if whole and lost <= max(1, _MAX_DAMAGED_SHARE * whole):
        raise Problem("roster.encoding_mixed", line=text[: text.index("\ufffd")].count("\n") + 1) from error


def _decode_chinese(content: bytes, has_header: Callable[[str], bool]) -> DecodedText:
    """Decode GB 18030 or Big5. Many files are valid in both: the column names decide, then the frequency of common
    characters."""
    possible = [
        text for text in (_try_decode(content, "gb18030"), _try_decode(content, "big5hkscs")) if text is not None
    ]
    if not possible:
        raise Problem("roster.encoding")
    known = [text for text in possible if has_header(text.text)]
    if len(known) == 1 and not known[0].text.isascii() and _head_is_not_ascii(content):
        return known[0]
    if len(possible) == 1:
        return possible[0]
    first, second = sorted(possible, key=_common_share, reverse=True)
    if _common_share(first) - _common_share(second) < _MIN_MARGIN:
        raise Problem("roster.encoding_ambiguous")
    return first


def _head_is_not_ascii(content: bytes) -> bool:
    """Whether the first lines contain anything but ASCII; otherwise both encodings give the same column names."""
    return not b"".join(content.splitlines()[:_HEAD_LINES]).isascii()


def _try_decode(content: bytes, encoding: str) -> DecodedText | None:
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _common_share(text: DecodedText) -> float:
    """Return the share of common characters (level 1 of GB 2312, level 1 of Big5) among those that are not ASCII."""
    encoding, first, last = ("gb2312", 0xB0, 0xD7) if text.encoding == "gb18030" else ("big5", 0xA4, 0xC6)
    special = [character for character in text.text if character >= "\x80"][:4000]
    common = sum(1 for character in special if first <= (character.encode(encoding, "ignore") or b"\0")[0] <= last)
    return common / len(special) if special else 0.0


def read_text(text: DecodedText, has_header: HasHeader) -> Sheet:
    """Parse the table. Raises Problem roster.form if quotation marks are not closed."""
    delimiter = _find_delimiter(text.text, has_header)
    content = text.text.replace("\0", "")  # padding of programs with fixed column widths
    content = content.replace("，", ",") if delimiter == "，" else content
    lines = tuple(_read_lines(content, "," if delimiter == "，" else delimiter))
    return Sheet("", lines, is_complete=text.text.endswith(("\n", "\r")), encoding=text.encoding)


def text_has_header(text: str, has_header: HasHeader) -> bool:
    return any(has_header(_head_rows(text, delimiter)) for delimiter in DELIMITERS)


def _find_delimiter(text: str, has_header: HasHeader) -> str:
    fitting = [delimiter for delimiter in DELIMITERS if has_header(_head_rows(text, delimiter))]
    if fitting:
        return fitting[0]
    first = text.lstrip("\r\n")[:2000].replace("\r", "\n").split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def _head_rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the first lines. `，` may occur among commas: a header typed by hand above an exported table."""
    start = "\n".join(text[:40_000].replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_HEAD_LINES])
    if delimiter == "，":
        start, delimiter = start.replace("，", ","), ","
    try:
        return list(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter))
    except csv.Error:
        return []


def _read_lines(text: str, delimiter: str) -> Iterator[Line]:
    """Yield the lines; cells quoted over several lines are one line with the number of the first. Strict: otherwise,
    all students after a quotation mark that is never closed would be lost without an error."""
    try:
        rows = _read_rows(text, delimiter, strict=True)
    except csv.Error as error:
        if "unexpected end" in str(error) or "NUL" in str(error):
            raise Problem("roster.form", why=str(error)) from error
        try:
            rows = _read_rows(text, delimiter, strict=False)  # a quotation mark inside a cell, such as 5"
        except csv.Error as again:
            raise Problem("roster.form", why=str(again)) from again
    for number, cells in rows:
        yield Line(number, cells)


def _read_rows(text: str, delimiter: str, strict: bool) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows, before = [], 0
    for cells in reader:
        rows.append((before + 1, cells))
        before = reader.line_num
    return rows
