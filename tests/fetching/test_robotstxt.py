"""The text of robots.txt is read as RFC 9309 says; numbers are its clauses (N3)."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from crawler.fetching.robotstxt import RobotsTxt, comparable


def allows(text: str | bytes, path: str, token: str = "warcpress") -> bool:
    body = text.encode() if isinstance(text, str) else text
    return RobotsTxt(body, token).allows(f"https://news.example{path}")


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /a", "/a", False), ("Disallow: /a", "/ab/c?d", False), ("Disallow: /a", "/A", True),
        ("Disallow: /", "", False), ("Disallow: /", "/robots.txt", True), ("Disallow:", "/x", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True), ("Allow: /a\nDisallow: /a", "/a", True),
        ("Allow: /a\nDisallow: /*.html", "/a.html", False), ("Disallow: /*a*b", "/xxaxxbxx", False),
        ("Disallow: /*a*b", "/xxbxxaxx", True), ("Disallow: /a$", "/a", False), ("Disallow: /a$", "/ab", True),
        ("Disallow: /*.php$", "/x.php", False), ("Disallow: /*.php$", "/x.php?y", True),
        ("Disallow: /a*a$", "/a", True), ("Disallow: /a*a$", "/aa", False), ("Disallow: /*$", "/x", False),
        ("Disallow: *.php", "/x.php", False), ("Disallow: /x?a=", "/x?a=1", False), ("Disallow: /?", "/", True),
        ("Disallow: /?", "?x", False), ("Disallow: /a#b", "/a", False), ("# Disallow: /", "/x", True),
        ("disALLOW : /a", "/a", False), ("disallow /a", "/a", False), ("Disalow: /a", "/a", False),
        ("Disallow: /中", "/%e4%b8%ad", False), ("Disallow: /%e4%b8%ad", "/中", False),
        ("Disallow: /%7Ejo/", "/~jo/x", False), ("Disallow: /a%2fb", "/a/b", True),
        ("Disallow: /a%2fb", "/a%2Fb", False),
        ("Disallow: /%zz", "/%zz", False), ("Allow: /d/index.html\nDisallow: /", "/d/", True),
        ("Allow: /d/index.html\nDisallow: /", "/d/e", False),
    ],
)  # fmt: skip
def test_N3_the_longest_matching_rule_decides(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("User-agent: other\nDisallow: /\n", ""),
        ("User-agent: WarcPress\nDisallow: /a\nUser-agent: *\nDisallow: /b\n", "/a"),
        ("User-agent: *\nDisallow: /b\nUser-agent: warcpress/2.1\nDisallow: /a\n", "/a"),
        ("User-agent: warcpress news\nDisallow: /a\n", "/a"),
        ("User-agent: warcpress-news\nDisallow: /a\n", ""),
        ("User-agent: war\nDisallow: /a\n", ""),
        ("User-agent: warcpress\n\nUser-agent: x\n\nDisallow: /a\n", "/a"),
        (
            "User-agent: warcpress\nDisallow: /a\n\nUser-agent: x\nDisallow: /c\nUser-agent: warcpress\nDisallow: /b",
            "/a /b",
        ),
        ("User-agent: warcpress\nSitemap: http://x/\nNonsense: 1\nUser-agent: *\nDisallow: /a\n", "/a"),
        ("User-agent: warcpress\nCrawl-delay: 3\n\nUser-agent: *\nDisallow: /a\n", "/a"),
        ("Disallow: /c\nUser-agent: warcpress\nDisallow: /a\n", "/a"),
        ("User-agent: warcpress\nDisallow:\n\nUser-agent: *\nDisallow: /\n", ""),
        ("User-agent: *\rDisallow: /a\rDisallow: /b", "/a /b"),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a"),
        ("User-agent: *\nDisallow: /a\x85b\u2028Disallow: /b\n", ""),
        ("<!DOCTYPE html><html><body>Not found</body></html>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_N3_groups_and_lines_are_read_as_the_rfc_says(text: str, refused: str) -> None:
    assert " ".join(path for path in ("/a", "/b", "/c") if not allows(text, path)) == refused


def test_N3_only_cr_and_lf_end_a_line() -> None:
    assert allows(b"User-agent: *\nDisallow: /a\x85Disallow: /b\x0cDisallow: /b\x1cDisallow: /b", "/b")


def test_N3_bytes_beyond_utf8_are_compared_as_escapes() -> None:
    assert not allows(b"User-agent: *\nDisallow: /\xd6\xd0\n", "/%d6%d0/x")
    assert comparable("/\xd6%d0%41%2f") == "/%D6%D0A%2F"


@pytest.mark.parametrize(
    ("value", "seconds"), [("2", 2.0), ("0.5", 0.5), ("-1", None), ("nan", None), ("inf", None), ("soon", None)]
)
def test_N2_a_crawl_delay_is_a_number_of_seconds(value: str, seconds: float | None) -> None:
    text = f"User-agent: other\nCrawl-delay: 9\n\nUser-agent: *\nCrawl-delay: {value}\nDisallow: /a\n"
    assert RobotsTxt(text.encode(), "warcpress").delay == seconds


HALF = 500_000
WILDCARDS = {
    "one pattern": b"disallow: /" + b"*a" * (HALF // 2),
    "one rule, again and again": b"disallow: /*aaaaaaab\n" * (HALF // 22),
    "rules that all begin alike": b"".join(b"disallow:/*aaaa%x*b\n" % number for number in range(HALF // 21)),
    "stars": b"disallow: /" + b"*" * HALF,
    "no stars": b"".join(b"disallow:/%x\n" % number for number in range(HALF // 16)),
}


def steps(work: Callable[[], object]) -> int:
    """Count the bytecodes that `work` executes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", WILDCARDS)
def test_D6_the_time_for_a_path_depends_on_its_length_only(kind: str) -> None:
    path = "a" * 2000 + "c"
    robots = RobotsTxt(b"user-agent: *\n" + WILDCARDS[kind], "warcpress")
    assert 0 < steps(lambda: robots.allows(f"http://news.example/{path}")) < 50 * len(path)


def test_D6_many_agents_share_their_rules_without_copies() -> None:
    names = b"".join(b"user-agent: a%s\n" % (b"b" * n) for n in range(1, 300)) + b"user-agent: x\n" * 4000
    text = names + b"crawl-delay: 1\n" * 100 + b"user-agent: *\ndisallow: /a\n" + b"allow:/b\n" * 6000
    tracemalloc.start()
    robots = RobotsTxt(text, "x")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 << 20
    assert [robots.allows(f"http://news.example/{page}") for page in "ab"] == [False, True]
