"""Settings for mypy's Django plugin: the server's defaults, with a data folder that is deleted after the import.

`server.settings` creates keys and the database file; a type check must leave nothing behind and need no key.
"""

import os
import tempfile

for _name in ("ZHENGGUAN_SERVER_CONFIG", "ZHENGGUAN_SERVER_KEYS", "CREDENTIALS_DIRECTORY"):
    os.environ.pop(_name, None)
with tempfile.TemporaryDirectory() as _folder:
    os.environ["ZHENGGUAN_SERVER_DATA"] = _folder
    from server.settings import *  # noqa: F403
