"""The folder of each test, numbered by a counter.

pytest's own fixture finds the next number by reading the folder of all tests that have run. With some thousand tests
that takes a millisecond of processor time for each, as long as many of them take themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

_NUMBERS: Final[Iterator[int]] = count()
_NAME_LENGTH: Final = 25  # short, because the length of the path of a socket is limited


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder of this test; pytest keeps it as it keeps those of the last runs."""
    name = re.sub(r"\W", "_", request.node.name)[:_NAME_LENGTH]
    folder = tmp_path_factory.getbasetemp() / f"{name}-{next(_NUMBERS)}"
    folder.mkdir(mode=0o700)
    return folder
