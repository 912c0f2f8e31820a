"""Asks the camera for the settings of a profile. What it refuses is named, and otherwise left alone."""

from __future__ import annotations

import logging
import re

from hardware.cameras.api import CameraProblem
from hardware.cameras.gphoto.camera_handle import Node, Tether, Value
from hardware.cameras.gphoto.profile import Wish, Wishes

log = logging.getLogger("camera")


def grant(tether: Tether, wishes: Wishes) -> tuple[str, ...]:
    """Sets what differs from `wishes`; returns the names of those that the camera did not take.

    Raises CameraProblem only where the camera is gone.
    """
    refused = tuple(name for name, wish in wishes.items() if not _granted(tether, wish))
    for name in refused:
        log.warning("The camera did not take its setting of %s.", name)
    return refused


def _granted(tether: Tether, wish: Wish) -> bool:
    if not wish.values:
        return True
    for name in wish.nodes:
        node = tether.node(name)
        if node is not None and node.can_mean(wish.values):
            return _stands(node, wish) or any(_takes(tether, node, value) for value in wish.values)
    return not wish.needed


def _stands(node: Node, wish: Wish) -> bool:
    """Whether the setting is as wished, or to be left as it is."""
    present = str(node.value)
    if wish.unless and re.search(wish.unless, present):
        return True
    first = next((value for value in map(node.cast, wish.values) if value is not None), None)
    return first is not None and not wish.insist and _same(first, node.value)


def _takes(tether: Tether, node: Node, wished: Value) -> bool:
    """Sets it and reads it back: a camera may say yes and do nothing."""
    value = None if node.fixed else node.cast(wished)
    if value is None:
        return False
    try:
        tether.put(node, value)
    except CameraProblem:
        if tether.dead:
            raise
        return False
    after = tether.node(node.name)
    return after is not None and _same(value, after.value)


def _same(one: Value, other: Value | None) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) < 1e-3
    return str(one) == str(other)
