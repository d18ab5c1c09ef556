"""JSON-LD as publishers write it: scripts that are not valid JSON are repaired where their meaning is plain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from crawler.extractors.document import parse_text
from crawler.extractors.jsonld import read

ARTICLE = {"@type": "NewsArticle", "headline": "Old bridge", "datePublished": "2024-03-11"}
PLAIN = '{"@type":"NewsArticle","headline":"Old bridge","datePublished":"2024-03-11"}'
AS_WRITTEN = {
    "plain": PLAIN,
    "list": f"[{PLAIN}]",
    "graph": f'{{"@context":"https://schema.org","@graph":[{PLAIN}]}}',
    "graph of one": f'{{"@graph":{PLAIN}}}',
    "semicolon": PLAIN + ";",
    "comment of HTML": f"<!-- {PLAIN} -->",
    "section of XML": f"//<![CDATA[\n{PLAIN}\n//]]>",
    "section in a comment": f"/*<![CDATA[*/{PLAIN}/*]]>*/",
    "comments": PLAIN.replace(',"headline"', ',\n // the title\n /* of it */ "headline"'),
    "too many commas": PLAIN.replace("}", ",}").replace(',"date', ',,"date'),
    "missing commas": PLAIN.replace(',"', '\n"'),
    "escaped as HTML": PLAIN.replace('"', "&quot;"),
    "cut off": PLAIN[:-1] + ',"articleBody":"The council vo',
}


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_N6_an_article_in_every_spelling(name: str) -> None:
    found = read(parse_text(f'<html><script type="application/ld+json">{AS_WRITTEN[name]}</script></html>'))
    assert [{key: node[key] for key in ARTICLE} for node in found] == [ARTICLE]


TEXTS = [
    (r"A \"quoted\" word", 'A "quoted" word'),
    ('A "quoted" word', 'A "quoted" word'),
    ("two\nlines", "two lines"),
    ("http://a.test//b is no // comment", "http://a.test//b is no // comment"),
    ("/* nor */ this, and, that", "/* nor */ this, and, that"),
]


@pytest.mark.parametrize(("written", "meant"), TEXTS)
def test_N6_texts_keep_their_characters(written: str, meant: str) -> None:
    text = f'{{"@type":"NewsArticle","headline":"{written}","datePublished":"2024-03-11"}}'
    (node,) = read(parse_text(f'<html><script type="application/ld+json">{text}</script></html>'))
    assert node["headline"] == meant


@pytest.mark.parametrize("text", ["", "none", "[" * 100_000, "{'@type':'NewsArticle'}", '{"a":' * 5000, "// " * 5000])
def test_a_script_without_objects_gives_nothing(text: str) -> None:
    assert read(parse_text(f'<html><script type="application/ld+json">{text}</script></html>')) == ()


@pytest.mark.parametrize("piece", ["/*", "\n ", '"', '\\"', "1\n", ", ", '{"', '"a" ', "//", '"@type":"'])
def test_hostile_scripts_end_soon(piece: str, cpu_limit: Callable[[float], AbstractContextManager[None]]) -> None:
    """Quadratic patterns take minutes for these; 0.3 s measured."""
    for text in (piece * 100_000, '{"@type":"NewsArticle" ' + piece * 100_000):
        with cpu_limit(5):
            read(parse_text(f'<html><script type="application/ld+json">{text}</script></html>'))


@pytest.mark.parametrize("name", ["@list", "@set"])
def test_lists_and_sets_are_read_as_their_items(name: str) -> None:
    (node,) = read(
        parse_text(_script(f'{{"@type":"NewsArticle","author":{{"{name}":["Jane Doe",{{"name":"Roe"}}]}}}}'))
    )
    assert node["author"] == ["Jane Doe", {"name": "Roe"}]


def _script(text: str) -> str:
    return f"<script type=application/ld+json>{text}</script><p>x"
