"""`Headline - Section | Site` → its parts, or the headline alone.

In: a title in the head of a page, and the names of the site.
"""

from __future__ import annotations

import re

from crawler.extractors.text_key import key

SECTION = 4
"""Letters of the longest section that is cut with the site behind it, in Chinese: `Headline-Section-Site`."""
NAME = 32
"""Letters of the longest name of a publication."""

_SEPARATOR = re.compile(
    r"\s+[|｜•·»›–—−-]+\s+|\s*[|｜ㅣ_＿]+\s*|\s+[:：]{2,}\s+|"
    r"(?<=[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef])[-–—]+|[-–—]+(?=[\u2e80-\u9fff])"
)
_COMMON_LABELS = frozenset(("com", "edu", "gov", "net", "news", "org", "www"))


def without_site(title: str, names: tuple[str, ...]) -> str:
    """Cut parts from the ends of a title that are the site's name, or that follow it.

    A host name among `names` also counts as what it abbreviates: `Daily Star` for dailystar.co.uk, `South China
    Morning Post` for scmp.com.
    """
    pieces = _pieces(title)
    known = {key(name) for name in names if name}
    hosts = {label for name in names if "." in name and " " not in name for label in host_labels(name)}
    cut = False
    while len(pieces) > 1:
        last, first = key(pieces[-1][1]), key(pieces[0][1])
        if (
            last in known
            or not last
            or _names_host(pieces[-1][1], hosts)
            or (cut and len(last) <= SECTION and "-" in pieces[-1][0])
        ):
            pieces.pop()
            cut = True
        elif first in known or not first:
            pieces.pop(0)
            pieces[0] = ("", pieces[0][1])
        else:
            break
    return "".join(separator + piece for separator, piece in pieces).strip()


def host_labels(host: str) -> list[str]:
    """List the labels of a host name that name the site: not the top-level domain, `www`, `news`, `com`."""
    return [label.replace("-", "") for label in host.split(".")[:-1] if len(label) > 2 and label not in _COMMON_LABELS]


def _names_host(piece: str, hosts: set[str]) -> bool:
    """Whether a host label is a part of a title written as one word, or its initials."""
    name = key(piece)
    initials = "".join(word[0] for word in re.findall(r"\w+", piece.casefold()))
    return len(name) <= NAME and any(label in name or initials == label for label in hosts)


def pieces(text: str) -> list[str]:
    """Split a title at its separators."""
    return [piece.strip() for _, piece in _pieces(text)]


def _pieces(title: str) -> list[tuple[str, str]]:
    """The parts of a title in order, each with the separator before it."""
    pieces, position, before = [], 0, ""
    for found in _SEPARATOR.finditer(title):
        if "»" in found[0] and "«" in title[position : found.start()]:  # « guillemets » around a quotation
            continue
        pieces.append((before, title[position : found.start()]))
        before, position = found[0], found.end()
    pieces.append((before, title[position:]))
    return pieces
