"""The garbage collector pauses during imports, and skips the imported objects afterwards."""

from __future__ import annotations

import gc

from config.garbage_collection import paused, paused_for_imports


def test_objects_created_by_imports_are_skipped_afterwards() -> None:
    assert gc.isenabled(), "control"
    frozen = gc.get_freeze_count()
    with paused_for_imports():
        assert not gc.isenabled()
        objects: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(objects)


def test_a_pause_within_a_pause_does_not_end_it() -> None:
    with paused():
        with paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
