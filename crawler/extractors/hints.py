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
    """The article, with what belongs to it."""
    TEXT = 2
    """The article's own text."""


_START = r"(?:^|[^a-z])"
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_WITHOUT = re.compile(r"\b(?:with|has|no|without|hide|show)-(?:[a-z]+-)?[a-z]+|side-?bar-?(?:grid|layout|wrap)[a-z_-]*")
"""Names that say what an element has beside or below it, not what it is: `with-sidebar`, `no-comments`."""

_COMMENTS = re.compile(
    _START
    + r"(?:(?:user-?)?comments?(?![a-z])(?!-(?:open|closed|enabled|on\b))|commentlist|commentaires?|kommentare?|comentarios|commenti|disqus|livefyre|"
    r"comment[-_]?(?:section|area|list|wrap|form|box|body)|respond(?![a-z])|replies|pinglun|postcomment|guestbook)",
)
_FURNITURE = re.compile(
    _START + r"(?:nav(?![a-z])|navbar|navigation|navi(?![a-z])|menu|breadcrumbs?|bread(?![a-z])|crumbs?|sitemap|"
    r"footer(?![a-z])|site-?footer|footnav|copyright|"
    r"sidebar|side-?bar|side-?col|right-?col|rightcol|right-?rail|"
    r"ads?(?![a-z])|adv(?![a-z])|advert|advertisement|advertorial|adsby|adsense|ad-?(?:slot|box|unit|container|wrapper|label)|banner|sponsor|dfp|gpt-|"
    r"outbrain|taboola|plista|revcontent|mgid|zergnet|nativo|piano(?![a-z])|"
    r"related|relate(?![a-z])|recommend|recirc|recommended|read-?more|readalso|more-?(?:news|stories|articles|from|on)|see-?also|"
    r"most-?(?:read|popular|viewed|shared)|mostread|popular|trending|tranding|top-?stories|teaser-?(?:list|grid|group)|"
    r"share|sharing|sharebar|social|sns(?![a-z])|bdshare|addthis|addtoany|sharedaddy|jiathis|"
    r"newsletter|subscribe|subscription|signup|sign-?up|paywall|pay-?wall|regwall|login|log-?in|register|"
    r"author-?(?:bio|box|info|card|about)|about-?(?:the-?)?author|writer-?bio|onetrust|ot-sdk|optanon|cli-|privacy|cookie|consent|info-?box|fact-?box|facts?(?![a-z])|fakta|gdpr|modal|popup|pop-?up|overlay|lightbox|toolbar|tool-?bar|tools(?![a-z])|"
    r"pagination|paginat|pager(?![a-z])|page-?nav|prev-?next|post-?nav|"
    r"skip-?(?:link|to)|noprint|no-?print|"
    r"print-?only|gating|gated|intro-body__premium|rating|vote|polls?(?![a-z])|survey|quiz|feedback|"
    r"tag-?list|tags(?![a-z])|tag-?cloud|post-?tags|article-?tags|keywords|"
    r"promo|promobox|promotion|qrcode|ewm|erweima|tooltip|player-?(?:controls|ui)|disclaimer|"
    r"xgyd|xiangguan|tuijian|fenxiang|hot-?news|hotnews)",
)
_DOUBTFUL = re.compile(
    _START
    + r"(?:widget|author|by-?line|bio(?![a-z])|biography|writer|contributor|meta(?![a-z])|post-?meta|entry-?meta|metadata|dateline|"
    r"published|pub-?date|timestamp|time(?![a-z])|date(?![a-z])|updated|"
    r"box(?![a-z])|aside|teaser|card|carousel|slider|swiper|slick|gallery-?(?:nav|thumb)|thumb|"
    r"caption|credit|photo-?credit|kicker|label|category|rubrik|topic|topics|section-?label|"
    r"linkbox|link-?list|links(?![a-z])|headlines|news-?list|list-?news|articles?-?list|feed(?![a-z])|"
    r"source(?![a-z])|editor(?![a-z])|zebian|bianji|laiyuan|cta|donate|donation|support|app-?(?:download|banner)|download|"
    r"event|podcast|video-?(?:list|player)|embed-?(?:card|teaser)|more(?![a-z])|next(?![a-z])|prev(?![a-z])|"
    r"table-?of-?contents|toc(?![a-z])|in-?this-?article|correction|premium|offer|product|shop|affiliate|buy|"
    r"figure-?caption|media-?caption|image-?caption)",
)
_TEXT = re.compile(
    _START + r"(?:article[-_]*(?:body|content|text|copy|main-?text)(?![a-z])|entry[-_]*(?:content|body|text)(?![a-z])|"
    r"(?:post|blog|single|page)[-_]*(?:content|body|text|entry)(?![a-z])|story[-_]*(?:body|content|text|copy)(?![a-z])|"
    r"news[-_]*(?:content|text|body|article|detail)(?![a-z])|content[-_]*(?:body|text|article|main|detail)(?![a-z])|"
    r"body[-_]*(?:content|text|copy)(?![a-z])|main-?(?:content|text)-?body|text-?content|rich-?text|rte(?![a-z])|prose(?![a-z])|"
    r"arti-?body|art[-_]?context|detail-?content|con[-_]?txt|all-txt|wysiwyg|zoom(?![a-z]))",
)
_BODY = re.compile(
    r"(?:^|\s)(?:[a-z]+-)?(?:article|hentry|post|story)(?:-(?:wrapper|container|page|single|detail|main|inner|holder|area|wrap))?(?=\s|$)"
    r"|(?:^|[^a-z])(?:main-?(?:content|text)|article__|paragraph|mainbody|main-?article|article-?(?:main|page|single))",
)
_HIDDEN = re.compile(
    r"(?:^|\s)(?:hidden|hide|is-hidden|d-none|visually-?hidden|sr-?only|screen-?reader(?:-text|-only)?|u-hidden|invisible|"
    r"srlabel|offscreen|element-invisible|u-visuallyhidden|a11y-hidden)(?=\s|$)",
)
_SHOWN = re.compile(r":(?:block|flex|inline|grid|table|not-sr-only)")
_CAPTION = re.compile(
    _START + r"(?:(?:image|img|media|photo|picture|pic|figure|video|embed|inline-?image-?image-?embed)?[-_]*"
    r"(?:caption|captions|credit|credits|copyright|legend|bildunterschrift|image-?description|image-?info|media-?info|photo-?info))"
    r"|imagecaption|mediainfo|embed-?cap(?![a-z])|wp-caption-text|absatzbild__info|image-?text|bildtext|pic-?desc|img-?desc|photo-?desc",
)
_LEAD = re.compile(
    _START
    + r"(?:lead(?![a-z])|lede(?![a-z])|leadtext|lead-?(?:text|in|paragraph)|intro(?![a-z])|introtext|intro-?text|introduction|"
    r"stand-?first|standfirst|dek(?![a-z])|deck(?![a-z])|sub-?title|subtitle|sub-?head(?:line|ing)?(?![a-z])|summary(?![a-z])|"
    r"abstract|excerpt|perex|vorspann|teaser-?text|anriss|chapo|chapeau|sommario|occhiello|bajada|entradilla|copete|"
    r"ingress|preamble|manchet|sapo|spot(?![a-z])|article-?(?:lead|intro|summary|desc(?:ription)?|subtitle|teaser)|zhaiyao|daodu)",
)


@lru_cache(maxsize=4096)
def is_caption(names: str) -> bool:
    """Whether class names and ids say: what stands beside a picture."""
    return _CAPTION.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=4096)
def is_lead(names: str) -> bool:
    """Whether class names and ids say: the sentences between headline and text."""
    return _LEAD.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=8192)
def is_hidden(names: str) -> bool:
    """Whether class names say: not to be seen (on any width of screen)."""
    return _HIDDEN.search(names) is not None and _SHOWN.search(names) is None


@lru_cache(maxsize=8192)
def of_names(names: str) -> Hint:
    """The hint of a string of class names, ids and roles."""
    names = _WITHOUT.sub(" ", _CAPITAL.sub("-", names).lower())
    if _COMMENTS.search(names):
        return Hint.COMMENTS
    furniture = _FURNITURE.search(names) is not None
    if _TEXT.search(names):
        return Hint.BODY if furniture else Hint.TEXT
    if _BODY.search(names):
        return Hint.DOUBTFUL if furniture else Hint.BODY
    if furniture:
        return Hint.FURNITURE
    if _DOUBTFUL.search(names):
        return Hint.DOUBTFUL
    return Hint.NONE
