"""The providers' SDKs, which are optional."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final

from config.errors import Problem

_MODULES: Final = {"sms-tencent": "tencentcloud.sms", "sms-aliyun": "alibabacloud_dysmsapi20170525"}
_PACKAGES: Final = {
    "sms-tencent": "tencentcloud-sdk-python-sms>=3.1",
    "sms-aliyun": "alibabacloud-dysmsapi20170525>=4.6,<5",
}


def is_installed(backend: str) -> bool:
    """Whether the SDK of the backend is installed; without importing it."""
    try:
        return find_spec(_MODULES[backend]) is not None
    except (ModuleNotFoundError, ValueError):  # ValueError: the module is there, and is no module
        return False


def missing_sdk(backend: str) -> Problem:
    """Return a Problem with the command that installs the SDK with this server's Python."""
    return Problem("server.notices.extra_missing", python=sys.executable, package=_PACKAGES[backend])
