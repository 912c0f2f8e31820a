"""Further ways to sign in, which other packages add to the sign-in page and to the page that asks for a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest


@dataclass(frozen=True)
class SignInMethod:
    """`template` shows its button; it is shown where `is_offered`. Its own view ends with
    server.accounts.opening.sign_in_account or open_account, and redirects to after_sign_in."""

    name: str
    template: str
    is_offered: Callable[[HttpRequest], bool]


_METHODS: Final[list[SignInMethod]] = []


def register(method: SignInMethod) -> None:
    """Add a method, once; from the AppConfig.ready of its package."""
    if method not in _METHODS:
        _METHODS.append(method)


def offered_methods(request: HttpRequest) -> list[SignInMethod]:
    return [method for method in _METHODS if method.is_offered(request)]
