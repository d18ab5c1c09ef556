"""Rows → EPUB 3: a chapter for each post with its pictures and its provenance, a list of contents, no scripts.

A book is a zip of XHTML. That of a chapter comes from the post's body as Markdown, which has a few dozen elements, all
in places where XHTML has them. What is kept in memory is a line of the list for each chapter and picture.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from lxml import etree, html

from crawler.export.rows import Exported, Row
from crawler.posts.blocks import as_html
from crawler.posts.conversion import MEDIA_URL, as_src
from crawler.posts.escaping import scrub
from crawler.posts.markdown import html_of, markdown_of
from crawler.posts.media import picture_of
from crawler.store.stored_version import StoredImage

Pictures = Callable[[str, str], bytes | None]
"""Record id and URL of a captured picture → its bytes."""
CORE = frozenset({"png", "jpg", "gif"})
"""Kinds of pictures that every reading system shows (EPUB 3.2, 3.1)."""
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
"""Languages that are written from right to left."""
_NOT_IN_XML = re.compile("[\ufffe\uffff]")
_XHTML = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
_NAMESPACES = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
_CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
STYLE = """body { line-height: 1.5; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { border: 1px solid; padding: 0.2em 0.4em; }
pre { white-space: pre-wrap; }
.facts, .provenance { font-size: 0.85em; }
.provenance { border-top: 1px solid; margin-top: 2em; overflow-wrap: anywhere; }
"""


@dataclass
class _Book:
    """What the package document and the list of contents tell, gathered chapter by chapter."""

    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Digest of a picture's bytes → its file and media type."""
    chapters: list[tuple[str, str, str]] = field(default_factory=list)
    """Date, title and language of each."""
    sources: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    latest: datetime | None = None
    """Latest capture."""
    name: Any = field(default_factory=hashlib.sha256)
    """Digest of the record ids: the same posts make the same book."""

    def add(self, row: Row) -> str:
        """Note a chapter; return its file."""
        language = _text(row["language"] or "und")
        self.chapters.append((f"{row['date']:%Y-%m-%d}", _clean(row["title"]) or row["url"], language))
        self.sources[row["source"]] += 1
        self.languages[language] += 1
        self.latest = max(filter(None, (self.latest, row["captured"])))
        self.name.update(row["record_id"].encode())
        return f"{len(self.chapters):06d}.xhtml"


def write_epub(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO, pictures: Pictures) -> None:  # noqa: ARG001
    """Write a book; `rows`: at least one."""
    book = _Book()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        _put(package, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        _put(package, "META-INF/container.xml", _CONTAINER)
        _put(package, "EPUB/style.css", STYLE)
        for exported in rows:
            name = book.add(exported.row)
            _put(package, f"EPUB/{name}", _chapter(exported, _shown(exported, package, book, pictures)))
        _put(package, "EPUB/nav.xhtml", _contents(book))
        _put(package, "EPUB/package.opf", _package(book))


def _put(package: zipfile.ZipFile, name: str, content: str | bytes, compression: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980, so that the same posts make the same bytes
    info.compress_type, info.external_attr = compression, 0o644 << 16
    package.writestr(info, content)


def _shown(exported: Exported, package: zipfile.ZipFile, book: _Book, pictures: Pictures) -> Mapping[str, str]:
    """Put the pictures of a post into the book; return address in the body → file."""
    files: dict[str, str] = {}
    for image in exported.version.images:
        body = pictures(image.capture, image.url) if image.capture else None
        kind = picture_of(body) if body is not None else None
        if body is None or kind is None or kind.extension not in CORE or kind.width is None:
            continue
        digest = hashlib.sha256(body).hexdigest()
        if digest not in book.pictures:
            book.pictures[digest] = f"images/{digest}.{kind.extension}", kind.media_type
            _put(package, f"EPUB/{book.pictures[digest][0]}", body, zipfile.ZIP_STORED)
        files |= dict.fromkeys(_addresses(image), book.pictures[digest][0])
    return files


def _addresses(image: StoredImage) -> Iterator[str]:
    yield from (image.url, as_src(image.url))
    if image.media:
        yield MEDIA_URL + image.media


def _chapter(exported: Exported, files: Mapping[str, str]) -> str:
    row = exported.row
    title = _text(_clean(row["title"]) or row["url"])
    lead = next((files[image.url] for image in exported.version.images[:1] if image.url in files), "")
    body = _body(row, files)
    first = f'<p><img src="{lead}" alt=""/></p>\n' if lead and lead not in body else ""
    authors = _text(_clean(", ".join(row["authors"])))
    facts = " · ".join(filter(None, (authors, f"{row['date']:%Y-%m-%d %H:%M} UTC", _text(row["source"]))))
    language = _language(_text(row["language"] or "und"), row["title"] + row["text"][:1000])
    return f"""{_XHTML}<html {_NAMESPACES} {language}>
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>
<h1>{title}</h1>
<p class="facts">{facts}</p>
{first}{body}
<div class="provenance" dir="ltr">
{_provenance(row)}
</div>
</body>
</html>
"""


def _provenance(row: Row) -> str:
    url = _url(row["url"])
    address = f'<a href="{_text(url)}">{_text(row["url"])}</a>' if url else _text(row["url"])
    return "\n".join(
        f"<p>{line}</p>"
        for line in (
            f"Original: {address}",
            f"Captured {row['captured']:%Y-%m-%d %H:%M:%S} UTC; version {row['version']}; {row['state']}",
            f"Record {_text(row['record_id'])} in {_text(row['file'])} at {row['offset']}; {_text(row['digest'])}",
        )
    )


def _body(row: Row, files: Mapping[str, str]) -> str:
    """The body as XHTML."""
    inner = as_html(row["html"])
    markdown = markdown_of(inner)
    if markdown is None:
        return "\n".join(f"<p>{_text(_clean(line))}</p>" for line in row["text"].split("\n"))
    root = html.fragment_fromstring(_NOT_IN_XML.sub("", html_of(markdown)), create_parent="div")
    for element in list(root.iter("a", "img", "rt", "rp")):
        if element.tag == "img":
            _picture(element, files)
        elif element.tag == "a":
            url = _url(element.get("href") or "")
            element.attrib.clear()
            if url:
                element.set("href", url)
        elif element.getparent().tag != "ruby":
            element.drop_tag()
    _remove_empty_heads(root)
    for element in root.iter():
        for name in set(element.attrib) - {"href", "src", "alt", "start", "title"}:
            del element.attrib[name]
    return etree.tostring(root, encoding="unicode", method="xml", with_tail=False)


def _remove_empty_heads(root: html.HtmlElement) -> None:
    """Remove the heads that tables have because Markdown has no table without one."""
    for head in list(root.iter("thead")):
        if not head.text_content().strip() and head.find(".//img") is None:
            head.getparent().remove(head)


def _picture(element: html.HtmlElement, files: Mapping[str, str]) -> None:
    """Let a picture be that of the book, or a link where the book has none."""
    src, alt = element.get("src") or "", element.get("alt") or ""
    tail = element.tail
    element.attrib.clear()
    if src in files:
        element.set("src", files[src])
        element.set("alt", alt)
        return
    url = _url(src)
    inside_link = next(element.iterancestors("a"), None) is not None
    element.tag = "a" if url and not inside_link else "span"
    element.text, element.tail = f"[{alt or 'picture'}]", tail
    if element.tag == "a":
        element.set("href", url)


def _contents(book: _Book) -> str:
    items = "\n".join(
        f'<li><a href="{number:06d}.xhtml" {_language(language, title)}>{date} {_text(title)}</a></li>'
        for number, (date, title, language) in enumerate(book.chapters, 1)
    )
    title = _text(_title(book))
    return f"""{_XHTML}<html {_NAMESPACES} xml:lang="{_main(book)}" lang="{_main(book)}">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>
<nav epub:type="toc">
<h1>{title}</h1>
<ol>
{items}
</ol>
</nav>
</body>
</html>
"""


def _package(book: _Book) -> str:
    chapters = [f"{number:06d}" for number in range(1, len(book.chapters) + 1)]
    items = [f'<item id="c{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in chapters]
    items += [
        f'<item id="p{digest}" href="{file}" media-type="{kind}"/>' for digest, (file, kind) in book.pictures.items()
    ]
    spine = "\n".join(f'<itemref idref="c{name}"/>' for name in chapters)
    direction = ' page-progression-direction="rtl"' if _main(book) in RIGHT_TO_LEFT else ""
    creators = "\n".join(f"<dc:creator>{_text(source)}</dc:creator>" for source in sorted(book.sources))
    items_text = "\n".join(items)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{uuid.UUID(bytes=book.name.digest()[:16], version=5)}</dc:identifier>
<dc:title>{_text(_title(book))}</dc:title>
<dc:language>{_main(book)}</dc:language>
{creators}
<meta property="dcterms:modified">{book.latest:%Y-%m-%dT%H:%M:%SZ}</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="style.css" media-type="text/css"/>
{items_text}
</manifest>
<spine{direction}>
{spine}
</spine>
</package>
"""


def _title(book: _Book) -> str:
    dates = [date for date, _title, _language in book.chapters]
    names = ", ".join(sorted(book.sources)[:3]) + (" …" if len(book.sources) > 3 else "")
    return f"{names}: {min(dates)}" + (f" – {max(dates)}" if min(dates) != max(dates) else "")


def _main(book: _Book) -> str:
    return book.languages.most_common(1)[0][0]


def _language(language: str, sample: str) -> str:
    """The attributes that tell a text's language and direction."""
    if language == "und":
        first = next((kind for sign in sample if (kind := unicodedata.bidirectional(sign)) in ("L", "R", "AL")), "L")
        right_to_left = first != "L"
    else:
        right_to_left = language in RIGHT_TO_LEFT
    return f'xml:lang="{language}" lang="{language}" dir="{"rtl" if right_to_left else "ltr"}"'


def _url(url: str) -> str:
    """An address as XHTML takes it; empty for one that leads nowhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc, re.ASCII):
        return ""
    rest = quote(url[url.index("//") + 2 + len(parts.netloc) :], safe="/?#!$&'()*+,;=:@%-._~")
    path, mark, fragment = rest.partition("#")
    rest = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path + mark + fragment.replace("#", "%23"))
    return f"{parts.scheme}://{parts.netloc}{rest}"


def _clean(text: str) -> str:
    return " ".join(_NOT_IN_XML.sub("", scrub(text)).split())


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", scrub(text)))
