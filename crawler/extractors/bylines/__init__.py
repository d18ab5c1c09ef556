"""Who wrote an article.

authors      the page's statements and texts in the order of trust → names
shown        markup that names people, near the headline
east_asian   lines of text that name people in Chinese, Japanese and Korean
people       the text of a byline → names of people
"""

from __future__ import annotations

from crawler.extractors.bylines.authors import find

__all__ = ["find"]
