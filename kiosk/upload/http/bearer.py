"""The station's token in the header of each request."""

from __future__ import annotations

import requests


class Bearer(requests.auth.AuthBase):
    """Used as `auth`, because a ~/.netrc would replace a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
