"""Generators of hostile markup, deterministic.

Every event handler on every element, every disguise of every URL scheme in every URL attribute, elements nested in
each other's parsing rules, and random mixtures. The canary is `alert(1)`, which a browser run replaces and counts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

_PAYLOADS = json.loads(Path(__file__).with_name("payloads.json").read_text("utf-8"))
EVENTS: tuple[str, ...] = tuple(_PAYLOADS["events"])
TAGS: tuple[str, ...] = tuple(_PAYLOADS["tags"])
CONTAINERS: tuple[str, ...] = tuple(_PAYLOADS["containers"])
"""Elements that change how their content is parsed."""
URL_ATTRIBUTES = tuple((tag, name) for tag, names in _PAYLOADS["url_attributes"].items() for name in names)
SCHEMES: tuple[str, ...] = tuple(_PAYLOADS["schemes"])
STYLES: tuple[str, ...] = tuple(_PAYLOADS["styles"])
WHOLE: tuple[str, ...] = tuple(_PAYLOADS["whole"])
"""Payloads written by hand: odd parsing rules, old and new elements, orders that no generator makes."""
PRIVATE_PICTURES: tuple[str, ...] = tuple(_PAYLOADS["private_pictures"])
"""URLs that no picture of a post may have."""
_BLANKS = ("&#1;", "&#9;", "&#10;", "&#13;", "&#12;", "&#11;", " ", "&#31;", "&nbsp;", "&#x2028;", "&#xfeff;", "&#173;")


def disguises(url: str) -> Iterator[str]:
    """Yield spellings of a URL that a browser might still read as the same one, as attribute text with entities."""
    scheme, colon, rest = url.partition(":")
    yield url
    for blank in _BLANKS:
        yield blank + url
        yield scheme[:4] + blank + scheme[4:] + colon + rest
        yield scheme + blank + colon + rest
        yield scheme + colon + blank + rest
    yield "".join(f"&#{ord(character)};" for character in url)
    yield "".join(f"&#x{ord(character):06X}" for character in scheme) + "&colon;" + rest
    yield "".join(c.upper() if place % 2 else c for place, c in enumerate(scheme)) + colon + rest
    yield "".join(chr(ord(c) + 0xFEE0) for c in scheme if c.isalpha()) + colon + rest
    yield scheme + "&Tab;" + colon + rest
    yield scheme + "&NewLine;" + colon + rest
    yield f"//{url}"
    yield f"https:{url}"
    yield f"https:/\\{url}"
    yield f"\\\\{url}"
    yield f"https://a.example@{url}"
    yield f"&amp;#106;{url[1:]}"
    yield f"%{ord(url[0]):x}{url[1:]}"
    yield f"https://a.example/{{% raw %}}{url}"


_OPENINGS = {
    "annotation-xml": "<annotation-xml encoding='text/html'>",
    "svg": "<svg><desc>",
    "math": "<math><mtext>",
    "iframe": "<iframe srcdoc='&lt;img src=x onerror=alert(1)&gt;'>",
}
BREAKERS = (
    '<img title="</{0}></{1}><img src=x onerror=alert(1)>">',
    "<!--</{0}></{1}><img src=x onerror=alert(1)>-->",
    "</{0}><img src=x onerror=alert(1)></{1}>",
    "<![CDATA[</{0}></{1}><img src=x onerror=alert(1)>]]>",
    "<style></{1}><img title='</style><img src=x onerror=alert(1)>'></style>",
    "<a href='https://a.example/'><table><a href='javascript:alert(1)'>x</{0}></{1}>",
)


def event_matrix() -> Iterator[str]:
    for number, (tag, event) in enumerate(product(TAGS, EVENTS)):
        form = number % 5
        if form == 0:
            yield f'<{tag} on{event}="alert(1)">x</{tag}>'
        elif form == 1:
            yield f"<{tag}/on{event}=alert(1) src=x href=y autofocus tabindex=0>x"
        elif form == 2:
            yield f"<{tag.upper()} ON{event.upper()}='alert(1)' style='display:block'>x</{tag.upper()}>"
        elif form == 3:
            yield f"<{tag}\ttitle=`x`\non{event}\n=\nalert(1)\x0cclass=y>x</{tag}>"
        else:
            yield f"<p><{tag} \"='x' x='\" on{event}=alert&lpar;1&rpar; /></p>"


def url_matrix() -> Iterator[str]:
    for (tag, name), url in product(URL_ATTRIBUTES, SCHEMES):
        for disguise in disguises(url):
            yield f'<{tag} {name}="{disguise.replace(chr(34), "&quot;")}">x</{tag}>'
        yield f"<{tag} {name}={url.split()[0]}>x</{tag}>"


def styles() -> Iterator[str]:
    for value in STYLES:
        yield f'<p style="{value}">x</p>'
        yield f"<p style='color:red;{value};text-align:left'>x</p>"
        yield f"<style>p{{{value}}}</style><p>x</p>"
        yield f"<svg><style>p{{{value}}}</style></svg><p>x</p>"


def nested(depth: int) -> Iterator[str]:
    """Yield elements in elements, with markup that breaks out of both when one is parsed by other rules."""
    for tags in product(CONTAINERS, repeat=depth):
        openings = "".join(_OPENINGS.get(tag, f"<{tag}>") for tag in tags)
        for breaker in BREAKERS:
            yield openings + breaker.format(tags[-1], tags[0])


def mixtures(count: int, seed: int) -> Iterator[str]:
    """Yield random sequences of start tags, end tags, attributes and text."""
    chance = random.Random(seed)
    pieces = [
        *(_OPENINGS.get(tag, f"<{tag}>") for tag in CONTAINERS),
        *(f"</{tag}>" for tag in CONTAINERS),
        *WHOLE,
        *(
            "<!--",
            "-->",
            "--!>",
            "<![CDATA[",
            "]]>",
            "<?",
            "'",
            '"',
            "`",
            ">",
            "<",
            "</",
            "&lt;",
            "&#x3c;",
            "\x00",
            "\n",
            "x",
        ),
        *("<p title='", '<img title="', "<a href='", "<img src=x onerror=alert(1)>", "<svg><style>", "<math><mglyph>"),
    ]
    for _ in range(count):
        yield "".join(chance.choices(pieces, k=chance.randint(2, 12)))
