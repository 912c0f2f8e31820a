"""Line breaks of Chinese text: at punctuation if the lines fit, otherwise between words, into lines of similar length.

Qt breaks Chinese text between any two characters, so a line may end in the middle of a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

JOINER: Final = "\u2060"
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LAST_CHARACTERS: Final = re.compile(
    r"([\u4e00-\u9fff])([\u4e00-\u9fff])([\u4e00-\u9fff][。！？，；：、）”]*)$", re.MULTILINE
)
_MARKS: Final = "。！？，；：、…）”》 "
_PARTICLES: Final = "的了着过吧吗呢们"  # they belong to the character before them
_OPENING: Final = "（“《"
# Words that no line should cut. Longer ones first: the first match counts.
_WORDS: Final = re.compile(
    "毕业生|图像|工作人员|学籍名单|身份证|采集站|采集码|标准照|服务器|扫码器|读卡器|摄像头|二维码|管理员|学生|同学|本机|本人|证件|"
    "号码|姓名|学号|照片|相机|镜头|屏幕|画面|背景|灯光|提示|招手|确认|核对|检查|重新|自动|继续|保存|拍摄|拍照|采集|"
    "审核|结果|网络|方框|眼镜|镜片|头发|眉毛|眼睛|耳朵|下巴|肩膀|双肩|表情|颜色|外套|衣服|稍候|稍等|辛苦|一会儿|一下|"
    "一点|一张|一次|一步|可以|可能|需要|不用|不能|没有|已经|正在|还在|暂时|联系|设置|文件|之前|稍后|然后|如果|或者|"
    "帮你|你的|我们|这次|这张|[A-Za-z0-9.,:/%+×-]+"
)
# The cost of a line end: none at punctuation, low inside a phrase, high inside a word; a further line costs less.
_INSIDE_GROUP: Final = 10.0
_INSIDE_WORD: Final = 60.0
_SHORT_LAST_LINE: Final = 60.0  # fewer than three characters on the last line
_FURTHER_LINE: Final = 6.0
_UNEVEN: Final = 6.0  # times the square of the empty share of a line


def join_last_characters(text: str) -> str:
    """Keep the last three Chinese characters of a line together, so that none of them stands alone on the next.

    >>> join_last_characters("请往前挪一点") == "请往前" + "挪\u2060一\u2060点"
    True
    >>> join_last_characters("Move a little")
    'Move a little'
    """
    return _LAST_CHARACTERS.sub(JOINER.join((r"\1", r"\2", r"\3")), text)


def break_lines(text: str, width: float, max_lines: int, advance: Callable[[str], float]) -> list[str]:
    """Return the lines of `text` in `width`: at most `max_lines`, or more if the text does not fit.

    >>> break_lines("别着急，求助提示已亮起，可向工作人员招手", 16, 2, len)
    ['别着急，求助提示已亮起，', '可向工作人员招手']
    """
    lines: list[str] = []
    paragraphs = text.split("\n")
    for index, paragraph in enumerate(paragraphs):
        lines_left = max_lines - len(lines) - (len(paragraphs) - index - 1)
        lines += _break_paragraph(paragraph, width, max(1, lines_left), advance)
    return lines


def hold_lines(text: str, width: float, max_lines: int, advance: Callable[[str], float]) -> str:
    """Return `text` with joiners everywhere but at the breaks of `break_lines`, for a painter that wraps words.

    Text without Chinese characters, which breaks at its spaces, stays as it is.
    """
    if width <= 0 or not _CHINESE.search(text):
        return join_last_characters(text)
    lines = break_lines(text, width, max_lines, advance)
    return "\n".join(JOINER.join(line.rstrip()) for line in lines)


def _break_paragraph(text: str, width: float, max_lines: int, advance: Callable[[str], float]) -> list[str]:
    if advance(text) <= width or not _CHINESE.search(text):
        return [text]
    widths = tuple(advance(character) for character in text)
    ends = _best_ends(text, widths, width, max(max_lines, _fewest_lines(widths, width)))
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _fewest_lines(widths: tuple[float, ...], width: float) -> int:
    lines, used = 1, 0.0
    for character_width in widths:
        if used and used + character_width > width:
            lines, used = lines + 1, 0.0
        used += character_width
    return lines


@lru_cache(maxsize=256)
def _best_ends(text: str, widths: tuple[float, ...], width: float, max_lines: int) -> list[int]:
    """Return the ends of the lines with the lowest total cost: dynamic programming over (end, number of lines)."""
    costs = _break_costs(text)
    best: dict[tuple[int, int], tuple[float, list[int]]] = {(0, 0): (0.0, [])}
    for count in range(1, max_lines + 1):
        for start in range(len(text)):
            before = best.get((start, count - 1))
            if before is None:
                continue
            used = 0.0
            for end in range(start + 1, len(text) + 1):
                used += widths[end - 1]
                if used > width and end > start + 1:
                    break
                cost = before[0] + costs[end] + _UNEVEN * (1 - min(used, width) / width) ** 2
                if end == len(text) and count > 1 and end - start < 3:
                    cost += _SHORT_LAST_LINE
                cost += _FURTHER_LINE if count > 1 else 0.0
                if (end, count) not in best or cost < best[end, count][0]:
                    best[end, count] = (cost, [*before[1], end])
    complete = [best[len(text), count] for count in range(1, max_lines + 1) if (len(text), count) in best]
    return min(complete)[1] if complete else [len(text)]


def _break_costs(text: str) -> list[float]:
    """Return the cost of a line that ends before each character."""
    costs = [_INSIDE_GROUP] * (len(text) + 1)
    for word in _WORDS.finditer(text):
        for inside in range(word.start() + 1, word.end()):
            costs[inside] = _INSIDE_WORD
    for at in range(1, len(text)):
        if text[at] in _PARTICLES:
            costs[at] = _INSIDE_WORD
        if text[at - 1] in _MARKS or text[at] in _OPENING:
            costs[at] = 0.0
        if text[at] in _MARKS or text[at - 1] in _OPENING:  # no line begins with punctuation
            costs[at] = 10 * _INSIDE_WORD
    costs[len(text)] = 0.0
    return costs
