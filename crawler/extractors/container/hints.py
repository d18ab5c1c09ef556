"""Class names, ids and roles → a hint at an element's purpose: boilerplate, or the article's own text.

Publishers have no grammar for these names, but they share a vocabulary. A word is found where it begins after a
separator or with a capital letter: `share` in `shareBar` and `social-share`, not in `timeshare`.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from crawler.extractors.languages import alternatives, merged
from crawler.extractors.regex import grouped


class Hint(IntEnum):
    """The meaning of an element's names, from surely not the article to surely its text."""

    COMMENTS = -3
    """Readers' comments, which are often longer than the article."""
    BOILERPLATE = -2
    """Navigation, advertising, boxes of links."""
    DOUBTFUL = -1
    """Boxes, teasers, bylines: mostly not the article's text."""
    NONE = 0
    BODY = 1
    """The article, with headline, pictures and other parts."""
    TEXT = 2
    """The article's own text."""


_START = r"(?:^|[^a-z0-9])"


def _any(words: str, of_languages: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Compile a pattern for the beginning of any of these words (regular expressions separated by spaces)."""
    return re.compile(_START + grouped((*words.split(), *of_languages)))


_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_WITHOUT = re.compile(
    r"\b(?:with|has|no|not|without|hide|show)-(?:[a-z]+-)?[a-z]+|side-?bar-?(?:grid|layout|wrap)[a-z_-]*|elementor-widget"
)
"""Ignored names: they tell what is beside or below an element (`with-sidebar`, `no-comments`) or what it is not
(`not-a-paywall`), or a page builder gives them to every piece of a page."""

_COMMENTS = _any(
    r"""
    comment[-_]?(?:section|area|list|wrap|form|box|body) commentlist disqus guestbook livefyre postcomment
    replies respond(?![a-z]) (?:user-?)?comments?(?![a-z])(?!-(?:open|closed|enabled|on\b))
""",
    merged().comment_names,
)
_CONSENT_NAMES = r"""
    alertdialog axeptio borlabs cky- cmp-?box cmplz cmpwrapper dialog(?![a-z]) didomi evidon fc-consent iubenda
    klaro qc-cmp sp[-_]message tarteaucitron truste usercentrics
"""
"""Roles of dialogs, and names that consent platforms give to theirs."""
_BOILERPLATE = _any(
    rf"""
    {_CONSENT_NAMES}
    about-?(?:the-?)?author addthis addtoany ads?(?![a-z]) adsby adsense
    ad-?(?:slot|box|unit|container|wrapper|label) adv(?![a-z]) advert article-?tags
    author-?(?:bio|box|info|card|about) banner bdshare bread(?![a-z]) breadcrumbs? cli- consent cookie copyright
    crumbs? dfp disclaimer dsgvo fact-?box facts?(?![a-z]) feedback footer(?![a-z]) footnav gated gating gdpr
    gpt- hot-?news info-?box keywords lightbox log-?in menu mgid modal
    more-?(?:news|stories|articles|from|on) most-?(?:read|popular|viewed|shared) nativo nav(?![a-z])
    navbar navi(?![a-z]) navigation newsletter no-?print onetrust optanon ot-sdk outbrain overlay
    page-?nav pager(?![a-z]) paginat pay-?wall piano(?![a-z]) player-?(?:controls|ui) plista
    polls?(?![a-z]) popular pop-?up post-?nav post-?tags prev-?next print-?only privacy promo
    qrcode quiz rating readalso read-?more recirc recommend register regwall
    relate(?![a-z]) related revcontent right-?col right-?rail see-?also share
    sharing side-?bar side-?col sign-?up site-?footer sitemap skip-?(?:link|to) sns(?![a-z])
    social sponsor subscribe subscription survey taboola tag-?cloud tag-?list tags(?![a-z])
    teaser-?(?:list|grid|group) tool-?bar tools(?![a-z]) tooltip top-?stories tranding trending vote
    writer-?bio zergnet
""",
    merged().boilerplate_names,
)
_DOUBTFUL = _any(
    r"""
    affiliate app-?(?:download|banner) articles?-?list aside author bio(?![a-z]) biography box(?![a-z]) buy
    by-?line caption card carousel category contributor correction credit cta date(?![a-z]) dateline donate
    donation download editor(?![a-z]) embed-?(?:card|teaser) entry-?meta event feed(?![a-z]) figure-?caption
    gallery-?(?:nav|thumb) headlines image-?caption in-?this-?article kicker label linkbox link-?list
    links(?![a-z]) list-?news media-?caption meta(?![a-z]) metadata more(?![a-z]) news-?list next(?![a-z]) offer
    photo-?credit podcast post-?meta premium prev(?![a-z]) product pub-?date published section-?label shop slick
    slider source(?![a-z]) support swiper table-?of-?contents teaser thumb time(?![a-z]) timestamp toc(?![a-z])
    topic updated video-?(?:list|player) widget writer
""",
    merged().doubtful_names,
)
_TEXT = _any(r"""
    all-txt art[-_]?context arti-?body article[-_]*(?:body|contents?|text|copy|main-?text)(?![a-z])
    body[-_]*(?:content|text|copy)(?![a-z]) con[-_]?txt content[-_]*(?:body|text|article|main|detail)(?![a-z])
    detail-?content entry[-_]*(?:content|body|text)(?![a-z]) main-?(?:content|text)-?body
    news[-_]*(?:contents?|text|body|article|detail)(?![a-z])
    (?:post|blog|single|page)[-_]*(?:content|body|text|entry)(?![a-z]) prose(?![a-z]) rich-?text rte(?![a-z])
    story[-_]*(?:body|contents?|text|copy)(?![a-z]) text-?content wysiwyg zoom(?![a-z])
""")
_BODY = re.compile(
    r"(?:^|\s)(?:[a-z]+-)?(?:article|hentry|post|story)"
    r"(?:-(?:wrapper|container|page|single|detail|main|inner|holder|area|wrap))?(?=\s|$)"
    r"|(?:^|[^a-z])(?:main-?(?:content|text)|article__|paragraph|mainbody|main-?article|article-?(?:main|"
    r"page|single))",
)
_HIDDEN = re.compile(
    r"(?:^|\s)(?:hidden|hide|is-hidden|d-none|u-hidden|invisible|srlabel|element-invisible|a11y-hidden|"
    r"(?:[\w-]*__|[a-z\d]{1,5}-)?(?:visually[-_]?hidden|vis-?hidden|sr-?only|(?:show-)?for-sr|"
    r"screen-?reader(?:-text|-only)?|off-?screen|assistive-text)(?:__\w+|-focusable)?)(?=\s|$)",
    re.IGNORECASE,
)
_SHOWN = re.compile(r":(?:block|flex|inline|grid|table|not-sr-only)")
_CAPTION = re.compile(
    _START + r"(?:(?:image|img|media|photo|picture|pic|figure|video|embed|inline-?image-?image-?embed)?[-_]*"
    r"(?:caption|captions|credit|credits|copyright|legend|image-?description|image-?info|"
    r"media-?info|photo-?info))"
    r"|imagecaption|mediainfo|embed-?cap(?![a-z])|wp-caption-text|image-?text|"
    r"pic-?desc|img-?desc|photo-?desc|"
    rf"{alternatives(merged().caption_names)}",
)
_PICTURE = re.compile(
    r"(?:^|\s)(?:[a-z]+[-_])?(?:image|img|photo|picture|pic)s?"
    r"(?:[-_]?(?:box|wrap|wrapper|container|block|holder|left|right|center|full|inline))?(?=\s|$)"
)
_LEAD = _any(
    r"""
    abstract article-?(?:lead|intro|summary|desc(?:ription)?|subtitle|teaser) deck(?![a-z]) dek(?![a-z]) excerpt
    intro(?![a-z]) introduction intro-?text key-?(?:points|takeaways) lead(?![a-z])
    lead-?(?:text|in|paragraph) lede(?![a-z]) preamble stand-?first sub-?head(?:line|ing)?(?![a-z])
    sub-?title summary(?![a-z]) teaser-?text
""",
    merged().lead_names,
)


_CONSENT = _any(f"{_CONSENT_NAMES} consent cookie dsgvo gdpr onetrust optanon privacy")


@lru_cache(maxsize=4096)
def is_consent(names: str) -> bool:
    """Tell whether class names and ids mark a consent dialog, which can be longer than an article."""
    return _CONSENT.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=4096)
def is_caption(names: str) -> bool:
    """Tell whether class names and ids mark a caption."""
    return _CAPTION.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=4096)
def is_picture(names: str) -> bool:
    """Tell whether class names and ids mark a box that holds a picture and its caption."""
    return _PICTURE.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=4096)
def is_lead(names: str) -> bool:
    """Tell whether class names and ids mark a lead paragraph (standfirst)."""
    return _LEAD.search(_CAPITAL.sub("-", names).lower()) is not None


@lru_cache(maxsize=8192)
def is_hidden(names: str) -> bool:
    """Tell whether class names hide an element on screens of every width."""
    return _HIDDEN.search(names) is not None and _SHOWN.search(names) is None


def of_names(names: str) -> Hint:
    """Return the hint of class names, ids and roles, separated by spaces."""
    hints = [_of_name(name) for name in names.split()]
    least, most = min(hints, default=Hint.NONE), max(hints, default=Hint.NONE)
    if least is Hint.COMMENTS or most <= Hint.NONE:
        return least
    if least is Hint.BOILERPLATE:
        return Hint.BODY if most is Hint.TEXT else Hint.DOUBTFUL
    return most


@lru_cache(maxsize=32768)
def _of_name(name: str) -> Hint:
    """Return the hint of one name; cached, as the pages of a site share a few thousand names."""
    name = _WITHOUT.sub(" ", _CAPITAL.sub("-", name).lower())
    if _COMMENTS.search(name):
        return Hint.COMMENTS
    boilerplate = _BOILERPLATE.search(name) is not None
    if _TEXT.search(name):
        return Hint.BODY if boilerplate else Hint.TEXT
    if _BODY.search(name):
        return Hint.DOUBTFUL if boilerplate else Hint.BODY
    if boilerplate:
        return Hint.BOILERPLATE
    return Hint.DOUBTFUL if _DOUBTFUL.search(name) else Hint.NONE
