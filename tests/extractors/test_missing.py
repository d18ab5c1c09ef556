"""Pages that say that the article is gone give no post, whatever lists are around; articles about such pages do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.items import Page

STATED = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Mayor resigns", '
    '"datePublished": "2026-11-20T08:30:00Z"}</script>'
)
TYPED = '<meta property="og:type" content="article">'
SEARCH = "<form action='/search'><input name='q'><button>Search</button></form>"


def page(title: str, body: str, lang: str = "en", head: str = "", h1: str = "") -> Page:
    html = (
        f"<html lang='{lang}'><head><title>{title} | Example News</title>{head}</head><body><nav><a href='/'>Home</a>"
        f"</nav><main><h1>{h1 or title}</h1>{body}</main></body></html>"
    )
    url = "https://news.example/2026/11/20/mayor.html"
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], datetime(2026, 11, 28, tzinfo=UTC))


def teasers(form: str, count: int = 10) -> str:
    """The most read articles, marked up in some way."""
    return "".join(
        form.format(
            n=n,
            headline=f"The minister says that talks number {n} will go on after the summit in Vienna",
            summary=f"Delegation {n} left the table on Monday and is to come back before the week is over, a man said.",
        )
        for n in range(count)
    )


LISTS = {
    "none": "",
    "links": "<li><a href='/a{n}'>{headline}</a></li>",
    "links and summaries": "<li><a href='/a{n}'>{headline}</a><p>{summary}</p></li>",
    "cards": "<div class='card'><a href='/a{n}'><span>{headline}</span><span>{summary}</span></a></div>",
    "paragraphs": "<p><a href='/a{n}'>{headline}</a></p><p>{summary}</p>",
    "headings": "<article><h3>{headline}</h3><p>{summary}</p><a href='/a{n}'>More</a></article>",
}
MISSING = [
    ("en", "Page not found", "Sorry, the page you are looking for has been moved or deleted. Try the search."),
    ("en", "Error 404", "We could not find that page. Perhaps one of these stories is for you."),
    ("en", "Oops!", "The page you requested does not exist. Check the address."),
    ("de", "Seite nicht gefunden", "Die gesuchte Seite konnte leider nicht gefunden werden."),
    ("de", "Hoppla!", "Diese Seite gibt es nicht mehr. Nutzen Sie die Suche."),
    ("fr", "Page introuvable", "La page que vous recherchez n'existe plus."),
    ("es", "Página no encontrada", "La página que buscas ya no existe."),
    ("it", "Pagina non trovata", "La pagina che cerchi non esiste più."),
    ("nl", "Pagina niet gevonden", "De pagina die je zoekt bestaat niet."),
    ("pt", "Página não encontrada", "A página que você procura foi removida."),
    ("pl", "Nie znaleziono strony", "Strona, której szukasz, nie istnieje."),
    ("sv", "Sidan hittades inte", "Sidan du söker finns inte."),
    ("fi", "Sivua ei löytynyt", "Etsimääsi sivua ei ole olemassa."),
    ("ru", "Страница не найдена", "Страница, которую вы ищете, удалена."),
    ("tr", "Sayfa bulunamadı", "Aradığınız sayfa kaldırılmış olabilir."),
    ("ja", "ページが見つかりません", "お探しのページは削除された可能性があります。"),
    ("zh", "页面不存在", "抱歉，您访问的页面不存在或已被删除。"),
    ("ko", "페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었습니다."),
]


@pytest.mark.parametrize("form", LISTS)
@pytest.mark.parametrize(("lang", "title", "excuse"), MISSING)
def test_a_page_that_is_missing_is_refused_with_any_list_below(lang: str, title: str, excuse: str, form: str) -> None:
    body = f"<p>{excuse}</p>{SEARCH}<h2>Most read</h2>{teasers(LISTS[form])}"
    for wrong in (page(title, body, lang), page("Example News", body, lang, h1=title)):
        with pytest.raises(NotAnArticle, match=r"soft-404|listing"):
            extract(wrong)


WITHDRAWN = [
    ("en", "This article has been withdrawn at the request of its author. We apologise to our readers."),
    ("en", "The article you requested has expired."),
    ("de", "Dieser Beitrag wurde von der Redaktion zurückgezogen."),
    ("fr", "Cet article n'est plus disponible."),
    ("es", "Esta noticia ha sido eliminada."),
    ("it", "Questo articolo è stato rimosso."),
    ("nl", "Dit artikel is niet meer beschikbaar."),
    ("ru", "Эта статья была удалена."),
    ("ja", "この記事は掲載を終了しました。"),
    ("zh", "该文章已被删除。"),
    ("ko", "이 기사는 삭제되었습니다."),
]


@pytest.mark.parametrize("form", ["none", "links and summaries", "paragraphs"])
@pytest.mark.parametrize("head", ["", TYPED, STATED])
@pytest.mark.parametrize(("lang", "told"), WITHDRAWN)
def test_a_withdrawn_article_under_its_old_headline_is_refused(lang: str, told: str, head: str, form: str) -> None:
    with pytest.raises(NotAnArticle, match="soft-404"):
        extract(page("Mayor resigns after vote", f"<p>{told}</p>{teasers(LISTS[form])}", lang, head))


ESSAY = [
    "Every surfer knows the page: a number, an excuse, and a way home. The first to see a 404 were physicists at CERN.",
    "A legend has it that room 404 held the first server. Robert Cailliau, who was there, calls that nonsense.",
    "A museum in Bristol collects such pages; its curator has 3,000 and says that they are the web's most honest.",
    "Search engines dislike pages that say that they are missing and yet answer with status 200: soft 404s.",
    "A quarter of all links that are older than ten years lead nowhere, a study of Harvard Law School found.",
    "The remedy is as old as the web itself. Cool addresses do not change, wrote its inventor in 1998.",
    "Newspapers change theirs with every new system, and the old ones are forgotten within a year or two.",
]
ARTICLES = {
    "an essay about the page": ("Page not found", ESSAY, ""),
    "a short one with metadata": ("Page not found", ESSAY[:3], STATED),
    "a short one": ("The story of the 404 page", ESSAY[:2], ""),
    "a road": ("Highway 404 closed after crash", ["A lorry overturned on Highway 404 on Monday, police said."], ""),
    "a recall": ("Cheese recalled", ["The product is no longer available in the shops, a spokesman said."], ""),
    "a search": ("Climber not found", ["A missing climber was not found on Monday either, the guards said."], STATED),
    "a retraction elsewhere": (
        "Journal withdraws study on beans",
        ["The article has been withdrawn by the journal after readers found errors in its tables.", ESSAY[5]],
        "",
    ),
    "a note above": (
        "Mayor resigns",
        ["This article has been updated with a statement of the mayor.", *ESSAY[3:]],
        STATED,
    ),
}


@pytest.mark.parametrize("name", ARTICLES)
def test_articles_about_missing_things_are_kept(name: str) -> None:
    title, paragraphs, head = ARTICLES[name]
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    assert extract(page(title, body, head=head)).text


def test_a_list_beside_an_essay_about_missing_pages_does_not_count() -> None:
    body = "".join(f"<p>{text}</p>" for text in ESSAY)
    aside = f"<aside><h2>Most read</h2>{teasers(LISTS['links and summaries'])}</aside>"
    assert ESSAY[0] in extract(page("Page not found", body + aside)).text
