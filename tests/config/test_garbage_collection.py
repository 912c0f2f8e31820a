"""The garbage collector pauses during imports, and leaves out afterwards what they made."""

from __future__ import annotations

import gc

from config.garbage_collection import paused, paused_for_imports


def test_what_imports_make_is_left_out_afterwards() -> None:
    assert gc.isenabled(), "control"
    frozen = gc.get_freeze_count()
    with paused_for_imports():
        assert not gc.isenabled()
        made: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(made)


def test_a_pause_within_a_pause_does_not_end_it() -> None:
    with paused():
        with paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
