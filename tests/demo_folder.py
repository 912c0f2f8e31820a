"""The data folder after the demo's first start, for tests to copy.

Creating its 200 students and the simulator's six keys takes two seconds of processor time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from tests.migrated_database import FOLDER, locked, seed_data_folder, source_hash
from tests.paths import ROOT
from tests.process_guard import processes_allowed

CODE: Final = """
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.utils import timezone
from server.demo import create_demo_data
from server.http.serve import prepare
from server.payments.simulator.keys import simulator_keys
prepare()
simulator_keys(settings.DATA / "payment-simulator")
create_demo_data(settings.DATA, timezone.now())
connection.close()
"""


def seed_demo_folder(data: Path) -> Path:
    """Fill the data folder as a first start of the demo without payment does. Return the folder."""
    shutil.copytree(_demo_folder(), data, dirs_exist_ok=True)
    return data


@cache
def _demo_folder() -> Path:
    folder = FOLDER / f"{source_hash()}.demo"
    with locked("demo"):
        if not folder.exists():
            _make(folder)
    return folder


def _make(folder: Path) -> None:
    for older in FOLDER.glob("*.demo"):
        shutil.rmtree(older)
    with tempfile.TemporaryDirectory(dir=FOLDER) as parent:
        data = seed_data_folder(Path(parent) / "data")
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("ZHENGGUAN", "DJANGO"))}
        environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        environment |= {"DJANGO_SETTINGS_MODULE": "server.settings", "ZHENGGUAN_SERVER_DATA": str(data)}
        with processes_allowed():
            subprocess.run([sys.executable, "-c", CODE], env=environment, check=True)
        data.rename(folder)
