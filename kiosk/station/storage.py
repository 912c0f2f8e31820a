"""Everything that a station stores in its data folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import IO, Final

from hardware.device_log import DeviceLog
from kiosk.capture.proof.keys import SigningKey
from kiosk.capture.storage import FileStore
from kiosk.identification.code_list import CodeList
from kiosk.station.pairing import PairingRecord, read_pairing
from kiosk.station.paths import StationPaths, ensure_data_dir, local_time
from kiosk.station.single_instance import acquire_lock
from kiosk.upload.encryption import FileCipher
from kiosk.upload.outbox.opening import OpenedOutbox, open_outbox
from kiosk.upload.outbox.outbox import Outbox
from kiosk.upload.roster import Roster
from kiosk.upload.server_clock import ServerClock
from kiosk.upload.signing_key import ensure_signing_key

UNPAIRED_KEY: Final = "00" * 32
"""The key of the empty roster of a station that has no server yet."""


@dataclass(frozen=True)
class StationStorage:
    """The opened data folder. `pairing` and `signing_key` are None before the station is paired; the roster uses
    `server_clock`."""

    cipher: FileCipher
    pairing: PairingRecord | None
    signing_key: SigningKey | None
    device_log: DeviceLog
    originals: FileStore
    opened_outbox: OpenedOutbox
    server_clock: ServerClock
    roster: Roster
    code_list: CodeList
    lock_file: IO[bytes]

    @property
    def outbox(self) -> Outbox:
        return self.opened_outbox.outbox

    def close(self) -> None:
        """Let another kiosk open the folder. The outbox stays open, because an upload may still write to it."""
        self.lock_file.close()


def open_storage(paths: StationPaths) -> StationStorage:
    """Lock the data folder and open everything that is stored in it."""
    ensure_data_dir(paths.folder)
    lock_file = acquire_lock(paths.lock)
    cipher = FileCipher.load_or_create(paths.key)
    pairing = read_pairing(paths.pairing, cipher)
    signing_key = ensure_signing_key(paths.signing_key, cipher, local_time().date()) if pairing else None
    device_log = DeviceLog(paths.device_log, local_time)
    originals = FileStore(paths.files, cipher.encrypt, cipher.decrypt)
    opened_outbox = open_outbox(paths.outbox, cipher, monotonic=time.monotonic)
    server_clock = ServerClock()
    roster = Roster(
        paths.roster,
        cipher,
        pairing.credentials.roster_key if pairing else UNPAIRED_KEY,
        pending_students=opened_outbox.outbox.waiting_students,
        to_server_time=server_clock.to_server_time,
    )
    code_list = CodeList(paths.codes, cipher, roster)
    return StationStorage(
        cipher,
        pairing,
        signing_key,
        device_log,
        originals,
        opened_outbox,
        server_clock,
        roster,
        code_list,
        lock_file,
    )
