"""What a page hides from readers, or shows only beside the text, is no part of a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

SENTENCES = {
    "en": (
        "The bridge was opened, once more, on Tuesday by ",
        "Ann Holm",
        ", who had paid for it.",
        "Minister for ever",
    ),
    "de": ("Die Brücke wurde am Dienstag eröffnet von ", "Anna Holm", ", die sie bezahlt hat.", "Ministerin seit 2021"),
    "ru": ("Мост во вторник снова открыла ", "Анна Холм", ", которая за него заплатила.", "Министр с 2021 года"),
    "zh": (
        "周二上午，这座大桥重新开放，主持仪式的是",
        "林安娜",
        "，工程费用由她领导的部门支付。",
        "二〇二一年起任部长",
    ),
    "ja": ("橋は火曜日の朝に再び開通し、式典には", "林安娜", "が出席した。工費は市が支払う。", "二〇二一年から交通相"),
}
languages = pytest.mark.parametrize("language", sorted(SENTENCES))


def text(markup: str) -> str:
    page = f"<html><body><h1>A title</h1><div class=article-body>{markup * 3}</div></body></html>".encode()
    fetched = Page("https://a.example/1", page, [], datetime(2026, 1, 2, tzinfo=UTC))
    return body.read(parse(fetched), None, "A title").text


@languages
@pytest.mark.parametrize("name", ["tooltip", "hovercard", "q7x"])
@pytest.mark.parametrize(
    "link",
    [
        "<a href=/p/1>{n}<span class={c}>{n} {x}</span></a>",
        "<a href=/p/1>{n}<span class={c}><img src=/p.jpg width=60 height=60><b>{n}</b><i>{x}</i></span></a>",
        "<a href=/p/1>{n}</a><span class={c}><a href=/p/1>{n}</a><a href=/2>{x}</a></span>",
        "<span class=person><a href=/p/1>{n}</a><span class={c}><span><a href=/p/1>Dr {n}</a>{x}</span></span></span>",
    ],
)
def test_a_card_over_a_persons_name_is_removed(language: str, name: str, link: str) -> None:
    before, person, after, more = SENTENCES[language]
    sentence = f"{before}{person}{after}"
    assert text(f"<p>{before}{link.format(n=person, x=more, c=name)}{after}</p>") == "\n".join([sentence] * 3)


EXPLANATION = "A bridge is a structure that carries a road over a river, a valley or another road."


@pytest.mark.parametrize(
    "markup",
    [
        "<dfn aria-labelledby=t1>{word}</dfn><span class=Term_tooltip__8V id=t1>{explanation}</span>",
        "<dfn>{word}</dfn><span class=Term_tooltip__8V><span class=Term_tooltipBubble__k>{explanation}</span></span>",
        "<span class=tooltip>{word}<span class=tooltiptext>{explanation}</span></span>",
        "<a href=/words#bridge>{word}<span class=x1><b role=x></b><span role=tooltip>{explanation}</span></span></a>",
    ],
)
def test_an_explanation_over_a_word_is_removed(markup: str) -> None:
    explained = markup.format(word="bridge", explanation=EXPLANATION)
    assert text(f"<p>The {explained} was opened on Tuesday.</p>") == "\n".join(
        ["The bridge was opened on Tuesday."] * 3
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<p>The <span class=tooltip title='{explanation}'>{word}</span> was opened on Tuesday.</p>",
        "<p>The <span class=has-tooltip>{word}</span> was opened on Tuesday.</p>",
        "<div class=tooltip-area><p>The {word} was opened on Tuesday.</p></div>",
    ],
)
def test_a_word_with_an_explanation_is_kept(markup: str) -> None:
    explained = markup.format(word="bridge", explanation=EXPLANATION)
    assert text(explained) == "\n".join(["The bridge was opened on Tuesday."] * 3)


def test_links_and_spans_in_a_sentence_are_kept() -> None:
    sentence = "The bridge was opened by Ann Holm, the minister, and by Ann Holmberg, her sister, on Tuesday."
    for markup in (
        "The bridge was opened by <a href=/1>Ann Holm<span>, the minister,</span></a> and by <a href=/2>Ann Holm</a>"
        "<a href=/3>berg</a><span>, her sister, on Tuesday.</span>",
        "<a href=/1>The bridge</a><span> was opened by Ann Holm, the minister, and by Ann Holmberg, her sister, on"
        " Tuesday.</span>",
    ):
        assert text(f"<p>{markup}</p>") == "\n".join([sentence] * 3)


@languages
@pytest.mark.parametrize(
    "hidden",
    [
        "class=visuallyhidden", "class=visually_hidden", "class=u-offscreen", "class=is-vishidden", "class=show-for-sr",
        "class=assistive-text", "class=link-module__visuallyHidden__x1", "style='position:absolute;left:-9999px'",
        "style='border:0;clip:rect(0 0 0 0);width:1px'",
    ],
)  # fmt: skip
def test_a_label_for_screen_readers_is_removed(language: str, hidden: str) -> None:
    before, person, after, more = SENTENCES[language]
    markup = f"<p>{before}<a href=/p/1>{person}<span {hidden}>, {more}</span></a>{after}</p>"
    assert text(markup) == "\n".join([f"{before}{person}{after}"] * 3)


def test_a_class_that_hides_the_label_of_an_element_does_not_hide_the_element() -> None:
    sentence = "".join(SENTENCES["en"][:3])
    assert text(f"<div class='field field--label-visually_hidden'><p>{sentence}</p></div>").count(sentence) == 3


@languages
@pytest.mark.parametrize(
    "line",
    ["{{ article.title }}", "${item.name}", "&lt;%= title %&gt;", "{% if x %} | {{x}}", "1609459200", "1609459200000"],
)
def test_unfilled_templates_and_clocks_are_removed(language: str, line: str) -> None:
    sentence = "".join(SENTENCES[language][:3])
    assert text(f"<p>{sentence}</p><p>{line}</p>") == "\n".join([sentence] * 3)
    told = line.replace("&lt;", "<").replace("&gt;", ">")
    assert text(f"<p>{sentence} {line}.</p>") == "\n".join([f"{sentence} {told}."] * 3)
    assert told in text(f"<p>{sentence}</p><pre>{line}</pre>")


def test_of_lines_in_square_brackets_only_shortcodes_are_removed() -> None:
    sentence = "".join(SENTENCES["en"][:3])
    for line in ("[CTA_MODULE]", "[button link='/kit' size=big] Send yours[/button]", "[ADVERTISEMENT]"):
        assert text(f"<p>{sentence}</p><p>{line}</p>") == "\n".join([sentence] * 3)
    for line in ("[CNBC]", "[figure 2: the repository after the merge]"):
        assert line in text(f"<p>{sentence}</p><p>{line}</p><p>{sentence}</p>").split("\n")


def test_words_of_adjoining_elements_are_not_glued() -> None:
    sentence = "".join(SENTENCES["en"][:3])
    for markup, line in (
        ("<span>Verdict</span><span>It holds.</span>", "Verdict It holds."),
        ("<a href=/1>One thing</a><a href=/2>Other thing</a>, and a third.", "One thing Other thing, and a third."),
        ("<b>W</b><i>ord</i>s of an i<b>Phone</b>, and Mc<i>Donald</i>.", "Words of an iPhone, and McDonald."),
        ("<b>港口</b><i>大桥</i>，重新开放。", "港口大桥，重新开放。"),
    ):
        assert line in text(f"<p>{sentence}</p><p>{markup}</p><p>{sentence}</p>").split("\n")
