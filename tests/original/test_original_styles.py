"""CSS → view: which addresses are places, and that the rest stays as it was."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from crawler.errors import TooComplex
from crawler.original.styles import MAX_CHARACTERS, MAX_PLACES, sheet_view
from crawler.original.view import Place, written

BASE = "https://a.example/css/site.css"


def absolute(address: str) -> str:
    url = urljoin(BASE, address)
    return url if url.startswith("http") else ""


def read(css: str) -> tuple[str, list[tuple[str, ...]]]:
    """The sheet with each address as `[number]`, and the addresses."""
    view = sheet_view(css, absolute)
    numbers = {id(place): f"[{number}]" for number, place in enumerate(view.places)}
    return view.filled(lambda place: numbers[id(place)]), [place.urls for place in view.places]


A, B = "https://a.example/css/a.png", "https://a.example/b.png"


@pytest.mark.parametrize(
    ("css", "text", "urls"),
    [
        ("p{background:url(a.png) no-repeat}", "p{background:[0] no-repeat}", [(A,)]),
        ("p{background:url( 'a.png' )}", "p{background:[0]}", [(A,)]),
        ('p{background:URL("/b.png")}', "p{background:[0]}", [(B,)]),
        ("p{background:u\\72 l(a.png)}", "p{background:[0]}", [(A,)]),
        ("p{background:\\75\\52\\4c(a.png)}", "p{background:[0]}", [(A,)]),
        ("p{background:url(a\\.png)}", "p{background:[0]}", [(A,)]),
        ("p{background:url(a.png), url(/b.png)}", "p{background:[0], [1]}", [(A,), (B,)]),
        ("p{background:url(javascript:alert(1))}", "p{background:[0])}", [()]),
        ("p{background:url(data:image/svg+xml,<svg/onload=alert(1)>)}", "p{background:[0]>)}", [()]),
        ("p{background:url(a b.png)}", "p{background:[0]}", [()]),
        ("p{background:url(a.png", "p{background:[0]", [(A,)]),
        ("p{background:url('a.png", "p{background:[0]", [(A,)]),
        ("p{background:url('a.png' format('x'))}", "p{background:[0]}", [(A,)]),
        ("p{x:image-set('a.png' 1x, url(/b.png) 2x)}", "p{x:[0]}", [(A, B)]),
        ("p{x:-webkit-image-set(url(a.png) type('image/avif'))}", "p{x:[0]}", [(A,)]),
        ("@import 'a.png';p{}", "[0];p{}", [(A,)]),
        ("@IMPORT url(a.png) screen;", "[0] screen;", [(A,)]),
        ('@\\69mport/**/"a.png"layer(x);', "[0]layer(x);", [(A,)]),
        ("@import url('a.png') supports(display:grid);", "[0] supports(display:grid);", [(A,)]),
        ("@import a.png;", "[0]a.png;", [()]),
        ("@importurl(a.png)", "@importurl(a.png)", []),
        ("p{content:'url(a.png)'}", "p{content:'url(a.png)'}", []),
        ("p{content:'\\'url(a.png)'}", "p{content:'\\'url(a.png)'}", []),
        ("p{content:'x\nurl(a.png)'}", "p{content:'x\n[0]'}", [(A,)]),
        ("/* url(a.png) */p{}", "/**/p{}", []),
        ("/* url(a.png)", "/**/", []),
        ("p{x:curl(a.png)}", "p{x:curl(a.png)}", []),
        ("@font-face{src:url(a.png) format('woff2'),local(x)}", "@font-face{src:[0] format('woff2'),local(x)}", [(A,)]),
        ("p{width:expression(alert(1));behavior:url(a.png)}", "p{width:x(alert(1));x:[0]}", [(A,)]),
        ("p{-moz-binding:url(a.png#x)}", "p{x:[0]}", [(A + "#x",)]),
        ("@media (width<600px){p{color:red}}", "@media (width<600px){p{color:red}}", []),
        ("é{color:\\000041}", "é{color:\\000041}", []),
        ("p{x:url()}", "p{x:[0]}", [()]),
        ("\\", "\\", []),
        ("'", "'", []),
        ("@", "@", []),
        ("", "", []),
    ],
)
def test_each_address_is_a_place_and_the_rest_stays(css: str, text: str, urls: list[tuple[str, ...]]) -> None:
    assert read(css) == (text, urls)


def test_what_is_not_held_is_none() -> None:
    view = sheet_view("@import url(x.css);p{background:red url(a.png)}", absolute)
    assert view.filled(lambda place: written(place, "")) == "@missing ;p{background:red none}"
    assert view.filled(lambda place: written(place, "/x")) == "@import url(/x);p{background:red url(/x)}"


def test_long_sheets_are_refused_and_many_addresses_cut() -> None:
    with pytest.raises(TooComplex):
        sheet_view("a" * (MAX_CHARACTERS + 1), absolute)
    places = sheet_view("url(a.png)" * (MAX_PLACES + 5), absolute).places
    assert [place.urls for place in places[-6:]] == [(A,), *[()] * 5]
    assert Place("url", (A,)) == places[0]


@pytest.mark.parametrize(
    "piece", ["url(", "url('", "'\\", "image-set(", "/*", "((", "url(a ", "@import ", "\\", "url('a'(b)"]
)
def test_hostile_sheets_are_read_once(piece: str) -> None:
    """Work grows with the length; a quadratic reading of these would take hours."""
    view = sheet_view(piece * (200_000 // len(piece)), absolute)
    assert len(view.texts) == len(view.places) + 1
