"""`zhengguan server check` reports the problems of [payments] without any part of a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.errors import Problem
from config.settings.loader import read_settings
from config.settings.payment_gateways import check_address
from config.settings.server import DEFAULTS, ServerSettings
from server.payments.settings_check import payment_problems, simulated_gateways
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.merchant import merchant_settings


@pytest.fixture
def payments(keys: SimulatorKeys) -> dict[str, Any]:
    return merchant_settings(keys.folder, "http://127.0.0.1:1")


def problems(settings: Any, payments: dict[str, Any]) -> list[str]:
    settings.APP = read_settings(ServerSettings, DEFAULTS, None, {"payments": payments})
    return [str(problem) for problem in payment_problems()]


def test_nothing_is_configured_and_nothing_is_wrong() -> None:
    assert list(payment_problems()) == []


def test_the_simulators_own_settings_are_complete(settings: Any, payments: dict[str, Any]) -> None:
    assert problems(settings, payments) == []
    assert simulated_gateways(settings.APP.payments) == ["wechat", "alipay"]


def test_the_real_address_needs_https_here_and_the_gateways_own_keys(settings: Any, payments: dict[str, Any]) -> None:
    for section in ("wechat", "alipay"):
        del payments[section]["address"]
    found = problems(settings, payments)
    assert [text for text in found if "public_url" in text]
    assert len([text for text in found if "is a key of the payment simulator" in text]) == 3
    assert simulated_gateways(settings.APP.payments) == []


def test_missing_values_and_unusable_keys_are_named_without_their_content(
    settings: Any, payments: dict[str, Any], tmp_path: Path
) -> None:
    secret = tmp_path / "apiclient_key.pem"
    secret.write_text("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
    short = tmp_path / "v3"
    short.write_text("only-a-few-characters")
    payments["wechat"] |= {"private_key_file": str(secret), "api_v3_key_file": str(short), "mchid": ""}
    payments["alipay"] |= {"private_key_file": str(tmp_path / "absent"), "platform_key_files": []}
    text = "\n".join(problems(settings, payments))
    assert "Fill in mchid in [payments.wechat]" in text
    assert "Fill in platform_key_files in [payments.alipay]" in text
    for file in (secret, short, tmp_path / "absent"):
        assert str(file) in text
    assert "c2VjcmV0" not in text
    assert "only-a-few" not in text


def test_a_key_that_others_can_read_or_that_is_backed_up_is_reported(
    settings: Any, payments: dict[str, Any], tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(Path(payments["wechat"]["private_key_file"]).read_bytes())
    payments["wechat"] |= {"private_key_file": str(key), "address": "https://api.mch.weixin.qq.com"}
    for mode, is_reported in ((0o644, True), (0o620, True), (0o640, False), (0o600, False)):
        key.chmod(mode)
        assert any("set its mode to 0600" in text for text in problems(settings, payments)) is is_reported
    settings.DATA = tmp_path
    assert any("every backup contains it" in text for text in problems(settings, payments))


@pytest.mark.parametrize(
    "address", ["http://api.mch.weixin.qq.com", "https://a.example/v3", "ftp://127.0.0.1", "", "https://u:p@a.example"]
)
def test_an_address_that_would_send_money_in_the_clear_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="it must"):
        check_address(address)


def test_an_unknown_gateway_is_refused_with_its_key() -> None:
    with pytest.raises(Problem, match="payments"):
        read_settings(ServerSettings, DEFAULTS, None, {"payments": {"gateways": ["paypal"]}})
    assert django_settings.APP.payments.gateways == ()
