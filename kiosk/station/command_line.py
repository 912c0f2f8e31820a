"""The command line of the kiosk: its options, the settings that they override, and the two set-up steps."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from config.i18n import translations
from config.settings.station import StationSettings, station_settings
from kiosk.station.operator_pin import prompt_missing_pin, prompt_pin, set_pin
from kiosk.station.pairing import pair
from kiosk.station.paths import StationPaths, ensure_data_dir


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("zhengguan run", description="The fullscreen kiosk of a capture station.")
    parser.add_argument("--config", type=Path, help="settings file; see config/settings/station.toml for every setting")
    parser.add_argument("--data", type=Path, help="folder for photos, outbox and keys")
    parser.add_argument("--camera", help="a camera; see [camera] driver in config/settings/station.toml")
    parser.add_argument("--reader", help="serial port of the card reader, /dev/ttyUSB0")
    parser.add_argument("--language", choices=("zh_CN", "en"))
    parser.add_argument("--pair", nargs=2, metavar=("ADDRESS", "CODE"), help="pair with a server, then end")
    parser.add_argument("--set-pin", action="store_true", help="set the operator's PIN of this station, then end")
    return parser.parse_args(argv)


def load_settings(options: argparse.Namespace) -> StationSettings:
    """Return the station's settings with the values of the options. Raises Problem."""
    changes: dict[str, dict[str, str]] = {}
    for section, key, value in (
        ("camera", "driver", options.camera),
        ("card_reader", "port", options.reader),
        ("station", "language", options.language),
    ):
        if value:
            changes.setdefault(section, {})[key] = value
    return station_settings(options.config, **changes)


def set_new_pin(settings: StationSettings, folder: Path) -> None:
    """Prompt for the operator's PIN and store it. Raises Problem."""
    ensure_data_dir(folder)
    set_pin(StationPaths(folder).pin, prompt_pin())
    sys.stdout.write(f"{translations(settings.station.language).translate('pin.set')}\n")


def pair_station(settings: StationSettings, folder: Path, address: str, code: str) -> None:
    """Pair the station by a one-time code, and store a PIN if it needs one. Raises Problem."""
    pin = prompt_missing_pin(settings, StationPaths(folder).pin)
    record = pair(settings, folder, address, code)
    if pin:
        set_pin(StationPaths(folder).pin, pin)
    sys.stdout.write(f"Paired with {record.url} as {record.credentials.name}.\n")
