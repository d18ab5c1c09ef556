"""Who wrote an article.

page       the page's statements and texts in the order of how seldom they lie → names
shown      markup that names people     zh, ja, ko   what the texts themselves say
names      one person's name from another thing     surnames   of Chinese
"""

from __future__ import annotations

from crawler.extractors.bylines.page import find

__all__ = ["find"]
