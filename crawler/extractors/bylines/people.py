"""The text of a byline → names of people.

In: texts such as `By Jane Doe and John Roe, Washington`. Out: `("Jane Doe", "John Roe")`. The words at which a text is
split and cut are in languages/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from crawler.extractors.bylines.east_asian import is_chinese_pair, is_surname, korean_reporters, split_names
from crawler.extractors.languages import alternatives, known, merged
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
_AGENCIES = (
    r"(?:afp|ani|ansa|anp|apa?|associated press|belga|bloomberg|cna|čtk|dpa(?:/\w{2,4})?|efe|epd|ians|kna|"
    r"kyodo|lusa|mti|ntb|pap|pti|reuters|ritzau|sda|sid|stt|tanjug|tass|tt|upi|xinhua|yonhap)"
)
_COMMA = r"(?:[,;|｜•、，；\n]|\s[/+]\s|(?<=[\u2e80-\u9fff])[/／]|/(?=(?-i:[A-Z])|{agency}(?!\w))|\s[-–—]\s)"


@cache
def _split(language: str, *, capitals: bool) -> re.Pattern[str]:
    """Compile what is between two names on a page in a language; in `capitals`, `AND` after a comma is no name.

    `and` follows a comma in small letters only: `Jane Doe, Con Roe` names no `con`. `AND` of the page's own language
    may follow it too, but no `E`, which is an initial.
    """
    own = next((each.and_or_in for each in known() if each.code == language), ())
    words = alternatives(_ALL.and_words, own)
    loud = tuple(
        word.upper() for each in known() if each.code == (language or "en") for word in each.and_words if len(word) > 1
    )
    after_comma = words if capitals else f"(?-i:{words}|{alternatives(loud)})"
    return re.compile(
        rf"\s*{_COMMA.replace('{agency}', _AGENCIES)}\s*(?:(?:{after_comma}|[&＆+])\s+)?"
        rf"|\s+(?:{words}|[&＆+]|·)\s+|(?<=[\u2e80-\u9fff])\s*[&＆]\s*",
        re.IGNORECASE,
    )


_AND_FIRST = re.compile(rf"(?:{AND}|[&＆+])\s+(?=[^\W\d_a-z])")
"""`and`, left at the beginning of the last of several texts: `["Jane Doe", "and John Roe"]`."""
_PARTICLES = tuple(word for word in _ALL.particles if word in (*_ALL.and_words, *_ALL.and_or_in))
_DOUBLE = re.compile(
    rf"(?<=[^\W\d_]) (?P<and>{'|'.join(_PARTICLES)}) (?=[^\W\d_][\w'’-]+\s*(?:[,;|(]|$|(?:{'|'.join(_PARTICLES)})\s))",
    re.IGNORECASE,
)
"""`Jane Doe y Roe` is one name with two family names, `Jane Doe y John Roe` are two."""
_CONTACT = re.compile(r"<?(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?|(?<!\w)@\w{2,30}|<[^<>]{0,200}>|https?://\S+")
"""A mail address, the name of an account or a URL beside a name."""
_ADDRESS_FIRST = re.compile(r"\s*[\w.+-]+@[\w.-]+\s*\((?P<name>[^()@]{3,60})\)\s*")
"""A mail address and a name in brackets, as RSS 2.0 writes an author."""
_GENERATION = re.compile(r"\s*,\s*(?P<which>(?:jr|sr)\.?|(?-i:I{2,3}|IV))(?!\w)", re.IGNORECASE)
"""`Jane Doe, Jr.`"""
_CLAUSE = re.compile(
    rf"(?:\s*[;|]|\.)\s*(?={alternatives(_ALL.contributed, _ALL.credit_words, _ALL.by_verbs)}(?!\w))|"
    rf",?\s+(?={alternatives(_ALL.contributed)}(?!\w))",
    re.IGNORECASE,
)
"""Between the clauses of a byline: `By Jane Doe. Additional reporting by John Roe; editing by Ann Poe`."""
_DASH = re.compile(r"\s[-–—]\s")
_BRACKETED = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_ROLE = re.compile(
    rf"^(?:.*[\s-])?{alternatives(_ALL.roles)}\.?$|^{alternatives(_ALL.degrees)}\.?$",
    re.IGNORECASE,
)
_DEGREES = re.compile(rf"(?:\s(?!jr|sr){alternatives(_ALL.degrees)}\.?)+$", re.IGNORECASE)
"""Degrees at the end of a name, without a comma: `Jane Doe MD`."""
_FROM = re.compile(rf"\s+{alternatives(_ALL.from_words)}\s+(?=[A-Z\d]).*$")
"""`Jane Doe in London`, `John Roe for Example.com`."""
_NO_BYLINE = re.compile(rf"https?:|//|www\.|(?:{alternatives(_ALL.credit_words)}|©)(?!\w)", re.IGNORECASE)
_NOT_AUTHORS = re.compile(
    rf"\W*(?:{alternatives(_ALL.contributed)}|{alternatives(_ALL.credit_words)})(?!\w)", re.IGNORECASE
)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
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
_AGENCY = re.compile(rf"(?:the\s+)?{_AGENCIES}", re.IGNORECASE)
_ROLES_AT_NAME = tuple(map(re.compile, _ALL.role_patterns))

LONGEST = 300
"""How many characters of a byline are read."""


def people(texts: Iterable[str], publication: Iterable[str] = (), language: str = "") -> tuple[str, ...]:
    """Find the people in `texts` in order, each once; organisations and names of the publication are left out."""
    found = named(texts, publication, language)
    return tuple(name for name in found if not _ORGANISATION.search(name) and not is_agency(name))


def named(texts: Iterable[str], publication: Iterable[str] = (), language: str = "") -> tuple[str, ...]:
    """Find people and organisations in `texts` in order, each once; names of the publication are left out.

    `language` is the page's: some words are `and` there and `in` elsewhere. Of a byline with roles the reporters and
    writers count, not those who edited, contributed, translated or took the pictures.
    """
    known_names = {key(name) for name in publication}
    found: dict[str, str] = {}
    for text in texts:
        text = " ".join(text[:LONGEST].translate(_INVISIBLE).split())
        if first := _AND_FIRST.match(text):
            text = text[first.end() :]
        if not text or is_credit(text) or key(text) in known_names:
            continue
        names = [name for clause in _clauses(text) for name in _names(clause, language)]
        has_full_name = any(" " in name for name in names)
        for name in names:
            # `Jane Doe, Köln` and `Jane Doe, AFP`: beside full names a single word is a place or an agency.
            if key(name) not in known_names and not (has_full_name and " " not in name and name[0] < "\u2e80"):
                found.setdefault(key(name), name)
    return tuple(found.values())


def _clauses(text: str) -> Iterator[str]:
    """Yield the parts of a byline that name authors."""
    addressed = _ADDRESS_FIRST.fullmatch(text)
    text = addressed["name"] if addressed else _GENERATION.sub(r" \g<which>", _CONTACT.sub(" ", text))
    for clause in _CLAUSE.split(text):
        if clause and not _NOT_AUTHORS.match(clause):
            yield _PICTURED.sub("", _PICTURES.sub("", clause)).strip()


def _names(clause: str, language: str) -> Iterator[str]:
    """Yield the names in a clause of a byline, until somebody's profession."""
    if korean := korean_reporters(clause):
        pieces = list(korean)
    else:
        single = _DOUBLE.sub("\ue000\\g<and>\ue000", _BRACKETED.sub("", _before_dash(_PREFIX.sub("", clause))))
        pieces = _split(language, capitals=clause.isupper()).split(single)
    for place, piece in enumerate(pieces):
        if place and _JOB.search(piece):
            return
        yield from filter(is_name, _cleaned(piece.replace("\ue000", " ")))


