"""Students who do not exist, for the demo: common name characters, ID numbers of an area code never given out."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from config.id_number import check_character

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
COMPOUND: Final = ("欧阳", "司马", "上官", "诸葛")
GIVEN: Final = "子梓雨欣宇轩浩然思涵诗琪佳怡嘉文博俊杰晨曦明哲雅静晓彤志远天翔若溪安宁书瑶景行知夏清越承泽一诺可心"
AREA: Final = "990101"
EARLIEST: Final = date(2002, 9, 1)
BIRTH_DAYS: Final = 1096
CLASSES: Final = ("计算机2201", "计算机2202", "电子2201", "会计2201", "护理2201")


@dataclass(frozen=True)
class Invented:
    """One invented student."""

    name: str
    number: str = field(repr=False)
    student_no: str
    class_name: str


def invented_students(count: int, seed: int, first_no: int) -> list[Invented]:
    """The same `count` students for the same seed; their ID numbers differ from each other and pass the check digit."""
    chance = random.Random(seed)
    numbers: dict[str, None] = {}
    while len(numbers) < count:
        numbers[_number(chance)] = None
    return [
        Invented(_name(chance), number, str(first_no + place), CLASSES[place * len(CLASSES) // count])
        for place, number in enumerate(numbers)
    ]


def _name(chance: random.Random) -> str:
    surname = chance.choice(COMPOUND) if chance.random() < 0.02 else chance.choice(SURNAMES)
    return surname + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2, 2))))


def _number(chance: random.Random) -> str:
    birth = EARLIEST + timedelta(days=chance.randrange(BIRTH_DAYS))
    first_17 = f"{AREA}{birth:%Y%m%d}{chance.randrange(1000):03d}"
    return first_17 + check_character(first_17)
