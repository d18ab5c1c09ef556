"""Container → the article's own markup, its text and its pictures.

article    all of it in order → Body
clean      what is no part of the article goes: boxes by their names and links, lines and notices by their words
embeds     players and posts of other sites become links
"""

from __future__ import annotations

from crawler.extractors.body.assemble import Body, joined, read

__all__ = ["Body", "joined", "read"]
