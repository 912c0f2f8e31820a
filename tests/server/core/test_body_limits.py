"""Which path takes how large a body."""

from __future__ import annotations

import pytest

from server.core.body_limits import PIECE, SMALL, Sender, body_limit, body_limits

SUBMISSION = 120_000_000


@pytest.mark.parametrize(
    ("path", "at_least", "sender"),
    [
        ("/api/station/v1/submissions", SUBMISSION, Sender.STATION),
        ("/api/station/v1/files/" + "a" * 64, PIECE, Sender.STATION),
        ("/roster/", 20_000_000, Sender.SIGNED_IN),
        ("/api/station/v1/pair", SMALL, Sender.NOBODY),
        ("/signin", SMALL, Sender.NOBODY),
        ("/nothing", SMALL, Sender.NOBODY),
        ("", SMALL, Sender.NOBODY),
        ("*", SMALL, Sender.NOBODY),
        ("//api/station/v1/submissions", SMALL, Sender.NOBODY),
    ],
)
def test_only_a_known_sender_may_send_much_and_only_where_it_belongs(path: str, at_least: int, sender: Sender) -> None:
    limit = body_limit(path, body_limits(SUBMISSION))
    assert limit.sender is sender
    assert at_least <= limit.max_bytes <= at_least + SMALL
