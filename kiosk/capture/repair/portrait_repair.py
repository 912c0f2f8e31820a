"""Repair a portrait: recompose it from its shot by its recipe and the strokes of a retoucher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from config.arrays import Pixels
from config.errors import Problem
from config.standards.registry import Output
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.image_io.jpeg_encoder import EncodedJpeg, encode, encode_with
from kiosk.capture.matting.matte import composite
from kiosk.capture.matting.onnx_network import PortraitNetwork, installed_network
from kiosk.capture.recipe.recipe import NetworkUsed, build_repaired_recipe
from kiosk.capture.recipe.replay import ReplayPlan, plan_replay
from kiosk.capture.repair.start import RepairStart
from kiosk.capture.repair.strokes import Strokes, strokes_to_json
from kiosk.capture.types import DraftPortrait


@dataclass(frozen=True)
class RepairSession:
    """One portrait that is being repaired: its recipe, the plan of its parent, and the start of the repair."""

    recipe: Mapping[str, Any] = field(repr=False)
    plan: ReplayPlan
    start: RepairStart = field(repr=False)
    same_bytes: bool
    """Whether this installation made exactly the parent's bytes again."""

    def make(self, strokes: Strokes) -> DraftPortrait:
        """Return the portrait after `strokes`, which are all strokes since the parent. Raises Problem (repair.*,
        photo.*).

        The parent's compression is kept where it fits, so that pixels outside the strokes stay the same in the file.
        """
        pixels = composite(self.start.repair(strokes), self.plan.output.background_colour)
        encoded = _encode_like(pixels, self.plan.output, self.plan)
        recipe = build_repaired_recipe(
            self.recipe, self.plan.decode_request, self.plan.output, strokes_to_json(strokes), encoded
        )
        return DraftPortrait(encoded.jpeg, recipe)


def open_session(engine: PhotoEngine, shot: bytes, recipe: Mapping[str, Any]) -> RepairSession:
    """Replay `recipe` on its `shot`, without the strokes that it may have.

    Raises Problem: recipe.* if it cannot be replayed here, repair.other_shot, photo.* if there is not exactly one face.
    The engine must have the recipe's network (`engine_for`).
    """
    plan = replace(plan_replay(recipe), strokes=())
    recorded = recipe.get("shot")
    if not isinstance(recorded, dict) or recorded.get("sha256") != sha256(shot).hexdigest():
        raise Problem("repair.other_shot")
    replayed = engine.replay(shot, plan)
    parent = (recipe.get("repair") or {}).get("parent") or recipe["portrait"]
    start = engine.repair_start(replayed.image, replayed.matte, plan.output)
    return RepairSession(recipe, plan, start, sha256(replayed.jpeg).hexdigest() == parent.get("sha256"))


def engine_for(recipe: Mapping[str, Any]) -> PhotoEngine:
    """Return an engine with the settings and the network of `recipe`. Raises Problem: recipe.*,
    repair.network_missing."""
    plan = plan_replay(recipe)
    return PhotoEngine(plan.matte, _network(plan.network))


def _network(used: NetworkUsed | None) -> PortraitNetwork | None:
    if used is None:
        return None
    network = installed_network(name=used.name)
    if network is None or network.sha256 != used.sha256:
        raise Problem("repair.network_missing", name=used.name)
    return network


def _encode_like(pixels: Pixels, output: Output, plan: ReplayPlan) -> EncodedJpeg:
    same = encode_with(pixels, output, plan.quality, plan.subsampling, plan.optimized, plan.restart_interval)
    return same if output.min_bytes <= len(same.jpeg) <= output.max_bytes else encode(pixels, output)
