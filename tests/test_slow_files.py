"""The list of slow files names files that exist."""

from tests.conftest import ROOT, SLOW_FILES


def test_every_slow_file_exists_and_is_named_once() -> None:
    assert [name for name in SLOW_FILES if not (ROOT / name).is_file()] == []
    assert len(set(SLOW_FILES)) == len(SLOW_FILES) > 50
