"""Bylines as Korean papers set them: the name stands before the word for reporter, `(서울=통신) 홍길동 김철수 기자 =`.

In: lines, or one text. Out: the names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_KIND = r"(?:선임|인턴|수습|전문|객원)?\s?(?:기자|특파원|논설위원|에디터)"
_REPORTER = re.compile(
    rf"(?:^|[\s=\[(/|\])])(?P<names>[가-힣]{{2,4}}(?:\s?[·,ㆍ/]\s?[가-힣]{{2,4}}){{0,3}})\s?{_KIND}(?=$|[\s=\]\)/|,])"
)
_DATELINE = re.compile(
    rf"^[\[(【][가-힣·\s]{{2,12}}=[^\])】]{{1,16}}[\])】]\s*(?P<names>[가-힣]{{2,4}}(?:[\s·,ㆍ]+[가-힣]{{2,4}}){{0,4}})\s?{_KIND}"
)
_NO_NAME = frozenset(
    ("사진", "편집", "취재", "영상", "인턴", "전문", "선임", "객원", "수습", "디지털", "온라인", "본보", "담당")
)
_PICTURES = re.compile(r"(?<![·,/])사진\s*$")
"""`사진=` alone; `글·사진=` is of the words too."""
_SHORT = 60
"""Characters in which a byline stands."""


def find(lines: Sequence[str]) -> tuple[str, ...]:
    """The authors that `lines` (the first is the headline's) name by convention; empty when none."""
    for line in lines:
        if found := _DATELINE.match(line):
            return tuple(re.split(r"[\s·,ㆍ]+", found["names"]))
        if len(line) < _SHORT and (names := reporters(line)):
            return names
    return ()


def reporters(text: str) -> tuple[str, ...]:
    """Names before the words for reporter: `홍길동·김철수 기자`; `순천, 광양 구현모 기자` has places before the name.
    Photographers are left out."""
    return tuple(
        name
        for found in _REPORTER.finditer(text)
        if not _PICTURES.search(text[: found.start()])
        for name in map(str.strip, re.split(r"[·,ㆍ/]", found["names"]))
        if name not in _NO_NAME
    )
