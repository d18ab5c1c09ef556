"""HTML fragment → the same with only the elements, attributes, URLs and styles of an allow-list; a body's last step.

The output passes a second time unchanged. nh3 (ammonia, an HTML5 parser) parses the markup as browsers do; the rules on
URLs and styles are ours.
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import nh3

from crawler.errors import TooComplex
from crawler.urls.addresses import Policy, literal
from crawler.urls.host_names import with_ascii_host

# fmt: off
TAGS = frozenset({
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite",
    "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "picture",
    "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
})
# fmt: on
"""Elements that are kept: no raw-text element, no `svg` or `math` (mutation XSS), no form, frame or media element."""

# fmt: off
_DROPPED_WITH_CONTENT = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "noembed",
    "noframes", "xmp", "plaintext", "textarea", "select", "button", "option", "title", "head", "audio", "video",
    "canvas", "applet",
})
# fmt: on

ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "class", "dir", "lang", "style", "title"},
    "a": {"href"},
    "blockquote": {"cite"},
    "col": {"span", "width", "valign"},
    "colgroup": {"span", "width", "valign"},
    "del": {"datetime"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace", "referrerpolicy"},
    "ins": {"datetime"},
    "li": {"value", "type"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "table": {"border", "cellpadding", "cellspacing", "summary", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "valign", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "scope", "width", "height", "valign", "bgcolor", "nowrap"},
    "time": {"datetime"},
    "tr": {"valign", "bgcolor"},
    "ul": {"type"},
}
"""Attributes that are kept, by element. No `id` and no `name`: links within a page lead to the publisher's page, and on
the site that shows the post `config` or `cookie` would shadow variables of its scripts (DOM clobbering)."""

# fmt: off
_STYLES = frozenset({
    "background-color", "border-collapse", "color", "font-size", "font-style", "font-variant", "font-weight",
    "height", "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align",
    "white-space", "width", "word-break",
})
# fmt: on
_STYLE_VALUE = re.compile(r"[\w\s#%.,+\-]*(?:rgba?\([\d\s.,%]+\))?[\w\s#%.,+\-!]*")
_SHIFTS = ("padding", "text-indent", "letter-spacing", "vertical-align")
_FAR = re.compile(r"(?<![\d.])(?:\d{3}|\d\d(?:\.\d*)?\s*(?:r?em|ex|ch|in|cm|pc|v\w+))", re.IGNORECASE)
"""A length of hundreds of pixels, or tens of a larger unit."""
_UNSAFE_IN_URL = re.compile('[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"<>\\\\^`{|}]')
_PUBLIC = Policy()
_PRIVATE_NAMES = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
MAX_PASSES = 4
MAX_DEPTH = 256
"""Nested elements of a fragment: html5ever's time grows with the square of the depth."""
MAX_ENTITIES = 200_000
"""Entities (`&…;`) of a fragment: html5ever copies the text before each; a million in one paragraph take minutes."""
_DEPTH = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")


def sanitise(fragment: str) -> str:
    """Remove from a fragment all that the allow-list does not name.

    Raises TooComplex beyond the limits above, or when the markup still changes after MAX_PASSES.
    """
    _check_limits(fragment, MAX_DEPTH, MAX_ENTITIES)
    for _ in range(MAX_PASSES):
        cleaned = _clean(fragment)
        if cleaned == fragment:
            return cleaned
        fragment = cleaned
    # Parsers reconstruct some formatting elements over and over. None of 4,416 XSS payloads and 394 pages gets here.
    raise TooComplex("markup without a stable form")


def is_sanitised(fragment: str) -> bool:
    """Tell whether `sanitise` would return a text of unknown origin unchanged, in time linear in its length.

    html5ever compares each attribute of a tag with all before it, so its time grows with their square. The text must
    therefore consist of what the sanitiser writes: tags and attributes of the allow-list, each attribute once.
    """
    end = 0
    for token in _WRITTEN.finditer(fragment):
        if token.start() != end:
            return False
        end, name = token.end(), token["name"]
        if name and not _is_allowed_tag(name, _ATTRIBUTE_NAME.findall(token["attributes"] or "")):
            return False
    if end != len(fragment):
        return False
    try:  # the sanitiser adds `<tbody>` and `<tr>` to tables, and entities for `<` and `>`
        _check_limits(fragment, 2 * MAX_DEPTH, 2 * MAX_ENTITIES)
    except TooComplex:
        return False
    return _clean(fragment) == fragment


