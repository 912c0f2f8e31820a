"""The station's codes: import a list of them, and draw codes for a rehearsal.

zhengguan codes take LIST.csv
zhengguan codes draw CAMPAIGN STUDENT_NUMBER FILE.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import qrcode

from config.errors import Problem
from config.i18n import translations
from config.local_codes import local_code
from config.settings.station import station_settings
from kiosk.identification.code_list import CodeList, read_bindings
from kiosk.station.pairing import PairingRecord, read_pairing
from kiosk.station.paths import StationPaths, data_dir, ensure_data_dir
from kiosk.upload.encryption import FileCipher
from kiosk.upload.roster import Roster


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _parse_arguments(argv)
    try:
        settings = station_settings(arguments.config)
        paths = StationPaths(data_dir(arguments.data, settings.station.data))
        ensure_data_dir(paths.folder)
        if arguments.subcommand == "take":
            output = translations(settings.station.language).translate(
                "code.list_imported", count=import_codes(paths, arguments.list)
            )
        else:
            draw_code(paths, arguments.campaign, arguments.student_number, arguments.picture)
            output = str(arguments.picture)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n{problem.in_language('zh_CN')}\n")
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{output}\n")
    return 0


def import_codes(paths: StationPaths, csv_file: Path) -> int:
    """Replace the station's list by that of a CSV file, and return the number of codes.

    The kiosk uses the new list from its next start. Raises Problem or OSError; then the old list stays.
    """
    cipher = FileCipher.load_or_create(paths.key)
    bindings = read_bindings(csv_file)
    pairing = _require_pairing(paths, cipher)
    CodeList(paths.codes, cipher, Roster(paths.roster, cipher, pairing.credentials.roster_key)).replace(bindings)
    return len(bindings)


def draw_code(paths: StationPaths, campaign: str, student_no: str, picture: Path) -> None:
    """Draw a code for a rehearsal. Raises Problem on a station that is not paired: the code is signed with the server's
    key."""
    pairing = _require_pairing(paths, FileCipher.load_or_create(paths.key))
    with picture.open("wb") as file:
        qrcode.make(local_code(pairing.credentials.effective_codes_key, campaign, student_no)).save(file)


def _require_pairing(paths: StationPaths, cipher: FileCipher) -> PairingRecord:
    pairing = read_pairing(paths.pairing, cipher)
    if pairing is None:
        raise Problem("pairing.none")
    return pairing


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("zhengguan codes", description="The capture codes of a station.")
    parser.add_argument("--config", type=Path, help="the station's settings file")
    parser.add_argument("--data", type=Path, help="the station's data folder")
    subcommands = parser.add_subparsers(dest="subcommand", required=True)
    take = subcommands.add_parser("take", help="import a list (CSV) that maps codes to student numbers")
    take.add_argument("list", type=Path)
    draw = subcommands.add_parser("draw", help="draw a code for a rehearsal")
    draw.add_argument("campaign")
    draw.add_argument("student_number")
    draw.add_argument("picture", type=Path)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
