"""Languages: one file declares all that the extractors know of one, and no other file needs to change."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.extractors import languages
from crawler.extractors.languages import EastAsianBylines, Language

EXTRACTORS = Path(languages.__file__).parent.parent

MADE_UP = """
from crawler.extractors.languages.language import Language, months

LANGUAGE = Language(
    code="xx",
    name="Made up",
    by=("zoraf",),
    by_verbs=("gespoit",),
    and_words=("plim",),
    months=months(*(f"zq{n}mond" for n in "abcdefghijkl")),
    leads_elsewhere=("wozu lebbel",),
    not_found=("krumpf verschollt",),
    boilerplate_names=("querkast",),
)
"""
PAGE = """<html><head><title>Nertz gorbel fnarp wuppel</title></head><body>
<h1>Nertz gorbel fnarp wuppel</h1><p>Gespoit zoraf Jane Doe plim John Roe</p><p>3 zqemond 2024</p>
<div id='text'><p>{text}</p><p>{text}</p><p>Wozu lebbel: other nertz</p><p>{text}</p></div>
<div class='querkast'><p>{beside}</p></div></body></html>"""
SCRIPT = """
import sys
from datetime import UTC, datetime
from crawler.extractors import extract, languages
languages.__path__.append(sys.argv[1])
from crawler.errors import NotAnArticle
from crawler.items import Page
now = datetime(2024, 6, 1, tzinfo=UTC)
text = "Fnarp wuppel gorbel, nertz plomf and grintz; zwok lerpel fnord. " * 3
html = {page!r}.format(text=text, beside="Knerp wolf gamp, trel zott and plix. " * 3)
post = extract(Page("https://www.example.org/a", html.encode(), [], now))
print(post.authors, post.published, "lebbel" in post.text, "Knerp" in post.text)
try:
    extract(Page("https://www.example.org/b", b"<title>Krumpf verschollt</title><p>Krumpf</p>", [], now))
except NotAnArticle as error:
    print(error.reason)
"""


def test_a_language_is_added_by_one_file(tmp_path: Path) -> None:
    (tmp_path / "xx.py").write_text(MADE_UP, "utf-8")
    command = [sys.executable, "-c", SCRIPT.format(page=PAGE), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=EXTRACTORS.parent.parent)
    assert run.stdout.splitlines() == [
        "('Jane Doe', 'John Roe') 2024-05-03 00:00:00+00:00 False False",
        "soft-404",
    ]


@pytest.mark.parametrize("language", languages.known(), ids=lambda language: language.code)
def test_a_languages_words_are_valid_regular_expressions(language: Language) -> None:
    assert (EXTRACTORS / "languages" / f"{language.code}.py").is_file()
    for declared in (language, language.east_asian):
        for each in fields(declared):
            value = getattr(declared, each.name)
            for word in value if isinstance(value, tuple) else ():
                re.compile(word)


def test_one_name_means_one_month_and_one_unit() -> None:
    for name in ("months", "units", "zones", "days_ago", "eras"):
        meanings: dict[str, set[object]] = defaultdict(set)
        for language in languages.known():
            table: Mapping[str, object] = getattr(language, name)
            for word, meaning in table.items():
                meanings[word].add(meaning)
        several = {word for word, found in meanings.items() if len(found) > 1}
        assert several == ({"год"} if name == "units" else set())  # an hour before `тому`, else a year


def test_merged_holds_the_words_of_all() -> None:
    merged = languages.merged()
    for language in languages.known():
        assert set(language.by) <= set(merged.by)
        assert language.months.items() <= merged.months.items()
        assert set(language.hour_signs) <= set(merged.hour_signs)
    assert len(merged.by) == len(set(merged.by))


def test_alternatives_of_no_words_never_match() -> None:
    assert not re.search(languages.alternatives(()), "any text")


def test_every_field_is_documented() -> None:
    source = (EXTRACTORS / "languages" / "language.py").read_text("utf-8")
    declared = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    assert {node.name for node in declared} == {Language.__name__, EastAsianBylines.__name__}
    for node in declared:
        for one, following in pairwise([*node.body, ast.Pass()]):
            assert not isinstance(one, ast.AnnAssign) or isinstance(following, ast.Expr), ast.unparse(one)


EAST_ASIAN = re.compile(r"[\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
LETTERS = ("letters", "own_letters", "common_words", "characters")


def plain_words(language: Language) -> Iterator[str]:
    """Words of at least four letters that a language declares in any field but those for its letters."""
    for each in fields(language):
        value = getattr(language, each.name)
        if isinstance(value, tuple | Mapping) and each.name not in LETTERS:
            yield from (word for phrase in value for word in re.findall(r"[^\W\d_]{4,}", phrase))


ENGLISH = {word for language in languages.known() if language.code == "en" for word in plain_words(language)}
FOREIGN = {word for language in languages.known() for word in plain_words(language)} - ENGLISH
WORDS_OF_MARKUP = {"info", "name", "stand"}
"""Words in names of classes and properties that a language declares within a longer expression or a date line."""


def foreign(text: str) -> list[str]:
    """East Asian characters, and words that a language other than English declares."""
    words = set(re.findall(r"[^\W\d_]{4,}", text.lower()))
    return [*EAST_ASIAN.findall(text), *sorted(words & FOREIGN - WORDS_OF_MARKUP)]


def literals(path: Path) -> Iterator[str]:
    """String literals as written, without docstrings."""
    source = path.read_text("utf-8")
    documented = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in kinds and token.start[0] not in documented:
            yield token.string


@pytest.mark.parametrize(
    "path",
    [path for path in EXTRACTORS.rglob("*.py") if path.relative_to(EXTRACTORS).parts[0] not in ("languages", "sites")],
    ids=lambda path: path.relative_to(EXTRACTORS).as_posix(),
)
def test_words_are_in_the_files_of_their_languages_only(path: Path) -> None:
    assert [word for text in literals(path) for word in foreign(text)] == []
