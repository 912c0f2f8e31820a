"""The official account of the simulator, which also names its users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.settings.wechat import WeChatSettings
from server.order_page import paying
from server.payments.simulator.http_server import SimulatorServer
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.merchant import account_settings
from server.wechat import session_user, views
from server.wechat.account import OfficialAccount, official_account
from tests.server.payments.gateways.conftest import accounts, gateways, keys, server, simulator_folder

__all__ = ["accounts", "gateways", "keys", "server", "simulator_folder"]


def use_account(monkeypatch: pytest.MonkeyPatch, account: OfficialAccount | None) -> None:
    for module in (views, session_user, paying):
        monkeypatch.setattr(module, "configured_account", lambda: account)


@pytest.fixture
def account(keys: SimulatorKeys, server: SimulatorServer) -> OfficialAccount:
    return official_account(WeChatSettings.model_validate(account_settings(keys.folder, server.url)))


@pytest.fixture
def command(server: SimulatorServer) -> Callable[..., Any]:
    """Send a command to the simulator, without its socket."""

    def run(name: str, **content: Any) -> Any:
        response = server.simulator._control(name, content)
        assert response.status == 200, response.body
        return response

    return run
