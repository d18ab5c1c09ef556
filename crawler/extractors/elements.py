"""Elements that the HTML standard's parser treats alike (clause 13.2)."""

from __future__ import annotations

# fmt: off
FILLED = frozenset({"bgsound", "embed", "keygen", "source", "track", "wbr"})
"""Void elements that libxml2 gives contents."""
VOID = FILLED | {"area", "base", "basefont", "br", "col", "frame", "hr", "img", "input", "link", "meta", "param"}
RAW = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"})
"""Elements that contain no tags; `noscript` is one of them where scripts run."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {
    "address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset",
    "figcaption", "figure", "footer", "header", "hgroup", "listing", "main", "menu", "nav", "ol", "pre", "search",
    "section", "summary", "ul",
}
"""Elements that begin a block: their start tags close a `<p>`, their end tags all that is open inside them."""
CLOSE_P = BLOCKS | {"dd", "dt", "form", "hr", "li", "p", "plaintext", "table", "xmp"}
TEXT_IN_SVG = frozenset({"foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"})
"""Elements inside `svg` and `math` that hold HTML."""
SCOPE = TEXT_IN_SVG | {"applet", "caption", "marquee", "object", "select", "table", "td", "template", "th"}
"""Elements out of which no end tag reaches (13.2.4.2)."""
CLOSING = BLOCKS | {"applet", "button", "dd", "dt", "marquee", "object", "select"}
"""Elements whose end tags close all that is open inside them."""
SPECIAL = CLOSING | SCOPE | VOID | {
    "body", "colgroup", "form", "frameset", "head", "html", "li", "p", "tbody", "tfoot", "thead", "tr",
}
"""Elements that the end tags of others do not close (13.2.4.2)."""
SECTIONS = frozenset({"tbody", "thead", "tfoot"})
HOLDERS = {
    "caption": {"table"}, "colgroup": {"table"}, "tbody": {"table"}, "thead": {"table"}, "tfoot": {"table"},
    "col": {"table", "colgroup"}, "tr": {"table", *SECTIONS}, "td": {"table", "tr", *SECTIONS},
    "th": {"table", "tr", *SECTIONS},
}
"""Parts of tables, with the elements that hold each."""
ROWS = SECTIONS | {"colgroup", "table", "tr"}
"""Elements that hold no text: what is in them is shown before the table (13.2.6.1, foster parenting)."""
IN_ROWS = frozenset({*HOLDERS, "input", "noscript", "script", "style", "template"})
"""Elements that are not shown before the table."""
ITEMS = {"li": {"li"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}}
IMPLIED_ENDS = frozenset({"dd", "dt", "li", "optgroup", "option", "p", "rb", "rp", "rt", "rtc"})
NOT_IN_SVG = HEADINGS | {
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "head", "hr", "i",
    "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike",
    "sub", "sup", "table", "tt", "u", "ul", "var",
}
"""Elements whose start tags end `svg` and `math` (13.2.6.5)."""
# fmt: on
