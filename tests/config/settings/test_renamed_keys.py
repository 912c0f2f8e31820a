"""A settings file of the first release: one sentence names the old key, the file and the key to write instead."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel

from config.errors import Problem
from config.renamed_keys import SETTINGS_FILES, first_renamed_key
from config.settings import beauty_filter, retouch, serial_ports, server, station, studio
from config.settings.loader import read_settings
from hardware.cameras.dual import settings as dual
from hardware.cameras.gphoto import profile
from hardware.cameras.webcam import settings as webcam

FILES: Final[dict[str, tuple[type[BaseModel], Path]]] = {
    "station": (station.StationSettings, station.DEFAULTS),
    "server": (server.ServerSettings, server.DEFAULTS),
    "studio": (studio.StudioSettings, studio.FILE),
    "serial_ports": (serial_ports.SerialPortSettings, serial_ports.FILE),
    "beauty_filter": (beauty_filter.BeautyFilterSettings, beauty_filter.FILE),
    "retouch": (retouch.RetouchLimits, retouch.FILE),
    "dslr": (profile.CameraProfile, profile.DEFAULTS),
    "webcam": (webcam.WebcamSettings, webcam.DEFAULTS),
    "dual": (dual.DualCameraSettings, dual.DEFAULTS),
}
ROWS: Final = [(file, old, new) for file, renamed in SETTINGS_FILES.items() for old, new in renamed.items()]


def write_key(folder: Path, key: str) -> Path:
    """Write a file that sets only `key`."""
    section, _, name = key.rpartition(".")
    path = folder / "mine.toml"
    path.write_text((f"[{section}]\n" if section else "") + f"{name} = 1\n", encoding="utf-8")
    return path


def test_every_file_of_settings_has_its_table() -> None:
    assert FILES.keys() == SETTINGS_FILES.keys()
    assert [default.stem for _, default in FILES.values()] == list(FILES)


@pytest.mark.parametrize(("file", "old", "new"), ROWS)
def test_an_old_key_names_the_new_one(tmp_path: Path, file: str, old: str, new: str) -> None:
    model, defaults = FILES[file]
    old, new = old.replace("*", "evenness"), new.replace("*", "evenness")
    with pytest.raises(Problem) as caught:
        read_settings(model, defaults, write_key(tmp_path, old))
    assert caught.value.key == "problem.settings.renamed"
    assert caught.value.values == {"file": "mine.toml", "old": old, "new": new}


@pytest.mark.parametrize(("file", "old", "new"), ROWS)
def test_an_old_key_in_a_renamed_section_is_found(file: str, old: str, new: str) -> None:
    half = ".".join([*new.split(".")[:-1], old.split(".")[-1]])
    renamed = first_renamed_key(tables_with(half), SETTINGS_FILES[file])
    assert renamed == (None if half == new else (half, new))


@pytest.mark.parametrize(("file", "old", "new"), ROWS)
def test_the_new_key_is_one_that_the_file_has(file: str, old: str, new: str) -> None:
    desired = file == "dslr" and new.count(".") == 2  # most of these are optional
    known = profile.DesiredSetting.model_fields if desired else set(paths(tomllib.loads(read_text(file)), new))
    assert (new.rpartition(".")[2] if desired else new) in known
    assert first_renamed_key(tables_with(new), SETTINGS_FILES[file]) is None


@pytest.mark.parametrize("value", ["pair:webcam+dslr", " pair:webcam+dslr "])
def test_an_old_value_names_the_new_one(tmp_path: Path, value: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[camera]\ndriver = "{value}"\n', encoding="utf-8")
    with pytest.raises(Problem) as caught:
        station.station_settings(path)
    assert caught.value.values["old"] == f'camera.driver = "{value}"'
    assert caught.value.values["new"] == 'camera.driver = "dual:webcam+dslr"'


def test_the_sentence_is_complete_in_both_languages() -> None:
    values = {"file": "mine.toml", "old": "pace.trouble", "new": "timeouts.error"}
    for language in ("en", "zh_CN"):
        sentence = Problem("problem.settings.renamed", **values).in_language(language)
        assert all(value in sentence for value in values.values()), sentence
        assert "{" not in sentence


def test_entries_of_a_list_are_checked() -> None:
    assert first_renamed_key({"apps": [{"name": "x"}, {"words": []}]}, SETTINGS_FILES["beauty_filter"]) == (
        "apps.words",
        "apps.keywords",
    )


def read_text(file: str) -> str:
    return FILES[file][1].read_text(encoding="utf-8")


def tables_with(key: str) -> dict[str, Any]:
    tables: Any = 1
    for part in reversed(key.split(".")):
        tables = {part: tables}
    return json.loads(json.dumps(tables))


def paths(tables: dict[str, Any], pattern: str, parents: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the keys of a file; a part that is `*` in `pattern` is written as `*`."""
    parts = pattern.split(".")
    for key, value in tables.items():
        name = "*" if len(parts) > len(parents) and parts[len(parents)] == "*" else key
        yield ".".join((*parents, name))
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from paths(part, pattern, (*parents, name))
