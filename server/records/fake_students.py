"""Fictional students for the demo: common name characters, ID numbers of an area code that is not assigned."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from config.id_number import make_number

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
COMPOUND_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛")
GIVEN_NAMES: Final = (
    "子梓雨欣宇轩浩然思涵诗琪佳怡嘉文博俊杰晨曦明哲雅静晓彤志远天翔若溪安宁书瑶景行知夏清越承泽一诺可心"
)
AREA_CODE: Final = "990101"
EARLIEST_BIRTH: Final = date(2002, 9, 1)
BIRTH_DAYS: Final = 1096
CLASSES: Final = ("计算机2201", "计算机2202", "电子2201", "会计2201", "护理2201")


@dataclass(frozen=True)
class FakeStudent:
    """One fictional student."""

    name: str
    number: str = field(repr=False)
    student_no: str
    class_name: str


def fake_students(count: int, seed: int, first_no: int) -> list[FakeStudent]:
    """Return `count` students, the same for the same seed; their ID numbers are distinct and have a valid check
    digit."""
    rng = random.Random(seed)
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        numbers[_random_number(rng)] = None
    return [
        FakeStudent(_random_name(rng), number, str(first_no + place), CLASSES[place * len(CLASSES) // count])
        for place, number in enumerate(numbers)
    ]


def _random_name(rng: random.Random) -> str:
    surname = rng.choice(COMPOUND_SURNAMES) if rng.random() < 0.02 else rng.choice(SURNAMES)
    return surname + "".join(rng.sample(GIVEN_NAMES, rng.choice((1, 2, 2, 2))))


def _random_number(rng: random.Random) -> str:
    birth = EARLIEST_BIRTH + timedelta(days=rng.randrange(BIRTH_DAYS))
    return make_number(AREA_CODE, birth, rng.randrange(1000))
