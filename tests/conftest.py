"""What every test stands on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long one example takes is this machine's business and no finding.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_own_things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the person at this machine has installed or set for portraits must not decide what the tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHENGGUAN_MODELS", str(tmp_path_factory.mktemp("models")))
        patch.delenv("ZHENGGUAN_STANDARDS", raising=False)
        yield
