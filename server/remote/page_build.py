"""Write what Python contributes to the page: the constants of the formulas, and the models.

    python -m server.remote.page_build FOLDER

config/deploy/python/page.sh runs it and then the bundler. Without mediapipe no models are written, and the page works
without live guidance.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from server.remote.page_models import models_installed, write_models


def main(folder: Path) -> None:
    """Make `folder` anew with tables.json and the models."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if models_installed():
        from server.remote.page_tables import write_tables

        write_tables(folder)
        write_models(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
