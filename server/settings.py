"""Django's settings, derived from config/settings/server.toml.

Environment: ZHENGGUAN_SERVER_CONFIG names a file that changes defaults. The other variables replace its values:
ZHENGGUAN_SERVER_DATA (data folder), ZHENGGUAN_SERVER_KEYS (key file), ZHENGGUAN_SERVER_DATABASE ([database] url),
ZHENGGUAN_SERVER_PAYMENTS (JSON of the payment simulator with [payments] and [wechat]).
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from config.public_address import parse_public_address
from config.settings.server import server_settings
from server.database import database_settings
from server.jobs.queues import DEFAULT_QUEUE, ENGINE_QUEUE
from server.remote.page_assets import IMMUTABLE_URL
from server.secrets.key_store import key_store
from server.secrets.private_files import private_folder

_file, _payments = os.environ.get("ZHENGGUAN_SERVER_CONFIG"), os.environ.get("ZHENGGUAN_SERVER_PAYMENTS")
APP = server_settings(Path(_file) if _file else None, Path(_payments) if _payments else None)
_data = os.environ.get("ZHENGGUAN_SERVER_DATA") or APP.server.data
DATA = private_folder(Path(_data) if _data else platformdirs.user_data_path("zhengguan") / "server").resolve()
KEYS = DATA / "keys"
KEY_STORE = key_store(KEYS, APP.server.keys, os.environ)
KEY_STORE.require_moved()
PUBLIC_URL = APP.server.public_url

SECRET_KEY, *SECRET_KEY_FALLBACKS = KEY_STORE.keys("django")
DEBUG = False
BY_HTTPS = PUBLIC_URL.startswith("https://")
# Without a public address, links use the header Host, so it must be one of this machine's names;
# server.http.serve adds the addresses that it listens on.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if PUBLIC_URL:
    ALLOWED_HOSTS.append(parse_public_address(PUBLIC_URL).host)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "server.core",
    "server.audit",
    "server.records",
    "server.members",
    "server.second_factor",
    "server.stations",
    "server.submissions",
    "server.proof",
    "server.payments",
    "server.wechat",
    "server.printing",
    "server.notices",
    "server.accounts",
    "server.jobs",
    "server.review",
    "server.portal",
    "server.order_page",
    "server.payment_office",
    "server.clerk",
    "server.day",
    "server.retouch",
    "server.delivery",
    "server.backup",
    "server.remote",
    "server.privacy",
]
MIDDLEWARE = [
    "server.core.middleware.head_middleware",
    "server.stations.wire_headers.wire_headers_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "server.core.middleware.language_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "server.second_factor.middleware.session_timeout_middleware",
    "server.second_factor.middleware.second_factor_middleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "server.core.middleware.security_headers_middleware",
    "server.core.form_addresses.form_address_middleware",
]
ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["server.core.templatetags.translation"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

_database_url = os.environ.get("ZHENGGUAN_SERVER_DATABASE")
DATABASE = APP.database.model_copy(update={"url": _database_url}) if _database_url else APP.database
DATABASES = {"default": database_settings(DATABASE, DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FILE_UPLOAD_TEMP_DIR = str(private_folder(DATA / "incoming"))
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "server.submissions.uploads.DiskUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 << 20
FILES = DATA / "files"
DELIVERIES = DATA / "deliveries"
NOTICES = Path(APP.notices.folder) if APP.notices.folder else DATA / "notices"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [DEFAULT_QUEUE, ENGINE_QUEUE]}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
TIME_ZONE = APP.server.time_zone
USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = IMMUTABLE_URL

CSRF_FAILURE_VIEW = "server.core.error_handlers.csrf_failure"
LOGIN_URL = "/signin"
LOGIN_REDIRECT_URL = "/review/"
SESSION_COOKIE_AGE = APP.session.max_hours * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BY_HTTPS
# Browsers accept a cookie with this prefix from this host by https only (RFC 6265bis, 4.1.3.2).
SESSION_COOKIE_NAME = "__Host-sessionid" if BY_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if BY_HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = APP.server.hsts_days * 86400 if BY_HTTPS else 0
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Lower levels log the URLs of rejected requests, and the URL of a progress page is a student's secret.
    "loggers": {"django.request": {"level": "ERROR"}},
}
