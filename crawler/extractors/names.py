"""A byline's text → names of people.

In: texts such as `By Jane Doe and John Roe, Washington`. Out: `("Jane Doe", "John Roe")`; nothing that is no name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_PREFIX = re.compile(
    r"^(?:(?:written|reported|posted|story|words|text|interview|published)?\s*by\b|von\b|par\b|por\b|di\b|da\b|door\b|av\b|af\b|"
    r"text|autore?s?|auteurs?|authors?|redacción|texte|作\s*者|撰\s*文|撰稿|采写|记\s*者|記\s*者|文)\s*[:：/／|｜]?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|｜•·、，；/／\n]|(?<=\s)(?:and|und|et|y|e|en|och|og|ja|with|mit|avec|con|&)(?=\s)|&)\s*", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{2,}|©|[<>{}\[\]=]|^(?:admin|administrator|editors?|staff|redaktion|redazione|redacción|redacao|newsroom|news desk|"
    r"unknown|anonymous|null|none|undefined|n/a|guest|press release|wire|editorial|webmaster|root|小编|编辑|佚名|未知|本站|网络|整理)$",
    re.IGNORECASE,
)


def people(texts: Iterable[str], portal: tuple[str, ...]) -> tuple[str, ...]:
    """The names in `texts` in order, each once; `portal` names are left out."""
    known = {_key(name) for name in portal}
    found: dict[str, str] = {}
    for text in texts:
        text = " ".join(text.replace("\u200b", "").split())
        text = _PREFIX.sub("", text)
        for piece in _SPLIT.split(text):
            name = _PREFIX.sub("", piece.strip(" .:-–—")).strip()
            if is_name(name) and _key(name) not in known:
                found.setdefault(_key(name), name)
    return tuple(found.values())


def is_name(text: str) -> bool:
    """Whether the text can be a person's name."""
    if not 2 <= len(text) <= 60 or _NO_NAME.search(text) or len(text.split()) > 6:
        return False
    return any(character.isalpha() for character in text)


def _key(name: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", name).casefold() if character.isalnum())
