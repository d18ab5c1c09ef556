"""The text of a byline → names of people.

In: texts such as `By Jane Doe and John Roe, Washington`. Out: `("Jane Doe", "John Roe")`. The words at which a text is
split and cut are in languages/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile

from crawler.extractors.bylines.east_asian import is_chinese_pair, is_surname, korean_reporters, split_names
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.text_key import key

_ALL = merged()
BY = alternatives(_ALL.by)
KIND = rf"(?:{alternatives(_ALL.articles)}\s+)?(?:{alternatives(_ALL.text_kinds)}\s+)?"
"""The kind of text, before `by`: `an analysis by …`."""
REPORTED = alternatives(_ALL.reported_by)
AND = alternatives(_ALL.and_words)
_VERBS = alternatives(_ALL.by_verbs, _ALL.by_verbs_in_byline)
_LABELS = alternatives(_ALL.author_labels, _ALL.author_labels_with_colon, _ALL.author_labels_in_byline)
_PREFIX = re.compile(
    rf"^{KIND}"
    rf"(?:(?:{_VERBS}\s+)?{alternatives(_ALL.by_glued)}(?:\s*:|\s+|(?=(?-i:[A-Z][a-z])))|"
    rf"{REPORTED}\s+|"
    rf"(?:{_VERBS}\s+)?{alternatives(_ALL.by, _ALL.by_or_of)}(?:\s*:\s*|\s+)|"
    rf"{_LABELS}\s*:?\s+|"
    rf"{alternatives(_ALL.author_labels_joined)}\s*[:：/／|｜●◎]?\s*)",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|｜•、，；\n]|\s/\s|(?<=[\u2e80-\u9fff])[/／]|/(?=(?-i:[A-Z]))|\s[-–—]\s)\s*"
    rf"|\s+(?:{AND}|&|·)\s+|(?<=[\u2e80-\u9fff])\s*&\s*",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s[-–—]\s")
_BRACKETED = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_ROLE = re.compile(
    rf"^(?:.*[\s-])?{alternatives(_ALL.roles)}\.?$|^{alternatives(_ALL.degrees)}\.?$",
    re.IGNORECASE,
)
_FROM = re.compile(rf"\s+{alternatives(_ALL.from_words)}\s+(?=[A-Z\d]).*$")
"""`Jane Doe in London`, `John Roe for Example.com`."""
_NO_BYLINE = re.compile(rf"https?:|//|www\.|(?:{alternatives(_ALL.credit_words)}|©)(?!\w)", re.IGNORECASE)
_NO_NAME = re.compile(
    r"https?:|www\.|[@©<>(){}（）\[\]=#【】《》。！？]|\.(?:com|de|net|org|cn)$|\d.*[\s.]|[\s.].*\d|"
    rf"^{alternatives(_ALL.not_names)}$|{alternatives(_ALL.not_in_names)}",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    rf"\b(?:{alternatives(_ALL.organisations)}|"
    r"reuters|afp|dpa|apa|sda|sid|ap|ansa|efe|tass|ntb|tt|ritzau|belga|bloomberg)\b|\.[a-z]{2,3}$",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"(?:\b[A-Z]|Jr|Sr)\.$")
_PICTURE = alternatives(_ALL.picture_words)
_PICTURES = re.compile(rf"[\s,;|/–-]+(?:(?:with\s+)?{_PICTURE}(?:\s*:|\s+{BY}\s)).*$", re.IGNORECASE)
"""The credit of the pictures, after the author: `Jane Doe, photos by John Roe`."""
_PICTURED = re.compile(
    rf"(?:[,;&/]|\s{alternatives(_ALL.and_words, _ALL.and_or_in)}\s)\s*[^,;&/()]{{3,40}}\({_PICTURE}\w*\)",
    re.IGNORECASE,
)
"""A photographer after the author: `Jane Doe and John Roe (photos)`."""
_JOB = re.compile(rf"\b{alternatives(_ALL.jobs)}\b", re.IGNORECASE)
"""`Jane Doe, Vice President, Example Division`: no names follow."""
_AGENCY = re.compile(
    r"(?:the\s+)?(?:afp|ani|ansa|anp|apa?|associated press|belga|bloomberg|cna|čtk|dpa(?:/\w{2,4})?|efe|epd|ians|kna|"
    r"kyodo|lusa|mti|ntb|pap|pti|reuters|ritzau|sda|sid|stt|tanjug|tass|tt|upi|xinhua|yonhap)",
    re.IGNORECASE,
)
_ROLES_AT_NAME = tuple(map(re.compile, _ALL.role_patterns))

LONGEST = 300
"""How many characters of a byline are read."""


def people(texts: Iterable[str], publication: Iterable[str] = ()) -> tuple[str, ...]:
    """Find the people in `texts` in order, each once; organisations and names of the publication are left out."""
    return tuple(name for name in named(texts, publication) if not _ORGANISATION.search(name) and not is_agency(name))


def named(texts: Iterable[str], publication: Iterable[str] = ()) -> tuple[str, ...]:
    """Find people and organisations in `texts` in order, each once; names of the publication are left out."""
    known = {key(name) for name in publication}
    found: dict[str, str] = {}
    for text in texts:
        text = " ".join(text[:LONGEST].replace("\u200b", "").split())
        if not text or is_credit(text) or key(text) in known:
            continue
        text = _PICTURED.sub("", _PICTURES.sub("", text))
        pieces = korean_reporters(text) or _SPLIT.split(_BRACKETED.sub("", _before_dash(_PREFIX.sub("", text))))
        pieces = [*pieces[:1], *takewhile(lambda piece: not _JOB.search(piece), pieces[1:])]
        names = [name for piece in pieces for name in _cleaned(piece) if is_name(name)]
        has_full_name = any(" " in name for name in names)
        for name in names:
            # `Jane Doe, Köln` and `Jane Doe, AFP`: beside full names a single word is a place or an agency.
            if key(name) not in known and not (has_full_name and " " not in name and name[0] < "\u2e80"):
                found.setdefault(key(name), name)
    return tuple(found.values())


def _before_dash(text: str) -> str:
    """Cut what follows a dash, a place or a publication: `Jane Doe, Example - London`."""
    before = _DASH.split(text, maxsplit=1)[0]
    return before if " " in before and is_name(_SPLIT.split(before)[0]) else text


def is_name(text: str) -> bool:
    """Tell whether a text can be a person's name."""
    if not 2 <= len(text) <= 50 or len(text.split()) > 6 or _NO_NAME.search(text) or _ROLE.match(text):
        return False
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and letters * 10 >= len(text) * 6


def is_credit(text: str) -> bool:
    """Tell whether a text names somebody who did not write: photographer, editor, reviewer."""
    return _NO_BYLINE.match(text) is not None


def is_agency(name: str) -> bool:
    """Tell whether a name is that of a news agency."""
    return _AGENCY.fullmatch(name) is not None


def _cleaned(piece: str) -> tuple[str, ...]:
    """Strip labels, places and roles from a piece of a byline; several names where Chinese ones run together."""
    name = _FROM.sub("", _PREFIX.sub("", piece.strip(" :-–—·•|*“”\"'"))).strip()
    name = name if _ABBREVIATED.search(name) else name.rstrip(".")
    for role in _ROLES_AT_NAME:
        name = role.sub("", name)
    if is_chinese_pair(name):
        pieces = split_names(name)
        if pieces and all(map(is_surname, pieces)):  # otherwise one Japanese name, family name first
            return pieces
    return (name,)
