from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.capture.matting.closed_form import UNKNOWN, Prior, closed_form

PERSON = np.asarray((0.25, 0.15, 0.10), np.float32)
BACKDROP = np.asarray((0.30, 0.55, 0.85), np.float32)


def ramp() -> NDArray[np.float32]:
    """A transition from backdrop to person within 12 columns, at a different place in each row."""
    y, x = np.mgrid[0:60, 0:80].astype(np.float32)
    return np.clip((x - 30 - y / 6) / 12, 0, 1)


def mix(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    share = alpha[..., None]
    return np.asarray(share * PERSON + (1 - share) * BACKDROP, np.float32)


def bands() -> NDArray[np.float64]:
    known = np.full((60, 80), UNKNOWN)
    known[:, :22], known[:, 62:] = 0, 1
    return known


def test_two_mixed_colours_are_separated_exactly() -> None:
    found = closed_form(mix(ramp()), bands())
    assert found == pytest.approx(ramp(), abs=0.02)
    assert np.abs(closed_form(mix(ramp() ** 3), bands()) - ramp()).max() > 0.2, (
        "another mixture must give another alpha"
    )


def test_known_pixels_stay_and_a_decided_picture_is_returned_as_it_is() -> None:
    known = bands()
    found = closed_form(mix(ramp()), known)
    decided = known != UNKNOWN
    assert (found[decided] == known[decided]).all()
    all_known = (known > 0.4).astype(np.float64)
    assert (closed_form(mix(ramp()), all_known) == all_known).all()


def test_only_the_surroundings_of_undecided_pixels_matter() -> None:
    wide = np.pad(mix(ramp()), ((40, 40), (50, 50), (0, 0)), mode="edge")
    known = np.pad(bands(), ((40, 40), (50, 50)), mode="edge")
    known[:40][known[:40] == UNKNOWN] = 0
    known[100:][known[100:] == UNKNOWN] = 0
    noisy = wide.copy()
    noisy[:, :60] = np.random.default_rng(0).uniform(0, 1, noisy[:, :60].shape)
    assert (closed_form(wide, known) == closed_form(noisy, known)).all()


def test_a_prior_decides_where_colours_do_not() -> None:
    flat = np.broadcast_to(PERSON, (60, 80, 3)).astype(np.float32)
    prior = (np.mgrid[0:60, 0:80][1] >= 50).astype(np.float32)
    without = closed_form(flat, bands())
    with_prior = closed_form(flat, bands(), Prior(prior, np.full((60, 80), 1.0, np.float32)))
    assert np.abs(with_prior - prior)[:, 22:62].mean() < 0.5 * np.abs(without - prior)[:, 22:62].mean()
    faint = Prior(prior, np.full((60, 80), 1e-4, np.float32))
    assert closed_form(mix(ramp()), bands(), faint) == pytest.approx(ramp(), abs=0.05), "distinct colours outweigh it"
