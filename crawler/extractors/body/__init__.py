"""Container → the article's own markup, its text and its pictures.

assemble   all steps in order → Body
clean      removes boxes by their names and links
lines      removes single lines, by named rules
appendix   finds sections behind the text: about the author, other stories
notices    what the words of a line make it
embeds     players and posts of other sites become links
"""

from __future__ import annotations

from crawler.extractors.body.assemble import Body, joined, read

__all__ = ["Body", "joined", "read"]
