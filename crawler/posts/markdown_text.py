"""Texts as Markdown: what is escaped in them, and which signs mark emphasis and code. Pure."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = {"strong": "**", "em": "*", "del": "~~", "code": "`"}
_SAME = {"strong": ("b", "strong"), "em": ("em", "i"), "del": ("del", "s", "strike")}
"""Elements within which there is no further emphasis of a kind."""
MARKS = {tag: (chr(0xF8F0 + 2 * n), chr(0xF8F1 + 2 * n)) for n, tag in enumerate(_SIGNS)}
"""Stand for begin and end of an element until its neighbours are known; private use, removed from the text before."""
_MARK = re.compile("[\uf8f0-\uf8f7]")
_BEGINS = {begin for begin, _end in MARKS.values()}
_TAGS = {mark: tag for tag, marks in MARKS.items() for mark in marks}
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")

_LITERAL = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|\$(?=\$)|(?<=\$)\$")
_WORD = re.compile(r"\S+")
_LINKED = {"://": "&#58;//", "www.": "www&#46;", "WWW.": "WWW&#46;", "@": "&#64;"}
"""What begins an address that generators make a link of; backslashes after it would become part of the address."""
_AS_ENTITY = re.compile("[<{}\ufffc]|&(?=#?\\w+;)")
_LINE_START = re.compile(r"([-+=>#:])|(\d{1,9})?([.)])(?=\s|$)")
_IN_URL = re.compile('[\\x00-\\x20"<>\\\\`{}|\ufffc]|&(?=#?\\w+;)')


def escaped(text: str) -> str:
    """Text in which nothing is Markdown, HTML or a template; a few characters too many are escaped, none too few."""
    text = _LITERAL.sub(r"\\\g<0>", text)
    text = _AS_ENTITY.sub(lambda m: _ENTITIES.get(m[0]) or f"&#{ord(m[0])};", text)
    return _WORD.sub(_unlinked, text) if "\\" in text and any(sign in text for sign in _LINKED) else text


def _unlinked(word: re.Match[str]) -> str:
    text = word[0]
    for sign, literal in _LINKED.items() if "\\" in text else ():
        text = text.replace(sign, literal)
    return text


_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def address(url: str) -> str:
    """A link's address, without what ends it or is a template. Jekyll's kramdown would keep the `\\` of `\\(`."""
    quoted = _IN_URL.sub(lambda m: "&amp;" if m[0] == "&" else "".join(f"%{b:02X}" for b in m[0].encode()), url)
    return quoted.replace("(", "&#40;").replace(")", "&#41;")


def lines(text: str) -> str:
    """Inline text, whose line feeds are those of `<br>`; without the spaces that would make it code."""
    kept = (line.strip(" \t") for line in text.strip(" \t\n").split("\n"))
    return "  \n".join(_LINE_START.sub(_literal_start, line, 1) if _LINE_START.match(line) else line for line in kept)


def _literal_start(found: re.Match[str]) -> str:
    sign = found[1] or found[3]
    # Hexo makes a definition list of a line that begins with a colon, escaped or not.
    return (found[2] or "") + ("&#58;" if sign == ":" else "\\" + sign)


def split(text: str) -> tuple[str, str, str]:
    """White space before a text, the text, and white space after it."""
    inner = text.strip()
    start = text.find(inner) if inner else 0
    return text[:start], inner, text[start + len(inner) :]


def marked(tag: str, text: str, parent_tags: set[str]) -> str:
    """Text between the marks of an element."""
    before, inner, after = split(text)
    if not inner or parent_tags & {"_noformat", *_SAME[tag]}:
        return text
    begin, end = MARKS[tag]
    return f"{before}{begin}{inner}{end}{after}"


def with_signs(text: str) -> str:
    """Choose the marks of emphasis: asterisks where CommonMark reads them so, else HTML, and none over a blank line.

    Beside letters without a space between words, `**「注意」**这` is no emphasis: its end is between punctuation
    and a letter (CommonMark 0.31, 6.2).
    """
    pieces = list(text)
    begun: list[int] = []
    for match in _MARK.finditer(text):
        at = match.start()
        if match[0] in _BEGINS:
            begun.append(at)
            continue
        start = begun.pop()
        tag = _TAGS[text[start]]
        if tag == "code":
            is_read = not _touches("`", text, start, at)
            if not is_read:
                pieces[start + 1 : at] = [escaped(text[start + 1 : at]), *[""] * (at - start - 2)]
        else:
            is_read = _is_read(text, start, at)
        if _BLANK_LINE.search(text, start, at):
            pieces[start] = pieces[at] = ""
        else:
            pieces[start], pieces[at] = [_SIGNS[tag]] * 2 if is_read else (f"<{tag}>", f"</{tag}>")
    return "".join(pieces)


def _is_read(text: str, start: int, end: int) -> bool:
    """Whether CommonMark takes marks at these two places for emphasis; not where they touch others."""
    if _touches("*~", text, start, end):
        return False
    before, first, last, after = _neighbours(text, start, end)
    opens = not _is_punctuation(first) or not before or before.isspace() or _is_punctuation(before)
    closes = not _is_punctuation(last) or not after or after.isspace() or _is_punctuation(after)
    return opens and closes


def _touches(signs: str, text: str, start: int, end: int) -> bool:
    """Whether one of these signs, or a mark that becomes one, is beside one of two marks."""
    return any(one and _SIGNS.get(_TAGS.get(one, ""), one)[0] in signs for one in _neighbours(text, start, end))


def _neighbours(text: str, start: int, end: int) -> tuple[str, str, str, str]:
    return text[start - 1 : start], text[start + 1], text[end - 1], text[end + 1 : end + 2]


def _is_punctuation(character: str) -> bool:
    return character in _TAGS or unicodedata.category(character)[0] in "PS"
