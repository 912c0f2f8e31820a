"""People blink every four seconds: each blink is tolerated separately."""

from __future__ import annotations

from tests.kiosk.guidance.coaching.test_coach import Session, session

__all__ = ["session"]


def test_every_blink_is_tolerated(session: Session) -> None:
    session.play(2.0)
    for _ in range(4):
        assert all(advice.ready for advice in session.play(0.2, eye_openness=0.3))
        assert all(advice.ready for advice in session.play(2.0))
