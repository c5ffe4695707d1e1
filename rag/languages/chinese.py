"""Chinese in one form for search: simplified characters, by OpenCC's table, and numerals as numbers, by cn2an."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from rag.languages.zh.words import MEASURES

_FIRST, _LAST = 0x3400, 0x9FFF  # Unicode's blocks of Chinese characters in common use
_LONGEST: Final = 16  # characters of a numeral
_NUMERAL: Final = re.compile(
    rf"(?<![〇零一二两三四五六七八九十百千万亿])(?:[〇零一二两三四五六七八九十百千万亿]{{2,{_LONGEST}}}|[一二两三四五六七八九十](?=[{MEASURES}]))"
)


def simplified(text: str) -> str:
    """Character for character, so that positions stay: what has a simplified form takes it.

    >>> simplified("退貨與運費")
    '退货与运费'
    """
    return text.translate(_table())


def numbers(text: str) -> Iterator[str]:
    """The numerals of a text in simplified characters, in figures. One character is a numeral before a measure word only.

    >>> list(numbers("三十天内退货，满两百元包邮，一般五天"))
    ['30', '200', '5']
    """
    import cn2an

    for numeral in _NUMERAL.findall(text):
        try:
            yield str(cn2an.cn2an(numeral, "smart"))
        except (ValueError, KeyError):  # characters of numerals that make none: 千万 as "by no means"; and 一亿二, said short
            continue


@cache
def _table() -> dict[int, str]:
    from opencc import OpenCC

    every = [chr(code) for code in range(_FIRST, _LAST + 1)]
    plain = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {ord(one): other for one, other in zip(every, plain, strict=True) if one != other and len(other) == 1}
