"""The WSGI application, for waitress (`zhengguan server run`) or any other WSGI server."""

from __future__ import annotations

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from config.garbage_collection import paused_for_imports

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
with paused_for_imports():
    application = get_wsgi_application()
    import_module("server.urls")  # before the first request, and once for all processes of gunicorn
