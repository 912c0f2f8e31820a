"""A short run of every parser of bytes from outside, the same each time; `make fuzz` runs them long."""

from __future__ import annotations

import warnings
from random import Random

import pytest

from tests.fuzz.mutator import mutated
from tests.fuzz.runner import Stumbled, fuzz
from tests.fuzz.targets import TARGETS, Target

INPUTS = 300


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_parser_stumbles(target: Target) -> None:
    run = fuzz(target, seed=1, inputs=INPUTS // 10 if target.slow else INPUTS)
    assert run.inputs > len(target.seeds())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_some_seed_is_taken(target: Target) -> None:
    """Else the damage would be tried on what is refused at its first byte."""

    def taken(seed: bytes) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                target.run(seed)
            except target.allowed:
                return False
            return True

    assert any(taken(seed) for seed in target.seeds())


def test_a_parser_that_stumbles_is_found() -> None:
    """The control."""
    fragile = Target("fragile", lambda data: data.index(b"seed"), lambda: [b"a seed"])
    with pytest.raises(Stumbled) as found:
        fuzz(fragile, seed=1, inputs=1000)
    assert b"seed" not in found.value.data


def test_the_same_seed_tries_the_same_inputs() -> None:
    one, other = (Random("x"), Random("x"))
    assert [mutated([b"abc", b"defgh"], one) for _ in range(50)] == [
        mutated([b"abc", b"defgh"], other) for _ in range(50)
    ]
