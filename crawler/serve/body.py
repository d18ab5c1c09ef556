"""The body of a post goes in; HTML for our own pages comes out, whose pictures come from the archive.

A stored body was sanitised when it was made. It passes an allow-list again, because an archive can come from anybody;
colours, classes and styles of the publisher are left out, so that it can be read in our light and dark.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from itertools import islice
from urllib.parse import urlencode

import nh3

from crawler.extractors.sanitise import ATTRIBUTES, TAGS, is_safe_url
from crawler.store.catalogue import Catalogue
from crawler.urls.canonical import canonicalise

_SHAPE = ("align", "border", "cellpadding", "cellspacing", "hspace", "nowrap", "valign", "vspace")
_LOOKS = frozenset({"class", "style", "bgcolor", "color", "face", "size", "referrerpolicy", *_SHAPE})
_KEPT = {tag: names - _LOOKS for tag, names in ATTRIBUTES.items()}
_KEPT["img"] = _KEPT["img"] | {"loading", "decoding"}
_TAGS = set(TAGS) - {"font", "center"}


MOST_LINKS = 500
"""Links of a post that are looked up; those after them lead to their publishers."""
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def held_links(body: str, catalogue: Catalogue) -> dict[str, str]:
    """The links of a body that lead to an article of the archive: `href` → its path on this server."""
    found = dict.fromkeys(html.unescape(one[1] or one[2] or "") for one in _HREF.finditer(body))
    urls = {href: canonicalise(href) for href in islice(filter(is_safe_url, found), MOST_LINKS)}
    known = catalogue.known(urls.values())
    return {href: "/article?" + urlencode({"url": url}) for href, url in urls.items() if url in known}


def readable(body: str, pictures: Mapping[str, str], links: Mapping[str, str] | None = None) -> str:
    """Sanitise a body. `pictures`: `src` → path on this server, empty for what the archive does not have.

    `links`: `href` → path on this server to write in its place.
    """
    links = links or {}

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return pictures.get(value) or None
        if name in ("href", "cite"):
            mail = name == "href" and value.startswith("mailto:")
            if name == "href" and value in links:
                return links[value]
            return value if mail or is_safe_url(value) else None
        if name in ("width", "height"):
            return value if tag == "img" and value.isdecimal() else None
        return value

    return nh3.clean(
        body,
        tags=_TAGS,
        attributes=_KEPT,
        attribute_filter=attribute,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto"},
        url_relative="pass_through",
        set_tag_attribute_values={"img": {"loading": "lazy", "decoding": "async"}},
    )
