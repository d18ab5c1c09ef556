"""Words in class, id and role that say what an element is for: site furniture, or the article's own text.

Publishers have no grammar for these names but they share a vocabulary. A word counts from its beginning (after a
separator or at a capital letter), so `share` is found in `shareBar` and `social-share`, not in `timeshare`.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Hint(IntEnum):
    """What an element's names suggest."""

    COMMENTS = -3
    """What readers wrote: often more than the article."""
    FURNITURE = -2
    """Surely not the article: navigation, advertising, boxes of links."""
    DOUBTFUL = -1
    """Mostly not the article: boxes, teasers, bylines."""
    NONE = 0
    BODY = 1
    """The article's own text."""


_START = r"(?:^|[^a-zA-Z]|(?<=[a-z])(?=[A-Z]))"

_COMMENTS = re.compile(
    _START
    + r"(?:(?:user-?)?comments?(?![a-z])(?!-(?:open|closed|enabled|on\b))|commentlist|commentaires?|kommentare?|comentarios|commenti|disqus|livefyre|"
    r"comment[-_]?(?:section|area|list|wrap|form|box|body)|respond(?![a-z])|replies|pinglun|postcomment|guestbook)",
)
_FURNITURE = re.compile(
    _START
    + r"(?:nav(?![a-z])|navbar|navigation|navi(?![a-z])|menu|breadcrumbs?|bread(?![a-z])|crumbs?|sitemap|"
    r"footer(?![a-z])|site-?footer|footnav|copyright|"
    r"sidebar|side-?bar|side-?col|right-?col|rightcol|right-?rail|"
    r"ads?(?![a-z])|adv(?![a-z])|advert|advertisement|advertorial|adsby|adsense|ad-?(?:slot|box|unit|container|wrapper|label)|banner|sponsor|dfp|gpt-|"
    r"outbrain|taboola|plista|revcontent|mgid|zergnet|nativo|piano(?![a-z])|"
    r"related|relate(?![a-z])|recommend|recirc|recommended|read-?more|readalso|more-?(?:news|stories|articles|from|on)|see-?also|"
    r"most-?(?:read|popular|viewed|shared)|mostread|popular|trending|tranding|top-?stories|teaser-?(?:list|grid|group)|"
    r"share|sharing|sharebar|social|sns(?![a-z])|bdshare|addthis|addtoany|sharedaddy|jiathis|"
    r"newsletter|subscribe|subscription|signup|sign-?up|paywall|pay-?wall|regwall|login|log-?in|register|"
    r"cookie|consent|gdpr|modal|popup|pop-?up|overlay|lightbox|toolbar|tool-?bar|tools(?![a-z])|"
    r"pagination|paginat|pager(?![a-z])|page-?nav|prev-?next|post-?nav|"
    r"screen-?reader|visually-?hidden|sr-?only|visuallyhidden|skip-?(?:link|to)|noprint|no-?print|d-none|"
    r"print-?only|rating|vote|polls?(?![a-z])|survey|quiz|feedback|"
    r"tag-?list|tags(?![a-z])|tag-?cloud|post-?tags|article-?tags|keywords|"
    r"promo|promobox|promotion|qrcode|ewm|erweima|tooltip|player-?(?:controls|ui)|disclaimer|"
    r"xgyd|xiangguan|tuijian|fenxiang|hot-?news|hotnews)",
)
_DOUBTFUL = re.compile(
    _START
    + r"(?:widget|author|by-?line|bio(?![a-z])|biography|writer|contributor|meta(?![a-z])|post-?meta|entry-?meta|metadata|dateline|"
    r"published|pub-?date|timestamp|time(?![a-z])|date(?![a-z])|updated|"
    r"box(?![a-z])|infobox|factbox|aside|teaser|card|carousel|slider|swiper|slick|gallery-?(?:nav|thumb)|thumb|"
    r"caption|credit|photo-?credit|kicker|label|category|rubrik|topic|topics|section-?label|"
    r"linkbox|link-?list|links(?![a-z])|headlines|news-?list|list-?news|articles?-?list|feed(?![a-z])|"
    r"source(?![a-z])|editor(?![a-z])|zebian|bianji|laiyuan|cta|donate|donation|support|app-?(?:download|banner)|download|"
    r"event|podcast|video-?(?:list|player)|embed-?(?:card|teaser)|more(?![a-z])|next(?![a-z])|prev(?![a-z])|"
    r"table-?of-?contents|toc(?![a-z])|in-?this-?article|correction|premium|offer|product|shop|affiliate|buy|"
    r"figure-?caption|media-?caption|image-?caption)",
)
_BODY = re.compile(
    _START
    + r"(?:article-?(?:body|content|text|copy|main)|articlebody|articlecontent|articletext|article__(?:body|content|text)|"
    r"entry-?content|entry__content|post-?(?:content|body|text|entry)|post__content|story-?(?:body|content|text|copy)|storybody|"
    r"story__(?:body|content)|news-?(?:content|text|body|article|detail)|content-?(?:body|text|article|main|detail)|"
    r"body-?(?:content|text|copy)|main-?(?:content|text)|text-?content|richtext|rich-?text|rte(?![a-z])|prose(?![a-z])|"
    r"article(?![a-z])|hentry|paragraph|zoom(?![a-z])|artibody|art_?context|detail-?content|con_?txt|all-txt|editor-?content|wysiwyg)",
)


@lru_cache(maxsize=8192)
def of_names(names: str) -> Hint:
    """The hint of a string of class names, ids and roles."""
    if _COMMENTS.search(names):
        return Hint.COMMENTS
    if _BODY.search(names):
        return Hint.DOUBTFUL if _FURNITURE.search(names) else Hint.BODY
    if _FURNITURE.search(names):
        return Hint.FURNITURE
    if _DOUBTFUL.search(names):
        return Hint.DOUBTFUL
    return Hint.NONE
