"""Which extractor made a post: our version and those of the libraries that its text depends on.

Stored with every post, so that an audit that derives the text again can tell a changed extractor from a changed post.
"""

from __future__ import annotations

from importlib.metadata import version

from lxml import etree

RULES = "1"
"""Raised whenever a rule of extraction changes what comes out for some page."""


def _dotted(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


VERSION = (
    f"warcpress/{version('warcpress')}+{RULES} lxml/{_dotted(etree.LXML_VERSION[:3])} "
    f"libxml2/{_dotted(etree.LIBXML_VERSION)} trafilatura/{version('trafilatura')}"
)
