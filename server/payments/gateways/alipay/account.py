"""A merchant's app at Alipay, and how its messages are signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from server.payments.gateways.signing import is_signed_by, sign

SIGN_TYPE = "RSA2"


@dataclass(frozen=True)
class AlipayAccount:
    """`platform_keys`: Alipay's public keys for this app; a second one is accepted during a change of keys."""

    base_url: str
    app_id: str
    seller_id: str
    private_key: RSAPrivateKey = field(repr=False)
    platform_keys: tuple[RSAPublicKey, ...] = field(repr=False)
    simulated: bool

    def sign_parameters(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters with their signature; Alipay leaves out empty ones."""
        present = {name: value for name, value in parameters.items() if value}
        return present | {"sign": sign(self.private_key, joined(present).encode())}

    def has_signed(self, data: bytes, signature: str) -> bool:
        """Whether Alipay signed the data, with any of its keys."""
        return any(is_signed_by(key, data, signature) for key in self.platform_keys)


def joined(parameters: Mapping[str, str]) -> str:
    """Return the text that is signed: sorted by name, not URL-encoded.

    >>> joined({"b": "2", "a": "1 & 3"})
    'a=1 & 3&b=2'
    """
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
