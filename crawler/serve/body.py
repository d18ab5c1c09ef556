"""The body of a post goes in; HTML for our own pages comes out, whose pictures come from the archive.

A stored body was sanitised when it was made. It passes an allow-list again, because an archive can come from anybody;
colours, classes and styles of the publisher are left out, so that it can be read in our light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping

import nh3

from crawler.extractors.sanitise import ATTRIBUTES, TAGS, is_safe_url

_SHAPE = ("align", "border", "cellpadding", "cellspacing", "hspace", "nowrap", "valign", "vspace")
_LOOKS = frozenset({"class", "style", "bgcolor", "color", "face", "size", "referrerpolicy", *_SHAPE})
_KEPT = {tag: names - _LOOKS for tag, names in ATTRIBUTES.items()}
_KEPT["img"] = _KEPT["img"] | {"loading", "decoding"}
_TAGS = set(TAGS) - {"font", "center"}


def readable(body: str, pictures: Mapping[str, str]) -> str:
    """Sanitise a body. `pictures`: `src` → path on this server, empty for what the archive does not have."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            return pictures.get(value) or None
        if name in ("href", "cite"):
            mail = name == "href" and value.startswith("mailto:")
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
