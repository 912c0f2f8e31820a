"""A short run of every parser of bytes from outside, the same each time; `make fuzz` runs them long."""

from __future__ import annotations

import warnings
from random import Random

import pytest

from tests.fuzz.mutator import mutated
from tests.fuzz.runner import UnexpectedError, fuzz
from tests.fuzz.targets import TARGETS, Target

INPUTS = 300


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_parser_raises_an_unexpected_error(target: Target) -> None:
    run = fuzz(target, seed=1, inputs=INPUTS // 10 if target.slow else INPUTS)
    assert run.inputs > len(target.seeds())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_some_seed_is_accepted(target: Target) -> None:
    """Otherwise the damaged inputs would be refused at their first byte."""

    def is_accepted(seed: bytes) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                target.run(seed)
            except target.allowed:
                return False
            return True

    assert any(is_accepted(seed) for seed in target.seeds())


def test_an_unexpected_error_is_detected() -> None:
    """The control."""
    fragile = Target("fragile", lambda data: data.index(b"seed"), lambda: [b"a seed"])
    with pytest.raises(UnexpectedError) as raised:
        fuzz(fragile, seed=1, inputs=1000)
    assert b"seed" not in raised.value.data


def test_the_same_seed_tries_the_same_inputs() -> None:
    one, other = (Random("x"), Random("x"))
    assert [mutated([b"abc", b"defgh"], one) for _ in range(50)] == [
        mutated([b"abc", b"defgh"], other) for _ in range(50)
    ]
