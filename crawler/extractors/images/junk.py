"""`<img>` and its URL → whether it is a placeholder, an icon, an avatar or a pixel that counts readers.

Size and place decide: a large picture, or one with a caption or in a figure, is a photograph whatever its file is
called (`police-badge.jpg`, `pixel-11.jpg`). Names count where the page says nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.dom import names_of, raw_text
from crawler.extractors.images.captions import MAX_UNNAMED, size
from crawler.extractors.languages import alternatives, merged

SMALL = 100
"""Pixels; a picture with one side no longer is an icon, an avatar or a thumbnail of a teaser."""
TEASER = 150
"""Pixels; a picture with both sides no longer is the same."""
LARGE = (300, 150)
"""Pixels; a picture at least so wide and so high is no icon, whatever its name."""
LEVELS = 3
"""How many ancestors of a picture are searched for its caption, and for names such as `byline`."""
PORTRAIT_BOX = 60
"""How many elements a box with the author's portrait may hold; a longer one is not searched for text per picture."""
RATIOS = frozenset(((16, 9), (9, 16), (4, 3), (3, 4), (3, 2), (2, 3)))
"""Width and height that state a ratio, as AMP allows, and no size in pixels."""

_SURE = r"place-?holders?|1x1|1px|loading|loader|lazy|lazy-?load|no-?(?:image|img|photo)|empty|dummy"
_CLEAR = r"blank|spacer|transparent|pixel|trans"
"""Names of pictures that show nothing; JPEG has no transparency."""
_LIKELY = r"default|fallback|gr[ae]y|missing|none"
_PLACEHOLDER_WORD = re.compile(
    rf"(?:{_SURE}|{_CLEAR}|{_LIKELY}|no|image|img|photo|picture|pic|thumb|thumbnail|small|medium|large|bg|background|white|black|"
    r"avatar|logo|icon|user|article|post|news|share|the|og|social|lqip|gif|svg|load|holder|place|[xvwh]?)[\dx]*"
)
"""A word of a file name that holds no other words. `loading-dock` is a photograph."""
_SURE_WORD = re.compile(rf"(?<![a-z0-9])(?:{_SURE})(?![a-z])")
_CLEAR_WORD = re.compile(rf"(?<![a-z0-9])(?:{_CLEAR})(?![a-z])")
_SURE_FOLDER = re.compile(r"blank|spacers?|place-?holders?|transparent")
_LIKELY_WORD = re.compile(rf"(?<![a-z])(?:{_LIKELY})(?![a-z])")
_OF_THE_SITE = re.compile(r"(?:assets?|static|resources?|dist|bundles|skins?|templates?|themes?|plugins|common|public)")
"""Folders with the files of a site's design."""

