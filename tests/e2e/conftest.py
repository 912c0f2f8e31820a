import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import tests.server.conftest  # noqa: F401 - Django's settings, for the visits of tests.server.station_client
