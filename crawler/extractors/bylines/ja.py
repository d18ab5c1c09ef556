"""Bylines as Japanese papers set them: `【山田太郎】` at the end, `取材・文／山田花子`, `山田太郎記者`.

In: the page's lines from the headline on. Out: the first names that a convention marks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_HAN = r"\u3400-\u9fff々"
_LETTERS = rf"{_HAN}ぁ-んァ-ヴー"
_PERSON = rf"[{_HAN}ァ-ヴ][{_LETTERS}]{{1,5}}(?:[\s　][{_LETTERS}]{{1,6}})?"
_PEOPLE = rf"(?P<names>{_PERSON}(?:[、,・]{_PERSON}){{0,3}})"
_WHENCE = rf"(?:[{_HAN}ァ-ヴー・]{{2,12}}[=＝]|(?:記者|編集委員|特派員)[・･\s])?"
_END = re.compile(rf"(?<=[。！？」』…])\s?[【（(\[［]\s?{_WHENCE}{_PEOPLE}\s?(?:記者|編集委員|特派員)?[】）)\]］]$")
_START = re.compile(rf"^[【（(\[［]\s?[{_HAN}ァ-ヴー・]{{2,12}}[=＝]\s?{_PEOPLE}\s?[】）)\]］]")
_LABEL = re.compile(
    rf"^(?:取材[・･]?文?|文|文責|執筆者?|ライター|聞き手|著者|筆者|構成|編集委員|記者)\s?[:：/／=＝・･●◎]\s?"
    rf"(?P<names>[{_LETTERS}\s　、,・]{{2,30}})(?:[／/].{{2,20}})?$"
)
_REPORTER = re.compile(
    rf"^(?:[{_HAN}]{{1,8}}[部局班]\s?[・･　\s])?(?P<names>[{_HAN}]{{2,6}}(?:[\s　][{_HAN}ぁ-ん]{{1,4}})?)\s?記者$"
)
_OUTLET = re.compile(rf"^[\[［【]\s?{_PEOPLE}[，、,]\s?[A-Za-z][\w .]{{1,20}}\s?[\]］】]$")
"""`[山田太郎，Example]`: the publication beside the name."""
_NO_NAME = re.compile(
    r"写真|撮影|提供|共同|時事|ロイター|AFP|続く|つづく|終わ|おわり|敬称|以上|関連|引用|編集|本紙|毎日|読売|朝日|産経|日経|"
    r"聞き手$|一部|画像|映像|無料|編$|注.?$|下$|上$|中$|完$"
)
_SHORT = 60
"""Characters of a line that is nothing but a byline."""


def find(lines: Sequence[str]) -> tuple[str, ...]:
    """The authors that `lines` (the first is the headline's) name by convention; empty when none."""
    for line in lines:
        for pattern in (_LABEL, _REPORTER, _OUTLET):
            if len(line) < _SHORT and (found := pattern.search(line)):
                return _split(found["names"])
    for place, line in enumerate(lines):
        if place and (found := _START.search(line)) and not _NO_NAME.search(found["names"]):
            return _split(found["names"])
        found = _END.search(line) if place > 1 else None
        if found and not _NO_NAME.search(found["names"]):
            return _split(found["names"])
    return ()


def _split(names: str) -> tuple[str, ...]:
    """`山田太郎、鈴木花子`; without the word for reporter that pieces may end with."""
    pieces = (re.sub(r"\s?(?:記者|編集委員|特派員)$", "", name.strip()) for name in re.split(r"[、,]", names))
    return tuple(filter(None, pieces))
