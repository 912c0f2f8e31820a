"""The contract of every driver of lamps, as plain checks; `Open` returns a new driver object for the lamps LAMPS."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware.lights.api import Lamp, LampLevel, Lights, LightsProblem

Open = Callable[[], Lights]

LAMPS = (
    Lamp("left", channel=1, level=0.6),
    Lamp("right", channel=5, level=0.8),
    Lamp("backdrop", channel=9, level=0.5, kelvin_channel=10, kelvin=(3000, 5000)),
)
AT_START = {"left": LampLevel(0.6), "right": LampLevel(0.8), "backdrop": LampLevel(0.5, 4000)}


def opened(new: Open) -> Lights:
    lights = new()
    lights.open()
    return lights


def opening_returns_the_lamps_and_sets_them(new: Open) -> None:
    lights = new()
    info = lights.open()
    assert info.driver
    assert info.lamps == LAMPS
    assert lights.levels() == AT_START
    lights.close()


def a_lamp_is_set_by_its_name_and_the_others_stay(new: Open) -> None:
    lights = opened(new)
    lights.set_levels({"left": LampLevel(1.0)})
    lights.set_levels({"backdrop": LampLevel(0.25, 5000), "right": LampLevel(0.0)})
    lights.set_levels({})
    assert lights.levels() == {"left": LampLevel(1.0), "right": LampLevel(0.0), "backdrop": LampLevel(0.25, 5000)}
    lights.close()


def a_level_alone_leaves_the_colour(new: Open) -> None:
    lights = opened(new)
    lights.set_levels({"backdrop": LampLevel(0.1, 3000)})
    lights.set_levels({"backdrop": LampLevel(0.2)})
    assert lights.levels()["backdrop"] == LampLevel(0.2, 3000)
    lights.close()


def an_impossible_setting_changes_nothing(new: Open) -> None:
    lights = opened(new)
    for name, level, reason in (
        ("spot", LampLevel(0.5), "unknown"),
        ("right", LampLevel(1.01), "out_of_range"),
        ("right", LampLevel(-0.01), "out_of_range"),
        ("right", LampLevel(float("nan")), "out_of_range"),
        ("right", LampLevel(0.5, 4000), "out_of_range"),
        ("backdrop", LampLevel(0.5, 2999), "out_of_range"),
    ):
        with pytest.raises(LightsProblem) as caught:
            lights.set_levels({"left": LampLevel(0.1), name: level})
        assert caught.value.reason == reason
        assert lights.levels() == AT_START
    lights.close()


def a_closed_driver_is_lost_and_a_new_one_opens(new: Open) -> None:
    unopened = new()
    unopened.close()
    lights = opened(new)
    lights.close()
    lights.close()
    for use in (lights.levels, lambda: lights.set_levels({"left": LampLevel(0.5)})):
        with pytest.raises(LightsProblem) as caught:
            use()
        assert caught.value.reason == "lost"
    again = opened(new)
    assert again.levels() == AT_START
    again.close()


CHECKS: tuple[Callable[[Open], None], ...] = (
    opening_returns_the_lamps_and_sets_them,
    a_lamp_is_set_by_its_name_and_the_others_stay,
    a_level_alone_leaves_the_colour,
    an_impossible_setting_changes_nothing,
    a_closed_driver_is_lost_and_a_new_one_opens,
)
