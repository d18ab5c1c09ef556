"""Container → the article's own markup, its text and its pictures.

assemble   all steps in order → Body
hidden     finds what readers do not see, or only over a word
clean      removes that, and boxes by their names and links
lines      removes single lines, by named rules
appendix   finds sections after the text: about the author, other stories
notices    classifies a line by its words
embeds     turns players into links, finds posts of other sites
"""

from __future__ import annotations

from crawler.extractors.body.assemble import Body, joined, read

__all__ = ["Body", "joined", "read"]
