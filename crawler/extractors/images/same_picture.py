"""URL → a key that two URLs share only when they are versions of one picture: other size, format, host or scheme.

In doubt they are two pictures: one too many is fetched and stored once more, one too few is lost. So the same file name
in another folder, or the same script with another query, is another picture.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

LONGEST = 2_000
"""Characters of the longest URL that is read; a longer one is its own key."""
_EXTENSION = re.compile(r"\.(?:avif|bmp|gif|jfif|jpe?g|png|tiff?|webp)$", re.IGNORECASE)
_SHARD = re.compile(r"([a-z]{0,8})-?\d{1,3}")
"""A label of a host that spreads its pictures over several names: `img2`, `i0`, `3`."""
_PHOTON = re.compile(r"i\d\.wp\.com")
"""WordPress's image proxy: the path is the picture's own URL without scheme."""
_EMBEDDED = re.compile(r"/(https?:/{1,2}[^/]+/.+)$", re.IGNORECASE)
"""The picture's own URL at the end of the path of an image proxy."""
_EMBEDDED_NAMES = frozenset(("file", "image", "image_uri", "img", "imgurl", "path", "source", "src", "u", "uri", "url"))
"""Query parameters in which image proxies take the picture's own URL."""
_NAME_SIZE = re.compile(r"(?:-\d{2,4}x\d{2,4}|-scaled|_w\d{2,4}(?:_\w\d{1,4})*)$")
"""What WordPress and others put between name and extension of a smaller version."""
_SIZE_FOLDER = re.compile(
    r"\d{2,4}x\d{0,4}[!^]?|[swh]\d{3,4}[a-z]?(?:-[a-z]+)?|\d{3,4}w|"
    r"(?=.*\b[wh]_\d)[a-z]{1,3}_[\w.:-]+(?:,[a-z]{1,3}_[\w.:-]+)*",
    re.IGNORECASE,
)
"""A folder that only names a size: `640x360`, `s1600`, `w_700,h_300`."""
_DRUPAL_STYLE = re.compile(r"/styles/[^/]+/(?:public|private)/")
_TOKEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=.*[a-f])[0-9a-f]{24,}|(?=.*[A-Z])[A-Z2-7]{26}")
"""A UUID or digest: a name that no other picture has, in whichever folder."""
# fmt: off
_SETTINGS = frozenset((
    "auto", "compression", "crop", "dpr", "enable", "fit", "fl", "fm", "format",
    "im", "impolicy", "itok", "qlt", "quality", "resize", "sharp",
    "ssl", "strip", "tp", "usm", "wx_fmt", "wx_lazy", "wxfrom", "x-image-process", "x-oss-process",
))
# fmt: on
"""Query parameters that set a version's format, quality or crop, whatever their value."""
_SIZES = re.compile(
    r"(?:w|h|width|height|wid|hei|imwidth|max-?w(?:idth)?|max-?h(?:eight)?)=\d{2,4}(?:px)?|q=(?:\d{2}|100)"
)
_RESIZES = re.compile(r"(?:crop|fill|fit|resize|scale)[:_]")
_DIRECTIVE = re.compile(r"image(?:View2|Mogr2|slim)\b")
"""How Qiniu and Tencent write a size: `?imageView2/2/w/640`."""


def key(url: str) -> str:
    """Return the key of the picture at an absolute URL."""
    try:
        parts = urlsplit(url)
    except ValueError:  # the URL inside another one
        return url
    if len(url) > LONGEST:
        return url
    path = unquote(parts.path)
    own = _EMBEDDED.search(path)
    if own and _EXTENSION.search(own[1]):
        return key(re.sub(r":/+", "://", own[1], count=1))
    query = [] if _DIRECTIVE.match(parts.query) else parse_qsl(parts.query, keep_blank_values=True)
    for name, value in query:
        inner = re.match(r"https?://[^?#]+", value) if name.lower() in _EMBEDDED_NAMES else None
        if inner and _EXTENSION.search(inner[0]):
            return key(value)
    host, _, rest = (path[1:].partition("/")) if _PHOTON.fullmatch(parts.netloc) else (parts.netloc, "", path[1:])
    *folders, name = _DRUPAL_STYLE.sub("/", "/" + rest).split("/")
    extension = _EXTENSION.search(name)
    stem = _NAME_SIZE.sub("", name[: extension.start()]) if extension else name
    if extension and _TOKEN.fullmatch(stem):
        return stem
    kept = [f"{name}={value}" for name, value in query if not _is_setting(name.lower(), value, bool(extension))]
    where = "/".join(folder for folder in folders if not _SIZE_FOLDER.fullmatch(folder))
    ends = extension[0].lower() if extension else ""
    return f"{_without_shard(host.lower())}{where}/{stem}{ends}?{'&'.join(kept)}"


def _is_setting(name: str, value: str, is_file: bool) -> bool:
    """Whether a parameter only chooses a version of the picture; `s` signs the others where the path is a file."""
    return (
        name in _SETTINGS
        or _SIZES.fullmatch(f"{name}={value}") is not None
        or _RESIZES.search(value) is not None
        or (is_file and name == "s" and re.fullmatch(r"none|[0-9a-f]{16,}", value) is not None)
    )


def _without_shard(host: str) -> str:
    *labels, domain, top = ("", "", *host.removeprefix("www.").split("."))
    merged = [shard[1] if (shard := _SHARD.fullmatch(label)) else label for label in labels]
    return ".".join(filter(None, (*merged, domain, top)))


def name_of(url: str) -> str:
    """Return the file name of a URL if it is long and has digits, else the URL without its scheme.

    Enough to find the picture that metadata names, which may be cropped by another service.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/")
    name = path.rpartition("/")[2]
    return name if len(name) >= 12 and any(map(str.isdigit, name)) else f"{parts.netloc}{path}?{parts.query}"
