"""The copy of a student's data: a zip file with a page that opens offline, the pictures, and JSON."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.template.loader import render_to_string

from config.i18n import LANGUAGES, Message, translations
from server.privacy.own_data import Part, Row, as_json, enrolments_of, parts_of, picture_names
from server.records.models import Student
from server.submissions.pictures import content_type_of
from server.submissions.store import picture_store


def make_copy(student: Student, now: datetime, *, with_number: bool) -> IO[bytes]:
    """Return the zip of all enrolments of this person, as a file that is deleted when it is closed. Pictures are copied
    one after the other; one that is missing on the disk is left out."""
    enrolments = enrolments_of(student)
    out = TemporaryFile()  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        pictures = _write_pictures(archive, enrolments)
        archive.writestr("index.html", _page(enrolments, pictures, now, with_number))
        content = [as_json(one, with_number=with_number) for one in enrolments]
        archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1))
    out.seek(0)
    return out


def _write_pictures(archive: zipfile.ZipFile, enrolments: list[Student]) -> dict[str, str]:
    """Write the pictures; return the path in the archive of each name without ending."""
    paths: dict[str, str] = {}
    for submission in (one for student in enrolments for one in student.submissions.order_by("version")):
        for name, sha256 in picture_names(submission).items():
            source = picture_store().path(sha256)
            if source.is_file():
                paths[name] = f"pictures/{name}.{content_type_of(source)[1]}"
                archive.write(source, paths[name], zipfile.ZIP_STORED)
    return paths


def _page(enrolments: list[Student], pictures: dict[str, str], now: datetime, with_number: bool) -> str:
    parts = [list(parts_of(one, with_number=with_number)) for one in enrolments]
    languages = [_in_language(language, parts, pictures) for language in LANGUAGES]
    return render_to_string("privacy/copy.html", {"languages": languages, "made_at": now})


def _in_language(language: str, enrolments: list[list[Part]], pictures: dict[str, str]) -> dict[str, Any]:
    words = translations(language)

    def shown(row: Row) -> tuple[str, str]:
        value = row.value
        text = words.translate(value.key, **value.values) if isinstance(value, Message) else str(value)
        return words.translate(f"privacy.own.{row.name}"), text

    return {
        "code": language.replace("_", "-"),
        "name": words.translate("pages.language"),
        "title": words.translate("privacy.copy_title"),
        "lead": words.translate("privacy.copy_lead"),
        "enrolments": [
            [
                {
                    "title": words.translate(f"privacy.own.{part.title}"),
                    "rows": [shown(row) for row in part.rows if row.value != ""],
                    "pictures": [pictures[name] for name in part.pictures if name in pictures],
                }
                for part in parts
            ]
            for parts in enrolments
        ],
    }