_WRITTEN = re.compile(r'[^<>]++|</?(?P<name>[a-z0-9]+)(?P<attributes>(?: [a-z]+="[^"]*")*+)>')
"""A piece of the sanitiser's output: a text, an end tag, or a start tag with its attributes."""
_ATTRIBUTE_NAME = re.compile(r' ([a-z]+)="[^"]*"')


def _is_allowed_tag(name: str, attributes: list[str]) -> bool:
    allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(name, set())
    return name in TAGS and len(set(attributes)) == len(attributes) and allowed.issuperset(attributes)


def _clean(fragment: str) -> str:
    cleaned = nh3.clean(
        fragment,
        tags=set(TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        strip_comments=True,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    # ammonia writes a no-break space as `&nbsp;`, and a literal `&nbsp;` as `&amp;nbsp;`.
    return cleaned.replace("&nbsp;", "\u00a0")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Return the value that an allowed attribute keeps; None removes the attribute."""
    if name in ("href", "cite"):
        mail = name == "href" and value.startswith("mailto:") and not _UNSAFE_IN_URL.search(value)
        return value if mail or is_safe_url(value) else None
    if name == "src":
        return value if is_safe_url(value) else None
    if name == "style":
        return style(value) or None
    if name == "referrerpolicy":
        return "no-referrer"
    return value


@lru_cache(maxsize=1024)
def is_safe_url(url: str) -> bool:
    """Tell whether a URL is absolute http(s) without anything that two URL parsers could read differently."""
    if not url.startswith(("http://", "https://")) or _UNSAFE_IN_URL.search(url):
        return False
    try:
        parts = urlsplit(url)
        # Browsers decode `%` in a host before they look for an IP address.
        return (
            bool(parts.hostname)
            and "%" not in parts.netloc
            and parts.username is None
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def is_public(url: str) -> bool:
    """Tell whether a URL's host can be on the public internet, by its name or address, without DNS."""
    try:  # as browsers read it: `１２７.０.０.１` and `①②⑦.0.0.1` are 127.0.0.1
        host = (urlsplit(with_ascii_host(url)).hostname or "").rstrip(".")
    except ValueError:
        return False
    address = literal(host)
    if address is None:
        try:  # browsers read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses
            address = IPv4Address(socket.inet_aton(host))
        except OSError:
            return "." in host and not host.endswith(_PRIVATE_NAMES)
    return not _PUBLIC.refusal(address)


def style(value: str) -> str:
    """Keep the harmless declarations of a `style`; return the unchanged text when all are harmless."""
    kept: list[str] = []
    dropped = False
    for declaration in value.split(";"):
        name, colon, setting = declaration.partition(":")
        if not declaration.strip() or (colon and _is_harmless(name.strip().lower(), setting)):
            kept.append(declaration)
        else:
            dropped = True
    if not dropped:
        return value if any(map(str.strip, kept)) else ""
    return "; ".join(filter(None, map(str.strip, kept)))


def _is_harmless(name: str, setting: str) -> bool:
    if name not in _STYLES or len(setting) >= 100 or not _STYLE_VALUE.fullmatch(setting):
        return False
    # Negative margins and long shifts would put text or links of a post over the page around it.
    return not ((name.startswith("margin") and "-" in setting) or (name.startswith(_SHIFTS) and _FAR.search(setting)))


def _check_limits(fragment: str, most_depth: int, most_entities: int) -> None:
    """Raise TooComplex when the fragment may nest deeper, or has more entities."""
    if fragment.count("&") > most_entities:
        raise TooComplex("entities")
    depth = 0
    if fragment.count("<") < most_depth:
        return
    for close, name in _DEPTH.findall(fragment):
        if name.lower() in ("br", "img", "hr", "col", "wbr", "input", "meta", "link", "source"):
            continue
        depth += -1 if close else 1
        if depth > most_depth:
            raise TooComplex("depth")
