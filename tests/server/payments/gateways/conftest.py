"""Both gateways, and the simulator that they call over a real socket. Nothing here uses the database."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings.payment_gateways import AlipaySettings, WeChatPaySettings
from server.payments.gateways.alipay.account import AlipayAccount
from server.payments.gateways.alipay.gateway import AlipayGateway
from server.payments.gateways.base import Gateway, Product, StartRequest
from server.payments.gateways.configured import alipay_gateway, wechat_gateway
from server.payments.gateways.wechat.account import WeChatAccount
from server.payments.gateways.wechat.gateway import WeChatGateway
from server.payments.simulator.http_server import SimulatorServer, create_server, run_in_thread
from server.payments.simulator.keys import SimulatorKeys, simulator_keys
from server.payments.simulator.merchant import merchant_settings

NAMES = ("wechat", "alipay")
QR_CODE = {"wechat": Product.NATIVE, "alipay": Product.PRECREATE}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def simulator_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulator")


@pytest.fixture(scope="session")
def keys(simulator_folder: Path) -> SimulatorKeys:
    return simulator_keys(simulator_folder)


@pytest.fixture(scope="session")
def accounts(keys: SimulatorKeys) -> tuple[WeChatAccount, AlipayAccount]:
    """Accounts read once, because reading a private key takes 0.1 s; only the address differs from test to test."""
    payments = merchant_settings(keys.folder, "http://127.0.0.1:1")
    wechat = wechat_gateway(WeChatPaySettings.model_validate(payments["wechat"]))
    alipay = alipay_gateway(AlipaySettings.model_validate(payments["alipay"]))
    return wechat._account, alipay._account


@pytest.fixture
def server(keys: SimulatorKeys) -> Iterator[SimulatorServer]:
    """A new simulator whose time moves only by `advance`."""
    server = create_server(keys, "127.0.0.1", 0, speed=0)
    run_in_thread(server)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateways(server: SimulatorServer, accounts: tuple[WeChatAccount, AlipayAccount]) -> dict[str, Gateway]:
    wechat, alipay = (replace(account, base_url=server.url) for account in accounts)
    return {
        "wechat": WeChatGateway(wechat, frozenset({Product.NATIVE, Product.JSAPI, Product.H5})),
        "alipay": AlipayGateway(alipay, frozenset({Product.PRECREATE, Product.WAP, Product.PAGE})),
    }


@pytest.fixture(params=NAMES)
def gateway(request: pytest.FixtureRequest, gateways: dict[str, Gateway]) -> Gateway:
    """Each of the two gateways: a test with this fixture runs on both."""
    return gateways[request.param]


@pytest.fixture
def new_request(gateway: Gateway) -> Callable[..., StartRequest]:
    def make(**changes: object) -> StartRequest:
        values = {
            "number": f"T{next(_numbers):011d}",
            "product": QR_CODE[gateway.name],
            "amount_fen": 1550,
            "description": "毕业生图像采集 & portrait",
            "notify_url": "http://127.0.0.1:9/notifications",
            "expires_at": datetime.now(UTC) + timedelta(minutes=30),
        }
        return StartRequest(**values | changes)  # type: ignore[arg-type]

    return make
