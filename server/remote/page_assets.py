"""The built files of the page: their names contain a hash of their content, so browsers may cache them indefinitely.

config/deploy/python/page.sh builds them into server/remote/static/remote_page; `assets.json` there maps plain names
to them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static" / "remote_page"
MANIFEST: Final = "assets.json"
IMMUTABLE_URL: Final = r"^/static/remote_page/.+-[0-9a-f]{12}\.\w+$"
"""The files that never change under their name, for WhiteNoise."""
LIVE_GUIDANCE: Final = (
    *("worker.js", "tables.json", "face.task", "person.tflite"),
    *("vision_wasm_internal.js", "vision_wasm_internal.wasm"),
    *("vision_wasm_nosimd_internal.js", "vision_wasm_nosimd_internal.wasm"),
)
"""The files that live guidance needs besides the page's script."""


def asset_path(name: str) -> str:
    """Return the path of an asset for `{% static %}`; "" if it was not built.

    >>> asset_path("no-such-file.js")
    ''
    """
    hashed = _manifest().get(name)
    return f"remote_page/{hashed}" if hashed else ""


def page_built() -> bool:
    """Return whether the scripts of the page were built into this installation."""
    return bool(asset_path("upload.js") and asset_path("guide.js"))


def live_guidance_built() -> bool:
    """Return whether the files of live guidance were built; a build without mediapipe has none."""
    return all(asset_path(name) for name in LIVE_GUIDANCE)


@cache
def _manifest() -> dict[str, str]:
    try:
        manifest = json.loads((FOLDER / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(name): str(hashed) for name, hashed in manifest.items()}
