"""Lifetimes of Qt objects under Python's garbage collector and at the end of the process."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref

import pytest

from kiosk.ui import qt_application
from kiosk.ui.qt_application import keep_until_exit
from tests.paths import ROOT


class Owner:
    """Refers to itself, as the owner of a window does through its signals."""

    def __init__(self) -> None:
        self.itself = self


def collected(keep: bool) -> bool:
    owner = Owner()
    if keep:
        assert keep_until_exit(owner) is owner
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    return reference() is None


def test_the_garbage_collector_does_not_destroy_a_kept_object() -> None:
    assert collected(keep=False), "control"
    assert not collected(keep=True)
    qt_application._window_owners.pop()


ENDS_WITH_A_WINDOW = """
import sys
from PyQt5.QtWidgets import QApplication, QWidget
from config.process_end import exit_process
from kiosk.ui.qt_application import prepare_qt

application = {create}
window = QWidget()
window.destroyed.connect(lambda: print("destroyed", flush=True))
exit_process(3)
"""


@pytest.mark.process
@pytest.mark.parametrize(("create", "output"), [("prepare_qt()", ""), ("QApplication(sys.argv)", "destroyed\n")])
def test_no_window_is_destroyed_at_the_end_of_the_process(create: str, output: str) -> None:
    """The second case is the control: without `prepare_qt`, PyQt destroys the window at the end of a process."""
    command = [sys.executable, "-c", ENDS_WITH_A_WINDOW.format(create=create)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert (process.returncode, process.stdout) == (3, output), process.stderr
