"""Text in declarative shadow roots is read, with the host's children in their slots; plain templates are not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.extractors.document import parse_text
from crawler.extractors.dom import text_lines
from crawler.items import Page

SENTENCES = [
    "The last telephone box of the island was closed on Friday, after a call that took eleven minutes.",
    "It had been used four times in the past year, the company said, and twice by people who were lost.",
    "The harbour office will put a shelf of books in it, and a lamp that is lit when the ferry is late.",
    "Nobody asked for the receiver, which is now in the museum beside the first one of the year 1904.",
]
FIRST, SECOND, THIRD, LAST = (f"<p>{sentence}</p>" for sentence in SENTENCES)
ALL = FIRST + SECOND + THIRD + LAST
ROOT, END = '<template shadowrootmode="open">', "</template>"


def article(inside: str) -> list[str]:
    page = (
        "<!doctype html><html lang=en><head><title>Telephone box closed</title></head><body><nav>Home</nav>"
        f"<main><article><h1>Telephone box closed</h1>{inside}</article></main><footer>Imprint</footer></body></html>"
    )
    return extract(Page("https://a.example/box", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))).text.split("\n")


ARTICLES = {
    "in the root": f"<news-body>{ROOT}{ALL}{END}</news-body>",
    "closed": f"<news-body><template shadowrootmode=closed>{ALL}{END}</news-body>",
    "another case": f"<NEWS-BODY><TEMPLATE ShadowRootMode='OPEN'>{ALL}</TEMPLATE></NEWS-BODY>",
    "other attributes": "<div><template shadowrootclonable shadowrootmode=open shadowrootserializable>"
    f"<style>p{{}}</style><div class=text>{ALL}</div>{END}</div>",
    "in the slot": f"<news-body>{ROOT}<style>:host{{}}</style><slot></slot>{END}{ALL}</news-body>",
    "root behind the children": f"<news-body>{ALL}{ROOT}<div><slot></slot></div>{END}</news-body>",
    "named slots": f'<news-body>{ROOT}<slot name="lead"></slot><slot></slot><div><slot name="end"></slot></div>{END}'
    f'<p slot="end">{SENTENCES[3]}</p>{SECOND}<p slot="lead">{SENTENCES[0]}</p>{THIRD}</news-body>',
    "two for one slot": f"<news-body>{ROOT}{FIRST}<slot name=more></slot>{LAST}{END}"
    f"<p slot=more>{SENTENCES[1]}</p>\n<p slot=more>{SENTENCES[2]}</p></news-body>",
    "contents of an empty slot": f"<news-body>{ROOT}{FIRST}<slot name=x>{SECOND}</slot>"
    f"<slot>{THIRD}{LAST}</slot>{END}\n</news-body>",
    "contents of a filled slot": f"<news-body>{ROOT}{FIRST}<slot>{'<p>Loading, please wait.</p>' * 2}</slot>{LAST}{END}"
    f"{SECOND}{THIRD}</news-body>",
    "without a slot": f"<news-body>{ROOT}{ALL}{END}<p>Your browser is too old for it.</p></news-body>",
    "slot that nobody has": f"<news-body>{ROOT}{ALL}{END}<p slot=ad>Buy a telephone.</p></news-body>",
    "root in a root": f"<news-page>{ROOT}<news-body>{ROOT}{FIRST}<slot></slot>{LAST}{END}<slot></slot></news-body>{END}"
    f"{SECOND}{THIRD}</news-page>",
    "slots of slots": f"<news-page>{ROOT}<news-body>{ROOT}<slot name=a></slot><slot></slot>{END}{SECOND}"
    f"<slot name=b slot=a></slot><slot></slot></news-body>{END}<p slot=b>{SENTENCES[0]}</p>{THIRD}{LAST}</news-page>",
    "host in a slot": f"<news-page>{ROOT}{FIRST}<slot></slot>{LAST}{END}<news-part>{ROOT}<slot></slot>{END}{SECOND}"
    f"{THIRD}</news-part></news-page>",
    "second root of a host": f"<news-body>{ROOT}{ALL}{END}{ROOT}<p>Not a root.</p>{END}</news-body>",
    "open box in the root": f"<news-body>{ROOT}<div><div>{FIRST}{SECOND}{END}</news-body>{THIRD}{LAST}",
    "root in a page that goes on": f"<news-body>{ROOT}{FIRST}{SECOND}{END}</news-body></body></html>{THIRD}{LAST}",
}  # fmt: skip


@pytest.mark.parametrize("form", ARTICLES)
def test_a_shadow_root_is_read_as_it_is_shown(form: str) -> None:
    assert article(ARTICLES[form]) == SENTENCES


NOT_SHOWN = {
    "plain": "<template id=card>{}</template>",
    "empty mode": "<div><template shadowrootmode>{}</template></div>",
    "unknown mode": "<div><template shadowrootmode=visible>{}</template></div>",
    "older attribute": "<div><template shadowroot=open>{}</template></div>",
    "host that can have no root": "<ul><template shadowrootmode=open>{}</template></ul>",
    "root in a plain template": "<template><div><template shadowrootmode=open>{}</template></div></template>",
    "template in a root": "<div><template shadowrootmode=open><template>{}</template></template></div>",
    "with an open box": "<template><div><div>{}</template>",
}


@pytest.mark.parametrize("form", NOT_SHOWN)
def test_a_template_is_not_shown(form: str) -> None:
    card = "<h1>Card of another story</h1><p class=byline>By Nobody Else</p><time datetime=2001-01-01></time>"
    inside = NOT_SHOWN[form].format(card + "<p>A card of another story, with its summary.</p>" * 9)
    assert article(inside + FIRST + SECOND + THIRD + LAST) == SENTENCES
    assert "Nobody Else" not in parse_text(inside + FIRST).text_content()


def test_text_between_the_children_is_in_the_slot_without_a_name() -> None:
    markup = f"<x-y>a{ROOT}<p>b<slot></slot>c</p><slot name=s></slot>{END}d<b slot=s>e</b>f<i>g</i></x-y>h"
    assert text_lines(parse_text(markup)) == ["badfgc", "e", "h"]
