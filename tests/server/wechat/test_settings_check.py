"""The problems of [wechat] that `zhengguan server check` reports, without the secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config.errors import Problem
from config.settings.loader import read_settings
from config.settings.server import DEFAULTS, ServerSettings, server_settings
from server.payments.simulator.keys import SimulatorKeys
from server.payments.simulator.merchant import simulator_settings
from server.wechat.account import configured_account
from server.wechat.settings_check import wechat_problems

REAL = {"authorize_address": "https://open.weixin.qq.com", "api_address": "https://api.weixin.qq.com"}


@pytest.fixture
def tables(keys: SimulatorKeys) -> dict[str, Any]:
    return simulator_settings(keys.folder, "http://127.0.0.1:1")


def problems(settings: Any, tables: dict[str, Any]) -> list[str]:
    settings.APP = read_settings(ServerSettings, DEFAULTS, None, tables)
    return [str(problem) for problem in wechat_problems()]


def test_no_configuration_is_no_problem() -> None:
    assert list(wechat_problems()) == []
    assert configured_account() is None


def test_the_simulator_s_own_settings_are_complete(settings: Any, tables: dict[str, Any]) -> None:
    assert problems(settings, tables) == []
    assert settings.APP.wechat.simulated


def test_jsapi_without_an_account_is_reported(settings: Any, tables: dict[str, Any]) -> None:
    tables["wechat"] = {}
    assert any("Fill in appid, app_secret_file in [wechat]" in text for text in problems(settings, tables))


def test_half_an_account_is_reported_without_any_gateway(settings: Any) -> None:
    assert any("app_secret_file" in text for text in problems(settings, {"wechat": {"appid": "wx1"}}))


@pytest.mark.parametrize("part", ["authorize_address", "api_address"])
def test_one_address_that_is_not_wechat_s_makes_every_user_simulated(
    settings: Any, tables: dict[str, Any], part: str
) -> None:
    tables["wechat"] |= REAL | {part: "http://127.0.0.1:1"}
    problems(settings, tables)
    assert settings.APP.wechat.simulated
    tables["wechat"] |= REAL
    problems(settings, tables)
    assert not settings.APP.wechat.simulated


def test_real_and_simulated_addresses_do_not_mix(settings: Any, tables: dict[str, Any]) -> None:
    tables["wechat"] |= REAL
    found = problems(settings, tables)
    assert any("both are of one kind" in text for text in found)
    assert any("public_url with https" in text for text in found)


def test_another_appid_is_reported(settings: Any, tables: dict[str, Any]) -> None:
    tables["wechat"]["appid"] = "wx1111111111111111"
    assert any("different appids" in text for text in problems(settings, tables))


def test_the_secret_file_is_checked_without_its_content(settings: Any, tables: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "secret"
    tables["wechat"] |= {"app_secret_file": str(file)} | REAL
    assert any(str(file) in text for text in problems(settings, tables)), "absent"
    file.write_text("t0o-short")
    text = "\n".join(problems(settings, tables))
    assert "32 letters" in text
    assert "t0o-short" not in text
    file.write_text("ab" * 16 + "\n")
    for mode, is_reported in ((0o644, True), (0o640, False), (0o600, False)):
        file.chmod(mode)
        assert any("set its mode to 0600" in one for one in problems(settings, tables)) is is_reported
    settings.DATA = tmp_path
    assert any("every backup contains it" in one for one in problems(settings, tables))


@pytest.mark.parametrize("address", ["http://open.weixin.qq.com", "https://a.example/x", "", 5, None, "javascript:1"])
def test_an_address_without_encryption_is_refused(address: object) -> None:
    with pytest.raises(Problem, match="wechat"):
        read_settings(ServerSettings, DEFAULTS, None, {"wechat": {"authorize_address": address}})


def test_the_simulator_s_file_overrides_both_tables(keys: SimulatorKeys, tmp_path: Path) -> None:
    file = tmp_path / "payments.json"
    file.write_text(json.dumps(simulator_settings(keys.folder, "http://127.0.0.1:1")))
    read = server_settings(None, file)
    assert read.wechat.is_complete
    assert read.payments.gateways == ("wechat", "alipay")
