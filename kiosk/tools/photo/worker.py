"""An errand done: a shot's portrait written, read back, judged, and kept with its recipe. Runs in a worker process."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any, Final

from config.errors import Problem
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.matting.onnx_network import installed_network
from kiosk.capture.recipe.recipe import standard_entry, add_verdicts
from kiosk.capture.report.sheet import draw_sheet
from kiosk.tools.photo.job import Done, Errand, Order, Result, not_passed
from kiosk.tools.photo.output_folder import Album, AlbumProblem, sheet_name
from kiosk.tools.photo.shots import printable, read_shot

_CAMERA: Final = {"driver": "file"}  # whoever took it: what the file itself says of that may be personal


class Developer:
    """Does errands, one after the other."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._album = Album(order.out)
        network = installed_network() if order.network else None
        self._engine = PhotoEngine(network=network)  # loads its nets with the first shot that needs them

    def do(self, errand: Errand) -> Done:
        """Raises AlbumProblem, because then no other errand would end better."""
        try:
            return self._done(errand)
        except AlbumProblem:
            raise
        except Problem as problem:
            return Done(errand, Result.FAILED, problem=problem)
        except MemoryError:
            return Done(errand, Result.FAILED, problem=Problem("command.no_memory"))

    def _done(self, errand: Errand) -> Done:
        shot = read_shot(errand.shot)
        there = self._album.recipe_of(errand.portrait)
        if there is not None and not self._order.again and self._is_finished(errand, there, shot):
            return Done(errand, Result.KEPT, not_passed(there))
        if self._album.is_foreign(errand.portrait):
            raise Problem("command.foreign", portrait=errand.portrait.name)
        return Done(errand, Result.MADE, not_passed(self._made(errand, shot)))

    def _is_finished(self, errand: Errand, recipe: dict[str, Any], shot: bytes) -> bool:
        """Whether the portrait is there whole, of this shot, by this standard and with this engine's settings."""
        return (
            recipe.get("shot", {}).get("sha256") == sha256(shot).hexdigest()
            and recipe.get("standard") == standard_entry(self._order.standard)
            and recipe.get("matte") == json.loads(json.dumps(self._engine.settings.as_recipe()))
            and recipe.get("network") == (asdict(used) if (used := self._engine.network_used) else None)
            and self._album.holds(errand.portrait, recipe)
            and (not self._order.sheet or self._album.has(sheet_name(errand.portrait)))
        )

    def _made(self, errand: Errand, shot: bytes) -> dict[str, Any]:
        """The recipe of the portrait, which is then in the album."""
        made = self._engine.make(shot, self._order.standard, _CAMERA)
        with self._album.draft(errand.portrait, made.jpeg) as draft:
            written = draft.read_bytes()
            recipe = add_verdicts(made.recipe, self._engine.evaluate(written, self._order.standard))
            if self._order.sheet:
                self._draw_sheet(errand, written)
            self._album.keep(draft, errand.portrait, recipe)
        return recipe

    def _draw_sheet(self, errand: Errand, jpeg: bytes) -> None:
        checked = self._engine.check(jpeg, self._order.standard)
        checked = replace(checked, facts=replace(checked.facts, name=printable(errand.portrait.name)))
        file = io.BytesIO()
        draw_sheet(checked, self._order.standard, self._order.language).save(file, "PNG")
        self._album.write(sheet_name(errand.portrait), file.getvalue())
