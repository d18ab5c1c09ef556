"""`Headline - Section | Site` → its parts, or the headline alone.

In: a title from a page's metadata, and the names of the site.
"""

from __future__ import annotations

import re

from crawler.extractors.text_key import key

SECTION = 4
"""Letters of the longest section that is cut with the site after it, in Chinese: `Headline-Section-Site`."""
NAME = 32
"""Letters of the longest name of a publication."""

_SEPARATOR = re.compile(
    r"\s+[|｜•·»›–—−-]+\s+|\s*[|｜ㅣ_＿]+\s*|\s+[:：]{2,}\s+|"
    r"(?<=[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef])[-–—]+|[-–—]+(?=[\u2e80-\u9fff])"
)
_HYPHENED = re.compile(r"(?:(?P<apart>[^\sa-zA-Z])|\S)[-–—](?P<name>[A-Z\u2e80-\uffef][^-–—]{1,30})$")
"""A name behind a bare hyphen, `apart` where no letter precedes it: `Headline-Example Times`."""
_COMMON_LABELS = frozenset(("com", "edu", "gov", "net", "news", "org", "www"))


def without_site(title: str, names: tuple[str, ...]) -> str:
    """Cut the site's name, and a section before it, from the ends of a title.

    A host name among `names` also stands for what it abbreviates: `Daily Star` for dailystar.co.uk, `South China
    Morning Post` for scmp.com.
    """
    parts = _pieces(title)
    known = {key(name) for name in names if name}
    hosts = {label for name in names if "." in name and " " not in name for label in host_labels(name)}
    cut = False
    while len(parts) > 1:
        last, first = key(parts[-1][1]), key(parts[0][1])
        if (
            last in known
            or not last
            or _names_host(parts[-1][1], hosts)
            or (cut and len(last) <= SECTION and "-" in parts[-1][0])
        ):
            parts.pop()
            cut = True
        elif first in known or not first:
            parts.pop(0)
            parts[0] = ("", parts[0][1])
        else:
            break
    slogan = next((place for place, (_, piece) in enumerate(parts) if place and key(piece) in known), len(parts))
    rest = "".join(separator + piece for separator, piece in parts[:slogan]).strip()
    hyphened = _HYPHENED.search(rest)
    is_site = hyphened and (
        key(hyphened["name"]) in known or (hyphened["apart"] and _names_host(hyphened["name"], hosts))
    )
    return rest[: hyphened.start("name")].rstrip(" -–—") if hyphened and is_site else rest


def host_labels(host: str) -> list[str]:
    """List the labels of a host name that can name the site, without the top-level domain, `www`, `news`, `com`."""
    return [label.replace("-", "") for label in host.split(".")[:-1] if len(label) > 2 and label not in _COMMON_LABELS]


def _names_host(piece: str, hosts: set[str]) -> bool:
    """Whether a part of a title, written as one word, contains a host label, or its initials are one."""
    name = key(piece)
    initials = "".join(word[0] for word in re.findall(r"\w+", piece.casefold()))
    return len(name) <= NAME and any(label in name or initials == label for label in hosts)


def pieces(text: str) -> list[str]:
    """Split a title at its separators."""
    return [piece.strip() for _, piece in _pieces(text)]


def _pieces(title: str) -> list[tuple[str, str]]:
    """Split a title into its parts, each with the separator before it."""
    parts, position, before = [], 0, ""
    for found in _SEPARATOR.finditer(title):
        if "»" in found[0] and "«" in title[position : found.start()]:  # « guillemets » around a quotation
            continue
        parts.append((before, title[position : found.start()]))
        before, position = found[0], found.end()
    parts.append((before, title[position:]))
    return parts