def _before_dash(text: str) -> str:
    """Cut what follows a dash, a place or a publication: `Jane Doe, Example - London`."""
    before = _DASH.split(text, maxsplit=1)[0]
    return before if " " in before and is_name(_split("", capitals=False).split(before)[0]) else text


def is_name(text: str) -> bool:
    """Tell whether a text can be a person's name."""
    if not 2 <= len(text) <= 50 or len(text.split()) > 6 or _NO_NAME.search(text) or _ROLE.match(text):
        return False
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and letters * 10 >= len(text) * 6


def is_signature(text: str) -> bool:
    """Tell whether a text can sign an article, as a staff or an account does: `Example Staff`, but not `admin`."""
    return not _NO_NAME.search(text) and (" " in text or not _ROLE.match(text))


def is_credit(text: str) -> bool:
    """Tell whether a text names somebody who did not write: photographer, editor, reviewer."""
    return _NO_BYLINE.match(text) is not None


def has_roles(text: str) -> bool:
    """Tell whether a byline has a clause that says who else took part: links alone do not tell its people apart."""
    return len(text) <= LONGEST and _CLAUSE.search(text) is not None


def is_agency(name: str) -> bool:
    """Tell whether a name is that of a news agency."""
    return _AGENCY.fullmatch(name) is not None


def _cleaned(piece: str) -> tuple[str, ...]:
    """Strip labels, places and roles from a piece of a byline; several names where Chinese ones run together."""
    name = _FROM.sub("", _PREFIX.sub("", piece.strip(" :-–—·•|*“”\"'"))).strip()
    name = _DEGREES.sub("", name) if name.count(" ") > 1 else name
    name = name if _ABBREVIATED.search(name) else name.rstrip(".")
    for role in _ROLES_AT_NAME:
        name = role.sub("", name)
    if is_chinese_pair(name):
        pieces = split_names(name)
        if pieces and all(map(is_surname, pieces)):  # otherwise one Japanese name, family name first
            return pieces
    return (name,)