_ICONS = r"avatars?|gravatars?|icons?|logos?|emojis?|smil(?:ey|ie)s?|badges?|sprites?"
_JUNK_WORD = (
    rf"{_ICONS}|spacer|pixel|blank|transparent|tracking|track|beacon|"
    r"counter|zoom-in"
)
_JUNK_FOLDER = re.compile(
    rf"/(?:[\w-]*[-_])?(?:{_ICONS}|pixels?|tracking|"
    rf"author|{alternatives(merged().author_names)})(?:[-_][\w-]*)?/"
)
_JUNK_STEM = re.compile(rf"(?<![a-z])(?:{_JUNK_WORD})(?![a-z])|logo(?![a-z])|(?<![a-z])(?:share|print)$")
_JUNK_HOST = re.compile(r"(?:^|\.)(?:[\w-]*gravatar|pixel|beacon|track(?:er|ing)?|analytics|stats?|counter|count)\d*\.")
_ADVERT = re.compile(rf"/ads?/|doubleclick|feedburner|{alternatives(merged().advert_paths)}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FILLER = re.compile(r"(?<![a-z])(?:for|of|the|img|image|photo|picture|small|large|white|black|color|default)(?![a-z])")
_JUNK_NAME = re.compile(
    r"(?:^|[^a-z])(?:avatar|gravatar|icon|logo|emoji|author-?(?:image|photo|img)|tracking|pixel)(?![a-z])",
    re.IGNORECASE,
)
_OF_AUTHOR = rf"avatar|gravatar|authors?|byline|bio|{alternatives(merged().author_names)}"
_AUTHOR_PLACE = re.compile(rf"(?:^|[^a-z])(?:{_OF_AUTHOR})(?![a-z])", re.IGNORECASE)
_JUNK_PLACE = re.compile(rf"(?:^|[^a-z])(?:{_OF_AUTHOR}|icons?|emoji|share|sharing|social)(?![a-z])", re.IGNORECASE)
_URL_SIZE = re.compile(r"(?<!\d)(\d{3,4})x(\d{2,4})(?!\d)|[?&,/](?:w|width|wid|imwidth)[=_](\d{3,4})(?!\d)")


def is_placeholder(url: str) -> bool:
    """Tell whether a file's name says that it stands in for a picture that a script loads.

    `default.jpg` in a folder of its own (`/photo/123/`) is the picture: image servers name it so (IIIF Image API, 4).
    """
    folders, _, name = unquote(urlsplit(url).path).lower().rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return False
    if _SURE_FOLDER.fullmatch(folders.rpartition("/")[2]):
        return True
    if extension == "gif" and _CLEAR_WORD.search(stem):
        return True
    if not _is_placeholder_name(stem):
        return extension == "gif" and _SURE_WORD.search(stem) is not None
    if _SURE_WORD.search(stem):
        return True
    clear = _CLEAR_WORD.search(stem) is not None and not extension.startswith("jp")
    return (clear or _LIKELY_WORD.search(stem) is not None) and not _is_own_folder(folders)


def is_likely_placeholder(url: str) -> bool:
    """Tell whether a file that several pictures of a page share stands in for pictures that are missing."""
    stem = unquote(urlsplit(url).path).lower().rpartition("/")[2].rpartition(".")[0]
    return _is_placeholder_name(stem) and _LIKELY_WORD.search(stem) is not None


def _is_placeholder_name(stem: str) -> bool:
    return all(map(_PLACEHOLDER_WORD.fullmatch, re.split(r"[-_. ]+", stem)))


def _is_own_folder(folders: str) -> bool:
    """Whether the innermost folder's name is that of one picture, by its digits."""
    above, _, last = folders.rpartition("/")
    if not re.search(r"\d", last):
        return False
    version = re.fullmatch(r"v?\d+(?:\.\d+)*", last) is not None
    return not (version and any(_OF_THE_SITE.fullmatch(folder) for folder in above.split("/")))


def is_junk(element: HtmlElement, url: str) -> bool:
    """Tell whether a picture is an icon, an avatar, a small teaser, an advertisement, or counts readers."""
    width, height = stated_size(element)
    sides = [side for side in (width, height) if side is not None]
    if any(side <= SMALL for side in sides) or (len(sides) == 2 and max(sides) <= TEASER):
        return True
    path = urlsplit(url).path.lower()
    drawing = path.endswith(".svg")
    if drawing and not any(above.tag == "figure" for above in element.iterancestors()):
        return True
    if _ADVERT.search(url.lower()):
        return not _is_captioned(element)
    if not _is_named_junk(element) and not _has_junk_url(url):
        return _is_portrait(element) and not _is_large(element, url, width, height) and not _is_captioned(element)
    shown = _is_captioned(element) or (not drawing and _is_alone_in_figure(element))
    evidence = _is_large(element, url, width, height) + shown - _is_placed_as_junk(element)
    return evidence <= 0


def stated_size(element: HtmlElement) -> tuple[int | None, int | None]:
    """Return the width and height in pixels that the markup states; None for one that it does not."""
    width, height = (pixels(element.get(side)) for side in ("width", "height"))
    return (None, None) if (width, height) in RATIOS else (width, height)


def pixels(value: object) -> int | None:
    """Parse a `width` or `height` in pixels; None when it holds something else."""
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", str(value or ""))
    return int(match.group(1)) if match else None


def _is_large(element: HtmlElement, url: str, width: int | None, height: int | None) -> bool:
    """Whether attributes or the URL state a size that no icon has."""
    if width is None:
        width = next((size for name in ("data-width", "data-w") if (size := pixels(element.get(name)))), None)
    if width is None and (stated := _URL_SIZE.search(url)):
        width, height = int(stated[1] or stated[3]), int(stated[2]) if stated[2] else height
    return width is not None and width >= LARGE[0] and (height is None or height >= LARGE[1])


def _is_alone_in_figure(element: HtmlElement) -> bool:
    """Whether a figure holds the picture and no other: of several, one may be the icon that enlarges the other."""
    figure = next((above for above in islice(element.iterancestors(), 2 * LEVELS) if above.tag == "figure"), None)
    return figure is not None and sum(1 for _ in islice(figure.iter("img"), 2)) == 1


def _is_captioned(element: HtmlElement) -> bool:
    """Whether a caption with words belongs to the picture alone: in its figure, or right after it."""
    for above in islice((element, *element.iterancestors()), 2 * LEVELS):
        if above.tag == "figure":
            return _is_alone_in_figure(element) and any(
                _WORD.search(raw_text(caption)) for caption in above.iter("figcaption")
            )
    for above in islice((element, *element.iterancestors()), LEVELS):
        below = above.getnext()
        if below is not None and (names := names_of(below)) and hints.is_caption(names[:200]):
            return _WORD.search(raw_text(below)) is not None
    return False


def _is_portrait(element: HtmlElement) -> bool:
    """Whether the picture or a box around it with little text is named for the author; an article may be so, too."""
    return any(
        (names := names_of(box))
        and _AUTHOR_PLACE.search(names[:200])
        and box.tag != "article"
        and next(islice(box.iter(), PORTRAIT_BOX, None), None) is None
        and size(box) <= MAX_UNNAMED
        for box in islice((element, *element.iterancestors()), LEVELS + 1)
    )


def _is_placed_as_junk(element: HtmlElement) -> bool:
    """Whether the picture or a box around it is named for an author, an icon or a row of buttons."""
    return any(
        (names := names_of(above)) and _JUNK_PLACE.search(names[:200])
        for above in islice((element, *element.iterancestors()), LEVELS + 1)
    )


def _is_named_junk(element: HtmlElement) -> bool:
    names = names_of(element)
    return bool(names) and _JUNK_NAME.search(names) is not None


@lru_cache(maxsize=1024)
def _has_junk_url(url: str) -> bool:
    """Whether the URL names an icon, an avatar or a pixel; a file name like a headline names a photograph's subject."""
    parts = urlsplit(url)
    path = unquote(parts.path).lower()
    if _JUNK_FOLDER.search(path) or _JUNK_HOST.search(parts.netloc.lower()):
        return True
    stem, _, extension = path.rpartition("/")[2].rpartition(".")
    stem = stem or extension
    if not _JUNK_STEM.search(stem):
        return False
    others = len(_WORD.findall(_FILLER.sub("-", _JUNK_STEM.sub("-", stem))))
    return path.endswith(".svg") or others <= (2 if path.endswith((".gif", ".png")) else 1)
