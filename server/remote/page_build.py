"""Write the files of the page that Python makes: the constants of the formulas, and the models.

    python -m server.remote.page_build FOLDER

config/deploy/python/page.sh runs it and then the bundler. Without mediapipe no models are written, and the page works
without live guidance.
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import files
from pathlib import Path
from typing import Final

from server.remote.page_models import models_installed, write_models

NOTICE: Final = Path(__file__).parent / "page" / "NOTICE.txt"


def main(folder: Path) -> None:
    """Replace `folder` by one with the notice, tables.json, and the models with their licence."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(NOTICE, folder)
    if models_installed():
        from server.remote.page_tables import write_tables

        write_tables(folder)
        write_models(folder)
        (licence,) = (file for file in files("mediapipe") or () if file.name == "LICENSE")
        (folder / "LICENSE-mediapipe.txt").write_text(licence.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
