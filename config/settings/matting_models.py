"""Portrait networks as data: purpose, source of the file, and input format."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import platformdirs
from pydantic import Field, ValidationError, model_validator

from config.errors import Problem
from config.settings.loader import StrictModel

SHIPPED: Final = Path(__file__).parent / "matting_models.toml"
CUSTOM_FILE_NAME: Final = "networks.toml"
"""Name of a school's own list in the models folder."""
FOLDER_VARIABLE: Final = "ZHENGGUAN_MODELS"

_Positive = Annotated[int, Field(gt=0)]
_Colour = tuple[float, float, float]
_Scale = Annotated[float, Field(gt=0)]


class Package(StrictModel):
    """Where a network's file is published: `member` of the wheel of `name` `version`, a wheel of `size` bytes."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+!_-]*$")
    member: str = Field(min_length=1)
    size: _Positive


class NetworkInput(StrictModel):
    """Input of a network: size, channel order, and value = (sRGB 0..1 - `mean`) / `scale` by channel."""

    channels: Literal["RGB", "BGR"]
    layout: Literal["NCHW", "NHWC"]
    mean: _Colour
    scale: tuple[_Scale, _Scale, _Scale]
    size_rule: Literal["fixed", "shorter_side", "reference"]
    width: _Positive | None = None
    height: _Positive | None = None
    pixels: _Positive | None = None
    multiple: _Positive = 1

    @model_validator(mode="after")
    def _check_size_rule(self) -> NetworkInput:
        fixed = self.size_rule == "fixed"
        if fixed and (self.width is None or self.height is None):
            raise ValueError("size_rule fixed needs width and height")
        if not fixed and self.pixels is None:
            raise ValueError(f"size_rule {self.size_rule} needs pixels")
        return self

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height to which a picture of `width` x `height` is scaled for the network."""
        if self.width and self.height and self.size_rule == "fixed":
            return self.width, self.height
        pixels = self.pixels or min(width, height)
        between = min(width, height) <= pixels <= max(width, height)
        new_size = self.size_rule == "reference" and between
        factor = 1.0 if new_size else pixels / min(width, height)
        return self._round_to_multiple(width * factor), self._round_to_multiple(height * factor)

    def _round_to_multiple(self, side: float) -> int:
        return max(self.multiple, int(side + 1e-6) // self.multiple * self.multiple)


class NetworkOutput(StrictModel):
    """Output of a network: 0..1, or logits that need a sigmoid."""

    activation: Literal["none", "sigmoid"] = "none"


class Network(StrictModel):
    """One network. `size` (bytes) and `sha256` identify its file, never the name alone. `method_2_input` is its input
    in recipes of method 2, where that was another."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = Field(min_length=1)
    kind: Literal["portrait_matte"]
    licence: str = Field(min_length=1)
    source: str = Field(min_length=1)
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$")
    size: _Positive
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    package: Package | None = None
    input: NetworkInput
    method_2_input: NetworkInput | None = None
    output: NetworkOutput = NetworkOutput()


class _File(StrictModel):
    network: dict[str, Network] = Field(min_length=1)


def models_folder(folder: Path | None = None) -> Path:
    """Return the folder of networks: `folder`, else ZHENGGUAN_MODELS, else this user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    return folder or (Path(named) if named else platformdirs.user_data_path("zhengguan") / "models")


def known_networks(folder: Path | None = None) -> tuple[Network, ...]:
    """Return a school's own networks (from networks.toml in the models folder), then the shipped ones.

    Raises Problem with file and key if an entry is invalid or duplicates the name or the file of another.
    """
    custom_file = models_folder(folder) / CUSTOM_FILE_NAME
    networks: list[Network] = []
    for path in [custom_file] * os.path.isfile(custom_file) + [SHIPPED]:
        for network in read_networks(path):
            _reject_duplicate(network, networks, custom_file)
            networks.append(network)
    return tuple(networks)


def read_networks(path: Path) -> tuple[Network, ...]:
    """Return the networks of one file, in its order. Raises Problem with the file and the invalid key."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem("models.unreadable", file=str(path), why=str(error)) from error
    try:
        return tuple(_File.model_validate(_with_names(content, path)).network.values())
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Problem("models.wrong", file=str(path), key=key, why=first["msg"]) from error


def _with_names(content: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """Add the NAME of every [network.NAME] as a value."""
    tables = content.get("network")
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        return content
    for name, table in tables.items():
        if "name" in table:
            raise Problem("models.wrong", file=str(path), key=f"network.{name}.name", why="the name is in the heading")
    return {**content, "network": {name: {**table, "name": name} for name, table in tables.items()}}


def _reject_duplicate(network: Network, others: list[Network], custom_file: Path) -> None:
    for other in others:
        for key in ("name", "file"):
            if getattr(other, key) == getattr(network, key):
                why = f"{getattr(other, key)!r} occurs twice"
                raise Problem("models.wrong", file=str(custom_file), key=f"network.{other.name}.{key}", why=why)
