"""Authors that Chinese, Japanese and Korean papers name in the text itself, in words and brackets.

In: the page's lines from the headline on. Out: the first names that a convention of the language marks. Editors,
photographers and sources are never authors. The words are in languages/zh.py, ja.py and ko.py; this file combines them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from crawler.extractors.languages import alternatives, ja, ko, zh

_ZH, _JA, _KO = zh.LANGUAGE.east_asian, ja.LANGUAGE.east_asian, ko.LANGUAGE.east_asian
_SHORT = 60
"""Characters of the longest Japanese or Korean line that holds only a byline."""

# Chinese, of the mainland and of Taiwan

HAN = r"\u3400-\u9fff"
_NAME = rf"[{HAN}](?:[{HAN}]|[·・•][{HAN}]){{1,9}}"
_NAMES = rf"(?P<names>[{HAN}][{HAN}·・•、，,&/／\s]{{1,60}})"
"""Names and separators for `split_names`; one character class, because alternatives would backtrack without end."""
_REPORTERS = alternatives(_ZH.reporters)
_REPORTER = alternatives(_ZH.plain_reporter)
# \u4e28 is a character that papers set as a bar.
_AUTHOR = alternatives(_ZH.author)
_TEXT_WORD = alternatives(_ZH.text)
_PICTURE = alternatives(_ZH.pictures)
_WRITERS = alternatives(_ZH.writers_inside, _ZH.writers)
_TEXT = rf"{_TEXT_WORD}(?:\s?[/／、]\s?{_PICTURE})?(?=\s?[/／\u4e28｜：:\s])"
_OTHERS = alternatives(_ZH.others)
"""Roles of people who are not authors."""
_NAMES_OTHERS = re.compile(rf"[{HAN}]{{0,4}}?{_OTHERS}")
_OTHERS_AFTER = re.compile(
    rf"{_NAME}\s?[/／]\s?(?!{_TEXT_WORD})[{HAN}]{{0,4}}{alternatives(_ZH.others, _ZH.others_after)}"
)
"""In Taiwan the role follows the name: `NAME／photo`."""
_ROLE = re.compile(
    rf"(?:(?<![{HAN}])[{HAN}]{{0,8}}?)?{alternatives(_ZH.reporters, _ZH.writers_inside)}\s?[:：/／|\u4e28｜]?\s?"
)
_OUTLET = rf"(?:《[^》]{{1,12}}》)?(?:[{HAN}]{{0,10}}?{_REPORTERS}\s?)?"
_LABEL = re.compile(
    rf"^[□■●◎◆▲○\s\[【（(《\u3000]*(?:《\w+》)?(?:[\w·《》\s-]{{0,16}}?{_REPORTERS}|{_WRITERS}|{_TEXT})"
    rf"\s?(?P<mark>[:：/／\u4e28|｜＊*】\]]|\s|(?=[{HAN}]))\s?{_OUTLET}{_NAMES}(?P<rest>.*)$"
)
_LABEL_INSIDE = re.compile(
    rf"(?:{alternatives(_ZH.writers_inside)}|{_REPORTER}|(?<![{HAN}]){_TEXT_WORD})\s?[:：/／\u4e28|｜]\s?{_NAMES}|"
    rf"(?:^|[|｜\s]){_AUTHOR}[,，]?\s?(?P<last>{_NAME})$"
)
_REPORTS = re.compile(
    rf"(?:^|\s)[{HAN}]{{0,8}}{_REPORTER}\s?{_NAMES}\s?[/／]\s?[{HAN}]{{2,8}}{alternatives(_ZH.reports)}"
)
_NICKNAME = re.compile(rf"(?:^|[\s|｜]){_AUTHOR}\s?[:：]\s?(?P<names>[A-Za-z][\w.-]{{2,24}})(?=$|[\s|｜])")
_PEN_NAME = re.compile(rf"{_AUTHOR}\s?[:：]\s?(?P<names>[{HAN}][{HAN}\w&.-]{{1,11}})")
"""A nickname that is a whole line with its label; it can hold any character that elsewhere separates names."""
_LABEL_AFTER = re.compile(
    rf"{_REPORTER}\s?(?P<names>{_NAME}(?:[、\s]{_NAME})*?)\s?[/／]\s?{_TEXT_WORD}|"
    rf"{_ZH.posted_by[0]}\s?(?P<poster>{_NAME})\s?{_ZH.posted_by[1]}"
)
_BEFORE_SOURCE = re.compile(rf"[\[【（(]\s?(?P<names>{_NAME})\s?[\]】）)]\W{{0,3}}{alternatives(_ZH.source)}")
_EDITOR = re.compile(rf"{alternatives(_ZH.editors)}\s?[:：\u4e28｜/／]?\s?{_NAMES}")
_BRACKETS = re.compile(
    rf"[（(【〔\[]\s?(?:[\w·\s-]{{0,14}}?{alternatives(_ZH.reporters, _ZH.author)}|{_TEXT_WORD}\s?[/／]?\s?{_PICTURE}?)"
    r"\s?[:：/／]?\s?(?P<inside>[^（()）【】〔〕\[\]。]{2,60})[)）】〕\]]"
)
_END = re.compile(
    rf"(?:^|[。！？!?”…」])\s?[（(【]\s?{_NAMES}(?P<place>\s?[{HAN}]{{2,4}}{alternatives(_ZH.reports)})?\s?[)）】]$"
)
_IS = re.compile(rf"(?<=[{HAN}]){alternatives(_ZH.is_words)}[{HAN}]{{4,}}.*$")
"""The clause after a name that says who the author is."""
_GLUED = re.compile(rf"^(?P<name>[{HAN}]{{2,4}}?){alternatives(_ZH.places)}")
"""A name followed without a space by the place of the report or an employer."""
_NOT_BYLINE_END = re.compile(rf"(?:{alternatives(_ZH.others_after, _ZH.pictures)}|[。？?])$")
_NO_NAME = re.compile(rf"{alternatives(_ZH.not_names)}|^{alternatives(_ZH.places)}$")
_REPORTS_FROM = re.compile(rf"{_ZH.reports_from}[{HAN}]+")
_BETWEEN = re.compile(rf"[\s\u3000、,，;；/／&{_ZH.and_signs}\d]+")
_SPACED = re.compile(rf"(?<![{HAN}])[{HAN}](?:\s[{HAN}])+(?![{HAN}])")
_HAN_ONLY = re.compile(rf"[{HAN}\s]+")
_A_REPORTER = re.compile(_REPORTER)
_LINES_OF_HEAD = 14
"""How many lines after the headline can have a byline without brackets; further down it is part of the text."""


def chinese(lines: Sequence[str]) -> tuple[str, ...]:
    """Find the authors that Chinese lines (the first is the headline's) name by convention; empty when none."""
    edited = editors(lines)
    for convention in (_labelled, _bracketed, _introduced, _signed):
        for place, line in enumerate(lines):
            names = convention(line, in_head=place <= _LINES_OF_HEAD, in_text=place > 1)
            if names and not edited.issuperset(names):
                if convention is _introduced:
                    names = (*names, *_continued(lines[place + 1 : place + 3]))
                return tuple(dict.fromkeys(names))
    return _below_title(lines)


def _below_title(lines: Sequence[str]) -> tuple[str, ...]:
    """Names that are a whole line right below the headline; two characters alone are rather a label."""
    for line in lines[1:4]:
        names = split_names(line) if len(line) <= _SHORT and _HAN_ONLY.fullmatch(_BETWEEN.sub("", line)) else ()
        if names and sum(map(len, names)) > 2 and all(is_surname(name) and len(name) <= 3 for name in names):
            return names if "".join(names) == _BETWEEN.sub("", line) else ()
    return ()


def editors(lines: Sequence[str]) -> frozenset[str]:
    """Collect the people whom Chinese lines name as editors."""
    return frozenset(name for line in lines for found in _EDITOR.finditer(line) for name in split_names(found["names"]))


def split_names(text: str) -> tuple[str, ...]:
    """Split a text into Chinese names at spaces, commas and roles; places are dropped."""
    text = _SPACED.sub(_closed, _ROLE.sub(" ", _REPORTS_FROM.sub(" ", text)).strip())
    pieces = (piece.strip("·・ ") for piece in _BETWEEN.split(text))
    return tuple(dict.fromkeys(name for piece in pieces if _is_name(name := _unglued(piece))))


def _closed(found: re.Match[str]) -> str:
    """Close names of two characters that are set with a space inside: the first of an odd number is a label."""
    signs = found[0].split()
    odd = len(signs) % 2
    pairs = ("".join(signs[place : place + 2]) for place in range(odd, len(signs), 2))
    return " ".join([*signs[:odd], *pairs])


def is_chinese_pair(text: str) -> bool:
    """Tell whether a text in Chinese characters may hold several names: it has a space or a word for reporter."""
    return _HAN_ONLY.fullmatch(text) is not None and (" " in text or _A_REPORTER.search(text) is not None)


def is_surname(text: str) -> bool:
    """Tell whether a Chinese name begins with a family name."""
    return text[:1] in _SURNAMES or text.startswith(_ZH.compound_surnames)


_SURNAMES = frozenset(_ZH.surnames)


def _is_name(text: str) -> bool:
    """Whether a text is a Chinese name: two to five characters, or more with the dot of a foreign name."""
    return bool(re.fullmatch(rf"[{HAN}]{{2,5}}|[{HAN}]+[·・•][{HAN}·・•]+", text)) and not _NO_NAME.search(text)


def _unglued(piece: str) -> str:
    """Cut a place or an employer from the end of a name."""
    found = _GLUED.match(piece) if len(piece) > 3 and is_surname(piece) else None
    return found["name"] if found else piece


def _continued(lines: Sequence[str]) -> Iterator[str]:
    """Yield the names in further bylines right below one: some papers print one line per reporter."""
    for line in lines:
        names = _introduced(line)
        if not names:
            return
        yield from names


def _labelled(line: str, *, in_head: bool, **_: bool) -> tuple[str, ...]:
    """Names with a label and a mark such as a colon; near the headline also within a line."""
    if len(line) > 90:
        return ()
    line = _without_roles_after(line)
    found = _LABEL.match(line)
    if found and found["mark"].strip():
        names = split_names(_without_others(found["names"] + found["rest"]))
        return names if names and all(map(is_surname, names)) else _pen_name(line) or names
    if found := _LABEL_AFTER.search(line):
        return split_names(found["names"] or found["poster"])
    if found := _NICKNAME.search(line):
        return (found["names"],)
    if not in_head:
        return ()
    for pattern in (_LABEL_INSIDE, _REPORTS, _BEFORE_SOURCE):
        if found := pattern.search(line):
            groups = found.groupdict()
            return split_names(_without_others(groups["names"] or groups.get("last") or ""))
    return ()


def _pen_name(line: str) -> tuple[str, ...]:
    """A nickname behind a label, on a line of its own."""
    found = _PEN_NAME.fullmatch(line)
    return (found["names"],) if found and not (_NO_NAME.search(found["names"]) or _ROLE.search(found["names"])) else ()


def _introduced(line: str, **_: bool) -> tuple[str, ...]:
    """Names after a word for reporter, without a colon, on a line of their own."""
    line = _without_roles_after(line)
    found = _LABEL.match(line) if len(line) <= 40 else None
    if not found or found["mark"].strip() or len(found["rest"]) > 12 or _NOT_BYLINE_END.search(line):
        return ()
    return split_names(_without_others(found["names"] + found["rest"]))


def _without_roles_after(line: str) -> str:
    """Cut people who are not authors out of a line: `NAME／photo`."""
    return _OTHERS_AFTER.sub(" ", line) if "/" in line or "／" in line else line


def _without_others(text: str) -> str:
    """Cut a text before the first role that is not an author's."""
    found = _NAMES_OTHERS.search(text)
    return text[: found.start()] if found else text


def _bracketed(line: str, **_: bool) -> tuple[str, ...]:
    """Names with a label, both in brackets."""
    for found in _BRACKETS.finditer(line):
        names = split_names(_without_others(_IS.sub("", found["inside"])))
        if names:
            return names
    return ()


def _signed(line: str, *, in_text: bool, **_: bool) -> tuple[str, ...]:
    """Names alone in brackets after the last sentence of a line."""
    found = _END.search(line)
    if not found or not in_text:
        return ()
    names = split_names(found["names"])
    return names if names and all(is_surname(name) and len(name) <= 4 for name in names) else ()


# Japanese: a name in brackets at the end, `label／name`, a name before the word for reporter

_JA_HAN = rf"{HAN}\u3005"
_KANA = r"\u3041-\u3093\u30a1-\u30f4\u30fc"
_KATAKANA = r"\u30a1-\u30f4\u30fc"
_PERSON = rf"[{_JA_HAN}\u30a1-\u30f4][{_JA_HAN}{_KANA}]{{1,5}}(?:[\s\u3000][{_JA_HAN}{_KANA}]{{1,6}})?"
_PEOPLE = rf"(?P<names>{_PERSON}(?:[、,・]{_PERSON}){{0,3}})"
_JA_REPORTERS = alternatives(_JA.reporters)
_PLACE_OR_ROLE = rf"(?:[{_JA_HAN}{_KATAKANA}・]{{2,12}}[=＝]|(?:{_JA_REPORTERS}[・･\s])?)"
_JA_END = re.compile(rf"(?<=[。！？」』…])\s?[【（(\[［]\s?{_PLACE_OR_ROLE}{_PEOPLE}\s?{_JA_REPORTERS}?[】）)\]］]$")
_JA_START = re.compile(rf"^[【（(\[［]\s?[{_JA_HAN}{_KATAKANA}・]{{2,12}}[=＝]\s?{_PEOPLE}\s?[】）)\]］]")
_JA_LABEL = re.compile(
    rf"^{alternatives(_JA.writers)}\s?[:：/／=＝・･●◎]\s?"
    rf"(?P<names>[{_JA_HAN}{_KANA}\s\u3000、,・]{{2,30}})(?:[／/].{{2,20}})?$"
)
_JA_REPORTER = re.compile(
    rf"^(?:[{_JA_HAN}]{{1,8}}[{_JA.desks}]\s?[・･\u3000\s])?"
    rf"(?P<names>[{_JA_HAN}]{{2,6}}(?:[\s\u3000][{_JA_HAN}\u3041-\u3093]{{1,4}})?)\s?{alternatives(_JA.plain_reporter)}$"
)
_JA_OUTLET = re.compile(rf"^[\[［【]\s?{_PEOPLE}[，、,]\s?[A-Za-z][\w .]{{1,20}}\s?[\]］】]$")
"""`[NAME，Example]`: the publication beside the name."""
_JA_NO_NAME = re.compile(alternatives(_JA.not_names))
_JA_ROLE = re.compile(rf"\s?{_JA_REPORTERS}$")


def japanese(lines: Sequence[str]) -> tuple[str, ...]:
    """Find the authors that Japanese lines (the first is the headline's) name by convention; empty when none."""
    for line in lines:
        for pattern in (_JA_LABEL, _JA_REPORTER, _JA_OUTLET):
            if len(line) < _SHORT and (found := pattern.search(line)):
                return _japanese_names(found["names"])
    for place, line in enumerate(lines):
        for pattern, first in ((_JA_START, 1), (_JA_END, 2)):
            found = pattern.search(line) if place >= first else None
            if found and not _JA_NO_NAME.search(found["names"]):
                return _japanese_names(found["names"])
    return ()


def _japanese_names(names: str) -> tuple[str, ...]:
    """Split names at commas and drop the word for reporter at their ends."""
    pieces = (_JA_ROLE.sub("", name.strip()) for name in re.split(r"[、,]", names))
    return tuple(filter(None, pieces))


# Korean: the name precedes the word for reporter, `(PLACE=AGENCY) NAME NAME reporter =`

_HANGUL = r"\uac00-\ud7a3"
_KIND = rf"{alternatives(_KO.reporter_kinds)}?\s?{alternatives(_KO.reporters)}"
_KO_REPORTER = re.compile(
    rf"(?:^|[\s=\[(/|\])])(?P<names>[{_HANGUL}]{{2,4}}(?:\s?[·,ㆍ/]\s?[{_HANGUL}]{{2,4}}){{0,3}})\s?{_KIND}(?=$|[\s=\]\)/|,])"
)
_DATELINE = re.compile(
    rf"^[\[(【][{_HANGUL}·\s]{{2,12}}=[^\])】]{{1,16}}[\])】]\s*"
    rf"(?P<names>[{_HANGUL}]{{2,4}}(?:[\s·,ㆍ]+[{_HANGUL}]{{2,4}}){{0,4}})\s?{_KIND}"
)
_PICTURES = re.compile(rf"(?<![·,/]){alternatives(_KO.pictures)}\s*$")
"""The word for pictures alone; after `text·pictures=` the author is named."""


def korean(lines: Sequence[str]) -> tuple[str, ...]:
    """Find the authors that Korean lines (the first is the headline's) name by convention; empty when none."""
    for line in lines:
        if found := _DATELINE.match(line):
            return tuple(re.split(r"[\s·,ㆍ]+", found["names"]))
        if len(line) < _SHORT and (names := korean_reporters(line)):
            return names
    return ()


def korean_reporters(text: str) -> tuple[str, ...]:
    """Find the names before the words for reporter, without photographers and places."""
    return tuple(
        name
        for found in _KO_REPORTER.finditer(text)
        if not _PICTURES.search(text[: found.start()])
        for name in map(str.strip, re.split(r"[·,ㆍ/]", found["names"]))
        if name not in _KO.not_names
    )


CONVENTIONS: dict[str, Callable[[Sequence[str]], tuple[str, ...]]] = {
    "ja": japanese,
    "ko": korean,
    "zh": chinese,
}
"""Code of a language → the function that reads its lines."""
