"""The limit of a request's body for each path."""

from __future__ import annotations

import pytest

from server.core.body_limits import MAX_PIECE_BYTES, SMALL_BODY_BYTES, Sender, body_limit_table, find_body_limit

SUBMISSION, PHOTO = 120_000_000, 40_000_000


@pytest.mark.parametrize(
    ("path", "at_least", "sender"),
    [
        ("/api/station/v1/submissions", SUBMISSION, Sender.STATION),
        ("/api/station/v1/files/" + "a" * 64, MAX_PIECE_BYTES, Sender.STATION),
        ("/remote/" + "a" * 32 + "/photo", PHOTO, Sender.PERSON),
        ("/account/card", 40_000_000, Sender.CONSENTED),
        ("/account/capture-code", 40_000_000, Sender.CONSENTED),
        ("/account/details", SMALL_BODY_BYTES, Sender.NOBODY),
        ("/roster/", 20_000_000, Sender.SIGNED_IN),
        ("/clerk/roster/", 20_000_000, Sender.SIGNED_IN),
        ("/clerk/", SMALL_BODY_BYTES, Sender.NOBODY),
        ("/api/station/v1/pair", SMALL_BODY_BYTES, Sender.NOBODY),
        ("/signin", SMALL_BODY_BYTES, Sender.NOBODY),
        ("/nothing", SMALL_BODY_BYTES, Sender.NOBODY),
        ("", SMALL_BODY_BYTES, Sender.NOBODY),
        ("*", SMALL_BODY_BYTES, Sender.NOBODY),
        ("//api/station/v1/submissions", SMALL_BODY_BYTES, Sender.NOBODY),
    ],
)
def test_only_known_senders_may_send_large_bodies_and_only_to_their_paths(
    path: str, at_least: int, sender: Sender
) -> None:
    limit = find_body_limit(path, body_limit_table(SUBMISSION, PHOTO))
    assert limit.sender is sender
    assert at_least <= limit.max_bytes <= at_least + SMALL_BODY_BYTES
